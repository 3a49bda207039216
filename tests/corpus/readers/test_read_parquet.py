"""Parquet files of poems, whole and damaged."""

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from duende.corpus.entry import Entry, Problem
from duende.corpus.readers import parquet
from duende.errors import SourceError


def read(path: Path) -> tuple[list[Entry], list[str]]:
    """The poems, and what was complained of."""
    problems: list[Problem] = []
    return list(parquet.read(path, problems.append)), [str(problem) for problem in problems]


def write(path: Path, rows: int = 5) -> None:
    """A file of so many poems, in groups of a thousand."""
    table = pyarrow.table(
        {
            "Poema": [["Canta el agua", f"{n} veces."] for n in range(rows)],
            "autor": [None if n % 2 else "Nadie" for n in range(rows)],
            "author_death_year": [1936.0] * rows,
            "etiquetas": [["agua", "mar"]] * rows,
            "embedding": [[0.5] * 8] * rows,
        }
    )
    pyarrow.parquet.write_table(table, path, row_group_size=1000)


def test_rows_become_entries_batch_after_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BATCH", 2)
    write(tmp_path / "a.parquet")
    poems, problems = read(tmp_path / "a.parquet")
    assert problems == []
    assert [poem.author for poem in poems] == ["Nadie", "", "Nadie", "", "Nadie"]
    assert poems[4].text == "Canta el agua\n4 veces."
    assert poems[4].place == "a.parquet:5"
    assert (poems[0].author_death_year, poems[0].tags) == (1936, ("agua", "mar"))


def test_a_folder_is_read_in_order_and_what_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    write(tmp_path / "train" / "b.parquet")
    whole = (tmp_path / "train" / "b.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "c.parquet").write_text("Title,Poem\n")
    (tmp_path / "d.parquet").write_bytes(b"")
    pyarrow.parquet.write_table(pyarrow.table({"label": [1]}), tmp_path / "e.parquet")
    poems, problems = read(tmp_path)
    assert len(poems) == 5
    assert poems[0].place == "train/b.parquet:1"
    assert [problem.split(":")[0] for problem in problems] == [
        "a.parquet", "c.parquet", "d.parquet", "e.parquet",
    ]  # fmt: skip


def test_a_page_that_was_overwritten_keeps_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(path, rows=3000)
    start = pyarrow.parquet.ParquetFile(path).metadata.row_group(2).column(0).dictionary_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    poems, problems = read(path)
    assert len(poems) == 2000
    assert len(problems) == 1
    assert problems[0].startswith("a.parquet, line 2001: ")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        read(tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=r"no \.parquet"):
        read(tmp_path)
    pyarrow.parquet.write_table(pyarrow.table({"label": [1]}), tmp_path / "e.parquet")
    with pytest.raises(SourceError, match="there are label"):
        read(tmp_path / "e.parquet")
