"""From sources to a corpus: counts, splits, copies, the same bytes again, kills, a full disk."""

import errno
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from corpus.poems import ENGLISH, KITCHEN, LOW_TIDE, PATIO, SPANISH, jsonl
from duende.corpus import build as building
from duende.corpus import publish, tables
from duende.corpus.authors import identity
from duende.corpus.build import Built, build
from duende.corpus.publish import SPLITS, split_of
from duende.corpus.sources import resolve
from duende.errors import CorpusError, DiskFull, SourceError

WORDS = {
    "en": [
        "the",
        "sea",
        "a",
        "rope",
        "my",
        "door",
        "and",
        "rain",
        "her",
        "light",
        "of",
        "salt",
        "no",
        "stair",
        "this",
        "lamp",
        "for",
        "dawn",
    ],
    "es": [
        "la",
        "mar",
        "el",
        "pan",
        "mi",
        "puerta",
        "y",
        "lluvia",
        "su",
        "luz",
        "de",
        "sal",
        "sin",
        "patio",
        "esta",
        "noche",
        "para",
        "ti",
    ],
}


MORE = {"en": "and one more line of my own", "es": "y una línea más que yo le pongo"}


def verse(generator: random.Random, lang: str) -> str:
    return " ".join(generator.choices(WORDS[lang], k=6))


