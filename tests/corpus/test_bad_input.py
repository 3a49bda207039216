"""Bad input: never a traceback, always a sentence with file and line, and the good rest kept."""

import errno
import gzip
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from corpus.poems import KITCHEN, LOW_TIDE, PATIO, PUERTO, jsonl
from duende.cli import app
from duende.corpus import card, tables
from duende.corpus.build import Built, build
from duende.corpus.engines.shards import Steps, prepare_shard
from duende.corpus.entry import Entry
from duende.corpus.sources import resolve
from duende.errors import CorpusError, SourceError

POEMS = [LOW_TIDE, KITCHEN, PATIO, PUERTO]


def line(text: object, **more: object) -> str:
    return json.dumps({"text": text, **more}) + "\n"


GOOD = "".join(map(line, POEMS))


def table(*poems: str, header: str = "Title,Poem", end: str = "\n") -> str:
    return header + end + "".join(f'T,"{poem}"{end}' for poem in poems)


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def encrypted() -> bytes:
    """A zip whose member says that it has a password."""
    content = bytearray(zipped(("poems.csv", table(LOW_TIDE))))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def oddly_compressed() -> bytes:
    content = bytearray(zipped(("poems.csv", table(LOW_TIDE))))
    struct.pack_into("<H", content, 8, 97)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 97)
    return bytes(content)


def parquet(groups: int = 4, damaged: int | None = None) -> bytes:
    out = io.BytesIO()
    schema = pa.table({"text": POEMS})
    pq.write_table(
        schema, out, row_group_size=4 // groups, compression="none", use_dictionary=False
    )
    content = bytearray(out.getvalue())
    if damaged is not None:
        column = pq.read_metadata(io.BytesIO(content)).row_group(damaged).column(0)
        at = column.data_page_offset
        content[at : at + 40] = b"\xff" * 40
    return bytes(content)


def make(*sources: Path, out: Path, workers: int = 1) -> Built:
    return build([resolve(str(source)) for source in sources], out, workers=workers)


def kept(folder: Path) -> list[dict[str, Any]]:
    names = ("train", "validation", "test")
    return [row for name in names for row in pq.read_table(folder / f"{name}.parquet").to_pylist()]


