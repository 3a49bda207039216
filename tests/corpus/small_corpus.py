"""A corpus of a few poems, written for these tests, in the form in which a build publishes it."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

TEXTS = ("id", "lang", "title", "author", "period", "text", "form", "source", "place", "licence")
LISTS = ("tags", "repairs", "removed")
NUMBERS = ("author_death_year", "words", "lines", "words_read", "lines_read", "foreign_lines")
SCHEMA = pyarrow.schema(
    [(name, pyarrow.string()) for name in TEXTS]
    + [(name, pyarrow.list_(pyarrow.string())) for name in LISTS]
    + [(name, pyarrow.int32()) for name in NUMBERS]
)
DROPPED = SCHEMA.append(pyarrow.field("reason", pyarrow.string())).append(
    pyarrow.field("copy_of", pyarrow.string())
)

LOW_TIDE = """The sea has folded up its blue
and left the stones a little light;
a gull walks in with nothing to do
but sign the sand before the night."""

NOVEMBER = """The kettle clears its throat and sings,
the window fogs with little things.

A spoon, a cup, a heel of bread,
the words we meant and never said.

The cat goes out, the cat comes in,
November has a paper skin."""

FERRY = """We leave the town as towns are left,
a light at a time, the harbour small;
the wake unbuttons, white and deft,
and no one waves from the wall."""

TARDE = """Llega la tarde con su red de oro
y pesca entre los álamos el viento;
la plaza guarda, como un juramento,
el eco de una fuente y de su coro.

Yo no pregunto nada: solo lloro
lo que la luz se lleva en un momento,
y escribo en la pared del pensamiento
el nombre de la calle donde moro.

Que vuelva, si es que vuelve, la mañana
con pan caliente y voces de vecina,
con ropa que se agita en la ventana;

que yo estaré sentado en esta esquina,
oyendo cómo el tiempo en la campana
se dobla, se perdona y se termina."""

NANA = """Duérmete, limonero,
que la luna ya viene
con un pañuelo blanco
y un grillo que la entretiene."""

ARBOL = """Nadie supo del árbol
que crecía en mi pecho:
tenía hojas de agua
y pájaros de sueño.

Nadie oyó su madera
cuando llegó el invierno;
yo le puse en las ramas
la lana de tus versos."""


def row(text: str, **known: Any) -> dict[str, Any]:
    """A poem as a table holds it; what is not said is what a plain poem has."""
    verses = [line for line in text.split("\n") if line]
    plain: dict[str, Any] = {
        "id": hashlib.sha256(text.encode()).hexdigest()[:16],
        **dict.fromkeys(TEXTS[2:4], ""),
        "lang": "en",
        "author_death_year": None,
        "period": "unknown",
        "text": text,
        "form": "",
        **{name: [] for name in LISTS},
        "source": "our own",
        "place": "poems.jsonl, line 1",
        "licence": "MIT",
        "words": len(text.split()),
        "lines": len(verses),
        "words_read": len(text.split()),
        "lines_read": len(verses),
        "foreign_lines": 0,
    }
    return plain | known


def tables() -> dict[str, list[dict[str, Any]]]:
    """Six poems that were kept, three in each language, and seven that were left out."""
    ada = {"author": "Ada Marlow", "author_death_year": 1921, "period": "early-20th-century"}
    ines = {"lang": "es", "author": "Inés Peñalba", "author_death_year": 1699}
    ines["period"] = "golden-age"
    low_tide = row(LOW_TIDE, id="a0low", title="Low Tide", **ada)
    tarde = row(TARDE, id="b0tarde", title="Llega la tarde", form="soneto", **ines)
    return {
        "train": [
            low_tide,
            row(
                NOVEMBER,
                **ada | {"id": "a1november", "title": "November", "foreign_lines": 2},
                repairs=["mojibake", "line numbers: 2", "line numbers: 1"],
                removed=["5", "[Exit cat]"],
                words_read=46,
                lines_read=8,
            ),
            tarde,
        ],
        "validation": [
            row(NANA, id="b1nana", lang="es", title="Nana del limonero", repairs=["mojibake"])
        ],
        "test": [
            row(FERRY, id="a2ferry", title="Ferry", author="B. Quay", author_death_year=1890),
            row(ARBOL, id="b2arbol", lang="es", author="Íñigo Ruiz", period="modern"),
        ],
        "dropped": [
            {**low_tide, "id": "a0low", "reason": "exact duplicate", "copy_of": "a0low"},
            {**low_tide, "id": "d1", "reason": "exact duplicate", "copy_of": "a0low"},
            {**tarde, "id": "d2", "reason": "near duplicate", "copy_of": "b0tarde"},
            row("A gull.", id="d3", title="Gull", reason="too few lines", copy_of=""),
            row("Sol.", id="d4", lang="es", reason="too few lines", copy_of=None),
            row(
                "La mer\ns’en va\nsans moi\nce soir.", id="d5", lang="fr", reason="another language"
            ),
            row("\x1b[2Jbip bop\nbip\nbop\nbip", id="d6", lang="", reason="two languages"),
        ],
    }


def write(folder: Path, rows: dict[str, list[dict[str, Any]]], **manifest: Any) -> Path:
    """Publish these rows in a folder, with a manifest that tells their true numbers."""
    folder.mkdir(exist_ok=True)
    for name, each in rows.items():
        schema = DROPPED if name == "dropped" else SCHEMA
        parquet.write_table(
            pyarrow.Table.from_pylist(each, schema=schema), folder / f"{name}.parquet"
        )
    kept = [poem for name, each in rows.items() if name != "dropped" for poem in each]
    told = {
        "version": 1,
        "poems": Counter(poem["lang"] for poem in kept),
        "read": Counter(poem["lang"] for poem in [*kept, *rows["dropped"]]),
        "problems": {
            "count": 3,
            "first": ["poems.csv, line 7: a quote is opened | never <b>closed"],
        },
        "sources": [
            {
                "name": "our own",
                "address": "https://example.org/poems",
                "licence": "MIT",
                "files": [{"name": "poems.jsonl", "bytes": 4321, "sha256": "ab" * 32}],
                "read": 13,
                "kept": 6,
            },
            {"name": "odd", "address": "javascript:alert(1)", "licence": "", "read": 0, "kept": 0},
        ],
        "origins": [
            {"name": "a notebook", "licence": "the author's (d. 1921)", "kept": 2},
            {"name": "a notebook", "licence": "the author's (d. 1890)", "kept": 1},
        ],
        "files": {"train.parquet": {"sha256": "cd" * 32, "bytes": 99, "rows": 3}},
    }
    (folder / "manifest.json").write_text(json.dumps(told | manifest), encoding="utf-8")
    return folder