def many(path: Path, count: int, *, seed: int = 1, authors: int = 400) -> Path:
    """A file of made-up poems: some of them copies, some too short, some in two languages."""
    generator = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        lang = generator.choice(("en", "es"))
        lines = [verse(generator, lang) for _ in range(8)]
        if number % 20 == 7:
            lines = lines[:2]
        if number % 20 == 9:
            lines[3:6] = [verse(generator, "es" if lang == "en" else "en") for _ in range(3)]
        text = "\n".join(lines)
        if number % 20 == 11:
            text = str(rows[-5]["text"]).replace("\n", "\r\n")
        if number % 20 == 13:
            text = "\n".join([*str(rows[-5]["text"]).split("\n")[:-1], MORE[str(rows[-5]["lang"])]])
        author = f"Author {generator.randrange(authors)}"
        rows.append(
            {
                "text": text,
                "lang": rows[-5]["lang"] if number % 20 in (11, 13) else lang,
                "author": author,
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def make(*files: Path | str, out: Path, **settings: Any) -> Built:
    return build([resolve(str(file)) for file in files], out, **({"workers": 1} | settings))


def rows(folder: Path, *names: str) -> list[dict[str, Any]]:
    return [row for name in names for row in pq.read_table(folder / f"{name}.parquet").to_pylist()]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many(tmp_path_factory.mktemp("made") / "made.jsonl", 3000)


@pytest.fixture(scope="module")
def corpus(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return make(made, out=tmp_path_factory.mktemp("built") / "corpus")


def test_a_small_corpus_word_for_word(tmp_path: Path) -> None:
    english = jsonl(tmp_path / "en.jsonl", ENGLISH, author="Ann Other", author_death_year=1901)
    spanish = jsonl(tmp_path / "es.jsonl", SPANISH, lang="es", licence="ours")
    built = make(english, spanish, out=tmp_path / "corpus")
    assert built.whole
    assert built.manifest["poems"] == {"en": 2, "es": 2}
    kept = rows(tmp_path / "corpus", "train")
    assert [row["text"] for row in kept] == [*ENGLISH.values(), *SPANISH.values()]
    first, last = kept[0], kept[-1]
    assert first["lang"] == "en"
    assert (first["author"], first["author_death_year"], first["period"]) == (
        *("Ann Other", 1901, "19th-century"),
    )
    assert (first["words"], first["lines"]) == (len(LOW_TIDE.split()), 8)
    assert (last["licence"], last["source"], last["place"]) == ("ours", "es.jsonl", "es.jsonl:2")
    assert [source["kept"] for source in built.manifest["sources"]] == [2, 2]


def test_nothing_is_lost_without_a_reason(made: Path, corpus: Built) -> None:
    manifest = corpus.manifest
    kept, dropped = rows(corpus.folder, *SPLITS), rows(corpus.folder, "dropped")
    assert len(kept) + len(dropped) == 3000 == sum(manifest["read"].values())
    assert Counter(row["lang"] for row in kept) == manifest["poems"]
    assert all(row["reason"] for row in dropped)
    told = {reason: sum(langs.values()) for reason, langs in manifest["dropped"].items()}
    assert Counter(row["reason"] for row in dropped) == told
    assert told["too few lines"] == 150
    assert told["two languages"] == 150
    assert told["exact duplicate"] >= 100
    assert told["near duplicate"] >= 100
    assert (
        manifest["sources"][0]["files"][0]["sha256"]
        == hashlib.sha256(made.read_bytes()).hexdigest()
    )


def test_the_copy_that_stays_is_there(corpus: Built) -> None:
    kept = {row["id"]: row for row in rows(corpus.folder, *SPLITS)}
    copies = [row for row in rows(corpus.folder, "dropped") if "duplicate" in row["reason"]]
    for row in copies:
        assert row["copy_of"] in kept
        assert kept[row["copy_of"]]["words"] >= row["words"]


def test_the_most_complete_copy_stays(tmp_path: Path) -> None:
    closed_up = LOW_TIDE.replace("\n\n", "\n")
    short = "\n".join(LOW_TIDE.split("\n")[:7])
    file = jsonl(tmp_path / "a.jsonl", {"short": short, "closed": closed_up, "whole": LOW_TIDE})
    built = make(file, out=tmp_path / "corpus")
    assert [row["title"] for row in rows(built.folder, "train")] == ["whole"]
    assert {row["title"]: row["reason"] for row in rows(built.folder, "dropped")} == {
        "short": "near duplicate",
        "closed": "exact duplicate",
    }


def test_no_author_is_in_two_splits(corpus: Built) -> None:
    splits = {
        name: {identity(row["author"]) for row in rows(corpus.folder, name)} for name in SPLITS
    }
    assert all(splits.values())
    assert not splits["train"] & splits["validation"]
    assert not splits["train"] & splits["test"]
    assert not splits["validation"] & splits["test"]


def test_splits_are_a_hash_of_the_author() -> None:
    names = [f"Poet Number {number}" for number in range(4000)]
    found = Counter(split_of({"author": name, "id": ""}) for name in names)
    assert found["test"] / 4000 == pytest.approx(publish.SHARES["test"], abs=0.02)
    assert found["validation"] / 4000 == pytest.approx(publish.SHARES["validation"], abs=0.02)
    assert split_of({"author": "Number, POET 7", "id": "x"}) == split_of(
        {"author": "Poet 7 Number", "id": ""}
    )


def test_a_folder_of_one_authors_poems_is_all_for_training(tmp_path: Path) -> None:
    built = make(jsonl(tmp_path / "a.jsonl", ENGLISH, author="Me"), out=tmp_path / "corpus")
    assert built.manifest["splits"]["train"]["en"] == 2


def test_the_same_input_gives_the_same_bytes(made: Path, corpus: Built, tmp_path: Path) -> None:
    again = make(made, out=tmp_path / "again", workers=2)
    assert digests(again.folder) == digests(corpus.folder)


def test_a_corpus_that_is_there_is_left_alone(made: Path, corpus: Built) -> None:
    before = {path: path.stat().st_mtime_ns for path in corpus.folder.iterdir()}
    again = make(made, out=corpus.folder)
    assert again.already
    assert again.manifest == corpus.manifest
    assert {path: path.stat().st_mtime_ns for path in corpus.folder.iterdir()} == before


def test_a_corpus_that_was_damaged_is_built_again(made: Path, tmp_path: Path) -> None:
    built = make(made, out=tmp_path / "corpus")
    whole = digests(built.folder)
    (built.folder / "train.parquet").write_bytes(b"PAR1")
    assert not make(made, out=built.folder).already
    assert digests(built.folder) == whole


BUILD = """
import sys
from pathlib import Path
from duende.corpus.build import build
from duende.corpus.sources import resolve
if __name__ == "__main__":
    build([resolve(sys.argv[1])], Path(sys.argv[2]), workers=2)
"""


@pytest.mark.parametrize("after", ["read", "prepared-", "train.parquet"])
def test_a_killed_build_goes_on(made: Path, corpus: Built, tmp_path: Path, after: str) -> None:
    """Killed outright in each phase; the same command then gives the same bytes."""
    out = tmp_path / "corpus"
    (tmp_path / "run.py").write_text(BUILD)
    child = subprocess.Popen([sys.executable, str(tmp_path / "run.py"), str(made), str(out)])
    work = out / ".work"
    limit = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < limit:
        if any(list(path.glob("*.parquet")) or path.is_file() for path in work.glob(f"{after}*")):
            break
        time.sleep(0.01)
    workers = psutil.Process(child.pid).children(recursive=True)
    child.kill()
    child.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive, "workers outlive the build"
    assert not (out / "manifest.json").exists()
    make(made, out=out)
    assert digests(out) == digests(corpus.folder)
    assert not work.exists()


def test_what_was_prepared_is_not_prepared_again(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    run = building.Steps.__call__

    def counted(self: building.Steps, table: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(table.num_rows)
        return run(self, table)

    monkeypatch.setattr(building.Steps, "__call__", counted)
    with pytest.raises(KeyboardInterrupt):
        make(made, out=tmp_path / "corpus")
    assert len(done) == 2
    done[:] = [0]
    make(made, out=tmp_path / "corpus")
    assert done == [0, 1000]


def test_one_build_at_a_time_in_a_folder(made: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with FileLock(tmp_path / "corpus" / ".lock"), pytest.raises(CorpusError, match="Another build"):
        make(made, out=tmp_path / "corpus")


def test_another_input_is_another_corpus(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", ENGLISH)
    make(file, out=tmp_path / "corpus")
    jsonl(file, SPANISH)
    assert make(file, out=tmp_path / "corpus").manifest["poems"] == {"en": 0, "es": 2}


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("[Errno 28] Error writing bytes to file. Detail: No space left on device"),
    ],
)
def test_a_full_disk_is_a_sentence_and_nothing_is_lost(
    made: Path, corpus: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    written: list[Path] = []
    write = tables.write

    def full(table: Any, path: Path) -> None:
        if len(written) == 4:
            raise error
        written.append(path)
        write(table, path)

    monkeypatch.setattr(tables, "write", full)
    with pytest.raises(DiskFull, match="Make room and run the same command again"):
        make(made, out=tmp_path / "corpus")
    monkeypatch.undo()
    make(made, out=tmp_path / "corpus")
    assert digests(tmp_path / "corpus") == digests(corpus.folder)


def test_a_source_that_cannot_be_read_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    good = jsonl(tmp_path / "good.jsonl", ENGLISH)
    bad = tmp_path / "bad.csv"
    bad.write_text("label,score\n1,2\n")
    built = make(good, bad, out=tmp_path / "corpus")
    assert not built.whole
    assert built.manifest["poems"]["en"] == 2
    assert built.manifest["problems"]["first"][0].startswith("bad.csv: No column for the poems")


def test_nothing_at_all(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("not json\n")
    with pytest.raises(SourceError, match=r"No poem could be read\. empty\.jsonl, line 1"):
        make(empty, out=tmp_path / "corpus")


def test_an_engine_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="There is no engine 'spark'"):
        make(jsonl(tmp_path / "a.jsonl", ENGLISH), out=tmp_path / "c", engine="spark")


def test_the_card_and_the_manifest_say_the_same(corpus: Built) -> None:
    card = (corpus.folder / "README.md").read_text("utf-8")
    poems = corpus.manifest["poems"]
    assert f"{poems['en']:,} poems in English" in card
    for reason, langs in corpus.manifest["dropped"].items():
        assert f"| {reason} | {sum(langs.values()):,} |" in card
    for name, facts in corpus.manifest["files"].items():
        content = (corpus.folder / name).read_bytes()
        assert facts["sha256"] == hashlib.sha256(content).hexdigest()


def test_no_path_of_this_machine_is_published(made: Path, corpus: Built) -> None:
    for name in ("README.md", "manifest.json"):
        assert str(made.parent) not in (corpus.folder / name).read_text("utf-8")


def test_the_hub_loads_it(corpus: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The card's front matter leads `datasets` to the three splits and no further."""
    import datasets

    found = datasets.load_dataset(str(corpus.folder), cache_dir=str(tmp_path))
    assert {name: len(found[name]) for name in found} == {
        name: corpus.manifest["files"][f"{name}.parquet"]["rows"] for name in SPLITS
    }


def test_public_domain_only(tmp_path: Path) -> None:
    poems = {
        "A": (LOW_TIDE, "Emily Dickinson"),
        "B": (KITCHEN, "Nobody"),
        "C": (PATIO, "Octavio Paz"),
    }
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(
            json.dumps({"title": t, "text": x, "author": a}) + "\n" for t, (x, a) in poems.items()
        )
    )
    built = make(path, out=tmp_path / "corpus", public_domain_only=True)
    assert [row["title"] for row in rows(built.folder, "train")] == ["A"]
    assert "dead for 80 full years" in (built.folder / "README.md").read_text()