TRAILER = "the file is cut short or damaged here; what came before is kept"
CASES: list[tuple[str, str, str | bytes, int, list[str]]] = [
    ("a half character", "a.jsonl", GOOD + line("a \ud800 b", title="\udcff"), 4, []),
    ("a half character in a name", "a.jsonl", GOOD + '{"\\ud800": 1}\n', 4, ["a.jsonl, line 5: No"]),
    (
        "deep lists",
        "a.jsonl",
        GOOD + '{"text":' + "[" * 900 + '"a"' + "]" * 900 + "}\n" + '{"text":"a","title":'
        + "[" * 900 + "]" * 900 + "}\n" + '{"text":' + "[" * 90_000 + "]" * 90_000 + "}\n",
        4,
        ["a.jsonl, line 7: the line is no JSON object"],
    ),
    ("a long number", "a.jsonl", GOOD + line("a", author_death_year=10**400), 4, []),
    ("a gzip without its end", "a.jsonl.gz", gzip.compress(GOOD.encode())[:-8], 4, [TRAILER]),
    (
        "a gzipped table without its end",
        "a.csv.gz",
        gzip.compress(table(*POEMS).encode())[:-8],
        4,
        [TRAILER],
    ),
    (
        "a gzip of another sum",
        "a.jsonl.gz",
        gzip.compress(GOOD.encode())[:-8] + b"\0" * 8,
        4,
        ["a.jsonl.gz, line 5: " + TRAILER],
    ),
    (
        "a zip with a table of something else",
        "a.zip",
        zipped(("a.csv", "Id,Score\n1,2\n"), ("b.csv", table(*POEMS)), ("LICENSE.txt", "as is")),
        4,
        ["a.zip:a.csv: No column for the poems"],
    ),
    (
        "a zip of two formats",
        "a.zip",
        zipped(("a.csv", table(*POEMS[:2])), ("b.jsonl", GOOD), ("c.parquet", parquet())),
        4,
        ["a.zip:c.parquet: it is not read within a zip"],
    ),
    (
        "a zip of which one member is damaged",
        "a.zip",
        zipped(("b.csv", table(*POEMS)), ("z.csv", table(LOW_TIDE))).replace(
            b"PK\x03\x04", b"PK\x03\x05"
        ).replace(b"PK\x03\x05", b"PK\x03\x04", 1),
        4,
        ["a.zip:z.csv: it is cut short or damaged"],
    ),
    ("a damaged Parquet", "a.parquet", parquet(damaged=1), 3, ["a.parquet, line 2: rows 2 to 2 are"]),
    ("a Parquet of no rows", "a.parquet", parquet()[:0], 0, ["a.parquet: it is no Parquet"]),
    ("old line ends", "a.csv", "T,Poem\r" + "".join(f'x,"{p}"\r' for p in POEMS).replace("\n", "\r"), 4, []),
    ("old line ends, new in poems", "a.csv", table(*POEMS, end="\r"), 4, []),
    ("a gzipped poem", "rain.txt.gz", gzip.compress(LOW_TIDE.encode()), 1, []),
    ("a gzipped note", "rain.md.gz", gzip.compress(LOW_TIDE.encode()), 1, []),
    ("cells too many", "a.csv", table(*POEMS) + 'a,"b\nc",d\n', 4, ["3 cells over 2 lines where the table has 2"]),
    ("a JSON list", "a.json", json.dumps([{"text": poem} for poem in POEMS]), 4, []),
    ("a JSON list of lines", "a.json", json.dumps([{"text": p} for p in POEMS], indent=1), 4, []),
    ("a JSON object", "a.json", json.dumps({"text": LOW_TIDE}, indent=1), 1, []),
    (
        "a JSON list cut short",
        "a.json",
        "[\n" + GOOD.replace("}\n", "},\n") + '{"text": "cut',
        4,
        ["a.json, line 6: the JSON list is broken or cut short here; what came before is kept"],
    ),
    (
        "two columns of one name",
        "a.csv",
        'Poem,Title,Poem\n"' + LOW_TIDE + '",T,"' + KITCHEN + '"\n',
        1,
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "count", "sentences"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_good_rest_is_kept(
    name: str, content: str | bytes, count: int, sentences: list[str], tmp_path: Path
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content.encode() if isinstance(content, str) else content)
    good = jsonl(tmp_path / "good.jsonl", {"G": "the sea\nthe salt\n" + KITCHEN[::-1]})
    built = make(bad, good, out=tmp_path / "corpus")
    mine = [row for row in kept(built.folder) if row["source"] == name]
    assert len(mine) == count
    told = built.manifest["problems"]["first"]
    assert len(told) == len(sentences), told
    for said, sentence in zip(told, sentences, strict=True):
        assert sentence in said
        assert said.startswith(name)
    if count:
        first = {row["text"] for row in mine}
        assert LOW_TIDE.split("\n")[1] in "\n".join(first)


NOTHING: list[tuple[str, str, bytes, str]] = [
    ("an empty zip", "a.zip", b"", "a.zip: the zip file is cut short or damaged"),
    ("a zip of nothing", "a.zip", zipped(), "a.zip: it holds no .csv"),
    ("a zip cut short", "a.zip", zipped(("a.csv", table(LOW_TIDE)))[:80], "a.zip: the zip file is"),
    ("a password", "a.zip", encrypted(), "a.zip:poems.csv: it has a password"),
    ("odd compression", "a.zip", oddly_compressed(), "a.zip:poems.csv: it is compressed in a way"),
    ("an empty table", "a.csv", b"", "a.csv: the file is empty"),
    ("an empty file of lines", "a.jsonl", b"\n\n", "a.jsonl: the file is empty"),
    ("a header", "a.csv", b"Title,Poem\n", "a.csv: the table has no rows"),
    ("an empty book", "a.html", b"", "a.html: the file is empty"),
    ("half a gzip", "a.txt.gz", gzip.compress(LOW_TIDE.encode())[:-8], "cut short or damaged"),
    ("no poem in a gzip", "a.csv.gz", b"\x1f\x8b\x00", "a.csv.gz: the file is cut short"),
]


@pytest.mark.parametrize(
    ("name", "content", "sentence"), [c[1:] for c in NOTHING], ids=[c[0] for c in NOTHING]
)
def test_where_nothing_is_good_one_sentence_says_why(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    out = tmp_path / "corpus"
    result = CliRunner().invoke(app, ["build", "--source", str(path), "--out", str(out)])
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit), result.exception
    assert sentence in " ".join(result.output.split())
    assert not (out / ".lock").exists()
    good = jsonl(tmp_path / "good.jsonl", {"Low Tide": LOW_TIDE})
    assert make(path, good, out=out).manifest["problems"]["count"] == 1


def test_short_fields_have_no_control_characters(tmp_path: Path) -> None:
    facts = {"source": "a\0b\x1b[31mred", "licence": "l\x1b]0;x\x07", "tags": ["s\x1bea"]}
    path = tmp_path / "a.jsonl"
    path.write_text(line(LOW_TIDE, title="x\0y\x1b", author="Ann\x07 Other", **facts), "utf-8")
    (row,) = kept(make(path, out=tmp_path / "corpus").folder)
    assert (row["title"], row["author"], row["source"]) == ("xy", "Ann Other", "ab[31mred")
    assert (row["licence"], row["tags"]) == ("l]0;x", ["sea"])


def test_the_first_of_two_columns_of_a_name_wins_in_parquet_too(tmp_path: Path) -> None:
    two = pa.Table.from_arrays([pa.array([LOW_TIDE]), pa.array([KITCHEN])], names=["text", "text"])
    pq.write_table(two, tmp_path / "a.parquet")
    assert kept(make(tmp_path / "a.parquet", out=tmp_path / "c").folder)[0]["text"] == LOW_TIDE


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files called "locked" cannot be opened, whoever runs the tests."""
    opened: Callable[..., Any] = Path.open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name.startswith("locked") and args == ("rb",):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("reader", ["", "gutenberg="])
def test_one_file_of_three_that_cannot_be_read(tmp_path: Path, reader: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, poem in (("a", LOW_TIDE), ("locked", PATIO), ("z", KITCHEN)):
        frame = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n\nTHE TITLE\n\n"
        (folder / f"{name}.txt").write_text(frame + poem if reader else poem)
    built = build([resolve(f"{reader}{folder}")], tmp_path / "corpus", workers=1)
    assert sum(built.manifest["poems"].values()) == 2
    (told,) = built.manifest["problems"]["first"]
    assert told.startswith("locked.txt: ")
    assert "Permission denied" in told


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("name", ["locked.txt", "locked.csv", "locked.jsonl", "locked.zip"])
def test_a_source_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LOW_TIDE)
    with pytest.raises(SourceError, match=rf"{name} cannot be read: Permission denied"):
        make(tmp_path / name, out=tmp_path / "corpus")


def test_a_name_of_300_characters(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: File name too long"):
        resolve("a" * 300)
    with pytest.raises(SourceError, match="There is no source"):
        resolve("a" * 300 + "=x")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("file", "file is a file: give a folder"),
        ("file/below", r"file.* cannot be read or written: Not a directory"),
        ("a" * 300, r"cannot be read or written: File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_to(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").touch()
    good = jsonl(tmp_path / "good.jsonl", {"Low Tide": LOW_TIDE})
    with pytest.raises(CorpusError, match=sentence):
        make(good, out=tmp_path / place)


def test_the_corpus_is_not_written_into_its_source(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text(LOW_TIDE)
    for out in ("mine", "mine/corpus", "x/../mine/corpus"):
        with pytest.raises(SourceError, match="choose another place"):
            make(tmp_path / "mine", out=tmp_path / out)
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["a.txt"]


def test_a_corpus_of_no_poem_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line("too short"))
    arguments = ["build", "--source", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "c")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "c" / "dropped.parquet")["reason"].to_pylist() != [""]


@pytest.mark.parametrize("folder", ["read", "prepared-*"])
@pytest.mark.parametrize("left", [0, 100])
def test_a_shard_that_a_power_cut_tore_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, left: int
) -> None:
    good = jsonl(tmp_path / "good.jsonl", {"Low Tide": LOW_TIDE})

    def killed(manifest: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(card, "card", killed)
        with pytest.raises(KeyboardInterrupt):
            make(good, out=tmp_path / "corpus")
    assert not (tmp_path / "corpus" / ".lock").exists()
    (shard,) = (tmp_path / "corpus" / ".work").glob(f"{folder}/*.parquet")
    os.truncate(shard, left)
    assert make(good, out=tmp_path / "corpus").manifest["poems"]["en"] == 1


def test_a_shard_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda number: named.append((tmp_path / "a").exists()))
    tables.write(tables.to_table([Entry(LOW_TIDE)]), tmp_path / "a")
    assert named == [False]
    assert tables.there(prepare_shard(tmp_path / "a", tmp_path, Steps()))


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder, poem in (("a", LOW_TIDE), ("b", KITCHEN)):
        (tmp_path / folder).mkdir()
        jsonl(tmp_path / folder / "p.jsonl", {"P": poem})
    built = make(tmp_path / "a" / "p.jsonl", tmp_path / "b" / "p.jsonl", out=tmp_path / "c")
    assert {row["source"] for row in kept(built.folder)} == {"p.jsonl", "p.jsonl (2)"}


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in (b"a\xff.txt", b"b\xff.txt"):
        content = LOW_TIDE.encode() if name.startswith(b"a") else b""
        (folder / os.fsdecode(name)).write_bytes(content)
    built = make(folder, out=tmp_path / "corpus")
    assert [row["title"] for row in kept(built.folder)] == ["a\ufffd"]
    assert built.manifest["problems"]["first"] == ["b\ufffd.txt: it is empty"]
