"""Tables and JSON lines, good and bad: a clear sentence with file and line, and the good rest kept."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from corpus.poems import ENGLISH, KITCHEN, LOW_TIDE, SPANISH, jsonl, poetry_foundation
from duende.corpus.entry import Entry, Problem
from duende.corpus.readers import jsonl as json_lines
from duende.corpus.readers import table
from duende.corpus.readers.files import LONGEST_LINE, encoding_of, read_text
from duende.corpus.sources import Source, resolve
from duende.errors import SourceError


def read(path: Path) -> tuple[list[Entry], list[str]]:
    problems: list[Problem] = []
    reader = json_lines if ".jsonl" in path.name else table
    return list(reader.read(path, problems.append)), [str(problem) for problem in problems]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "poems.jsonl", ENGLISH | SPANISH, lang="en", author="Ann Other")


def test_json_lines_know_where_they_are_from(lines: Path) -> None:
    found, problems = read(lines)
    assert [entry.text for entry in found] == [*ENGLISH.values(), *SPANISH.values()]
    assert [entry.place for entry in found] == [f"poems.jsonl:{n}" for n in range(1, 5)]
    assert not problems


def test_a_broken_line_is_named_and_the_rest_is_read(lines: Path) -> None:
    good = lines.read_text("utf-8").splitlines()
    lines.write_text(
        "\n".join([good[0], '{"text": "cut', "[1, 2]", "", good[1], '{"x": 1}']), "utf-8"
    )
    found, problems = read(lines)
    assert len(found) == 2
    assert [problem.split(":")[0] for problem in problems] == [
        f"poems.jsonl, line {n}" for n in (2, 3, 6)
    ]
    assert "no JSON object" in problems[0]


def test_a_gzip_that_is_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl.gz"
    rows = [json.dumps({"text": f"{n} {LOW_TIDE[n % 40 :]}"}) for n in range(5000)]
    whole = gzip.compress("\n".join(rows).encode())
    path.write_bytes(whole[: len(whole) // 2])
    found, problems = read(path)
    assert len(found) > 1000
    assert len(problems) <= 2  # the line that was cut is no JSON
    assert problems[-1].startswith(f"poems.jsonl.gz, line {len(found) + 1}: the file is cut short")


def test_a_gzip_of_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl.gz"
    path.write_bytes(b"\x1f\x8b" + bytes(range(256)))
    found, problems = read(path)
    assert found == []
    assert "cut short or damaged" in problems[0]


def test_a_line_without_end_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "poems.jsonl.gz"
    with gzip.open(path, "wb") as file:
        file.write(json.dumps({"text": LOW_TIDE}).encode() + b"\n")
        for _ in range(200):
            file.write(b"a" * 1_000_000)
        file.write(b"\n" + json.dumps({"text": KITCHEN}).encode() + b"\n")
    import tracemalloc

    tracemalloc.start()
    found, problems = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [entry.text for entry in found] == [LOW_TIDE, KITCHEN]
    assert problems == [
        f"poems.jsonl.gz, line 2: a line of 200,000,001 characters was skipped; "
        f"at most {LONGEST_LINE:,} are read"
    ]
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 40, b"PAR1" + b"\x00" * 100, b"\x00" * 9000]
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "poems.csv"
    path.write_bytes(content)
    found, problems = read(path)
    assert found == []
    assert "no text" in problems[0]
    with pytest.raises(SourceError, match="no text"):
        read_text(path)


def test_a_quote_never_closed_costs_its_own_poem(tmp_path: Path) -> None:
    path = tmp_path / "poems.csv"
    rows = poetry_foundation({"One": LOW_TIDE, "Two": KITCHEN, "Three": LOW_TIDE + "\nand more"})
    at = rows.index("\r\r\nI pass it on")  # within the second poem
    broken = rows[:at] + '"' + rows[at:]  # a quote that is not doubled
    path.write_text(broken, "utf-8", newline="")
    found, problems = read(path)
    assert [" ".join(entry.title.split()) for entry in found] == ["One", "Three"]
    assert "cells over 8 lines where the table has 5 (is a quote not doubled?)" in problems[0]
    assert problems[0].startswith("poems.csv, line ")


def test_a_quote_open_to_the_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "poems.csv"
    path.write_text(f'Title,Poem\nOne,"{LOW_TIDE}"\nTwo,"never closed\n' + "x,y\n" * 5, "utf-8")
    found, problems = read(path)
    assert [entry.title for entry in found] == ["One", *["x"] * 5]
    assert problems[0].startswith("poems.csv, line 11: a quote is opened")


def test_rows_of_too_many_cells_are_named(tmp_path: Path) -> None:
    path = tmp_path / "poems.csv"
    path.write_text(f'Title,Poem\nOne,two,three\nFour,"{LOW_TIDE}"\n', "utf-8")
    found, problems = read(path)
    assert [entry.text for entry in found] == [LOW_TIDE]
    assert problems == ["poems.csv, line 2: 3 cells where the table has 2; skipped"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "poemas.csv"
    path.write_bytes("título;poema\nOrilla;niño y canción\n".encode(encoding))
    found, problems = read(path)
    assert [(entry.title, entry.text) for entry in found] == [("Orilla", "niño y canción")]
    assert not problems


def test_the_encoding_of_a_text_cut_within_a_letter() -> None:
    assert encoding_of("canción".encode()[:6]) == "utf-8-sig"


def test_a_table_in_a_zip_as_it_is_downloaded(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._poems.csv", b"\x00\x05")
        archive.writestr("readme.md", "nothing")
        archive.writestr("PoetryFoundationData.csv", poetry_foundation(ENGLISH))
    source = resolve(f"poetry-foundation={path}")
    problems: list[Problem] = []
    found = list(source.read(problems.append))
    assert len(found) == 2
    assert {entry.lang for entry in found} == {"en"}
    assert found[1].tags == ("Sea", "Time")
    assert found[0].place == "archive.zip:PoetryFoundationData.csv:2"
    assert "poetryfoundation.org" in found[0].licence
    assert not problems


def test_a_zip_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("poems.csv", poetry_foundation(ENGLISH))
    path.write_bytes(path.read_bytes()[:-40])
    found, problems = read(path)
    assert found == []
    assert "the zip file is cut short or damaged" in problems[0]


# --- what a person says


@pytest.mark.parametrize(
    ("name", "content", "reader"),
    [
        ("a.jsonl", b"", "jsonl"),
        ("a.jsonl.gz", b"", "jsonl"),
        ("a.csv", b"", "table"),
        ("a.parquet", b"", "parquet"),
        ("a.html", b"", "gutenberg"),
        ("a.txt", b"The Project Gutenberg eBook of Stairs", "gutenberg"),
        ("a.txt", b"The tide went out", "folder"),
    ],
)
def test_the_reader_is_found(tmp_path: Path, name: str, content: bytes, reader: str) -> None:
    (tmp_path / name).write_bytes(content)
    source = resolve(str(tmp_path / name))
    assert source.reader == reader
    assert source.files()[0][:2] == (name, len(content))


def test_folders(tmp_path: Path) -> None:
    assert resolve(str(tmp_path)).reader == "folder"
    (tmp_path / "a.parquet").touch()
    assert resolve(str(tmp_path)).reader == "parquet"
    assert resolve(f"poemas-del-alma={tmp_path}") == Source(
        name="poemas-del-alma",
        place=str(tmp_path),
        reader="fetched",
        lang="es",
        licence="each poem its author's or publisher's; the site's terms apply",
        address="https://www.poemas-del-alma.com/",
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("nowhere.csv", "is not there"),
        ("nobody=somewhere", "There is no source 'nobody'"),
        ("poetry-foundation=nowhere.zip", "is not there"),
    ],
)
def test_what_makes_no_sense_is_said(said: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        resolve(said)


def test_an_unknown_ending(tmp_path: Path) -> None:
    (tmp_path / "poems.docx").touch()
    with pytest.raises(SourceError, match=r"not known how to read \.docx"):
        resolve(str(tmp_path / "poems.docx"))


def test_a_poem_that_tells_its_source(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"A": LOW_TIDE}, source="somebody/poems: sea/low.txt")
    entry = next(iter(resolve(str(path)).read(lambda problem: None)))
    assert (entry.source, entry.place) == ("somebody/poems", "sea/low.txt")
