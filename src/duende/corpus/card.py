"""The data card: what the corpus is, in words, for people and for the Hugging Face hub."""

from collections.abc import Iterable
from importlib.resources import files
from string import Template
from typing import Any

SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"))
MOST_ORIGINS = 40
"""Sources that the card names, the largest; licences told poem by poem would fill pages."""
MOST_PROBLEMS = 20


def card(manifest: dict[str, Any]) -> str:
    """Write the card of a corpus from its manifest: `card.md` with the numbers put in."""
    poems, authors = manifest["poems"], manifest["authors"]
    total = sum(poems.values())
    dropped: dict[str, int] = {
        reason: sum(langs.values()) for reason, langs in manifest["dropped"].items()
    }
    origins = sorted(manifest["origins"], key=lambda each: (-each["kept"], each["name"]))
    problems, year = manifest["problems"], manifest["public_domain_in"]
    template = files("duende.corpus").joinpath("card.md").read_text(encoding="utf-8")
    return Template(
        template
    ).substitute(
        languages="\n".join(f"- {lang}" for lang in poems if poems[lang]),
        files="\n".join(
            f"  - split: {part}\n    path: {part}.parquet"
            for part, counts in manifest["splits"].items()
            if sum(counts.values())  # the hub's library takes no empty split
        ),
        size=next((name for limit, name in SIZES if total < limit), "n>1M"),
        english=f"{poems['en']:,}",
        spanish=f"{poems['es']:,}",
        english_authors=f"{authors['en']:,}",
        spanish_authors=f"{authors['es']:,}",
        kept=f"{total:,}",
        read=f"{sum(manifest['read'].values()):,}",
        splits=_rows((part, n["en"], n["es"]) for part, n in manifest["splits"].items()),
        dropped=_rows(
            (name, dropped[name]) for name in sorted(dropped, key=lambda n: (-dropped[n], n))
        ),
        repairs=_rows(manifest["repairs"].items()),
        public_domain=(
            f"\nOnly authors dead for 80 full years in {year}, by a table of authors, were kept."
            if year
            else ""
        ),
        origins=_rows(
            (each["name"], each["licence"] or "not stated", each["kept"])
            for each in origins[:MOST_ORIGINS]
        ),
        problems="\n".join(
            [
                f"{problems['count']:,} places.",
                *(f"- {_cell(problem)}" for problem in problems["first"][:MOST_PROBLEMS]),
            ]
        ),
    )


def _rows(rows: Iterable[tuple[object, ...]]) -> str:
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).replace("|", "/").replace("<", "&lt;").split())
