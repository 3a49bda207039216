"""One poem of a corpus: found by id, by words or by chance, and told with what became of it."""

from collections import Counter
from pathlib import Path

import pytest

from corpus.small_corpus import LOW_TIDE, TARDE, row, tables, write
from duende.corpus import published
from duende.corpus.show import OTHERS, find
from duende.errors import SourceError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus."""
    return write(tmp_path_factory.mktemp("corpus"), tables())


@pytest.mark.parametrize(
    ("which", "id"),
    [
        ("b0tarde", "b0tarde"),
        ("a1no", "a1november"),
        ("d3", "d3"),
        ("Low Tide", "a0low"),
        ("LLEGA LÁ tardé", "b0tarde"),
        ("limonero", "b1nana"),
        ("nadie supo del arbol", "b2arbol"),  # its first line; it has no title
        ("inigo ruiz", "b2arbol"),
        ("penalba tarde", "b0tarde"),  # words of title and author
        ("kettle, throat!", "a1november"),
        ("la mer", "d5"),
        ("quay", "a2ferry"),
    ],
)
@pytest.mark.parametrize("rows", [1, 4096])
def test_a_poem_is_found(
    corpus: Path, which: str, id: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "ROWS_AT_A_TIME", rows)
    assert find(corpus, which).row["id"] == id


def test_the_kept_poem_comes_before_its_copies(corpus: Path) -> None:
    shown = find(corpus, "low tide")
    assert (shown.table, shown.found) == ("train", 3)
    assert shown.row["text"] == LOW_TIDE
    assert [(other.id, other.table) for other in shown.others] == [
        ("a0low", "dropped"),
        ("d1", "dropped"),
    ]
    told = str(shown)
    assert "Found besides (2):\n  a0low  Low Tide, Ada Marlow, left out\n  d1  Low Tide" in told


@pytest.mark.parametrize("which", ["tide and november", "sea sea gull", "kettl", "¡!", "zzz"])
def test_what_is_not_there(corpus: Path, which: str) -> None:
    with pytest.raises(SourceError, match="try fewer or other words"):
        find(corpus, which)


def test_where_it_is_looked_for(corpus: Path) -> None:
    assert find(corpus, "low tide", among="dropped").table == "dropped"
    assert find(corpus, "low tide", among="kept").found == 1
    with pytest.raises(SourceError, match="no poem in Spanish that was kept in"):
        find(corpus, "low tide", among="kept", lang="es")


def test_an_id_is_sure_only_when_it_is_long(tmp_path: Path) -> None:
    rows = tables()
    rows["train"] += [
        row("Un, dos,\ntres.", id="faceb00c11", title="A count"),
        row("Look,\nlook.", id="77", title="Face", author="Her"),
    ]
    folder = write(tmp_path / "corpus", rows)
    assert find(folder, "face").row["id"] == "77"
    assert find(folder, "face").others[0].id == "faceb00c11"
    assert find(folder, "faceb0").row["id"] == "faceb00c11"


def test_whose_name_it_is_comes_before_who_is_named(tmp_path: Path) -> None:
    rows = tables()
    rows["train"].insert(0, row("Oh,\noh.", id="00", title="To Ada Marlow, asleep"))
    assert find(write(tmp_path / "corpus", rows), "ada marlow").row["author"] == "Ada Marlow"


def test_only_the_best_others_are_named(tmp_path: Path) -> None:
    rows = tables()
    rows["train"] += [row(f"Wave {n}\nwave", id=f"w{n:03}", title="A wave") for n in range(40)]
    rows["test"].append(row("Wave\nof the hand", id="best", title="Wave"))
    shown = find(write(tmp_path / "corpus", rows), "wave")
    assert shown.row["id"] == "best"
    assert shown.found == 41
    assert [other.id for other in shown.others] == [f"w{n:03}" for n in range(OTHERS)]
    assert f"and {40 - OTHERS} more" in str(shown)


def test_the_same_seed_draws_the_same_poem(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [find(corpus, seed=seed).row["id"] for seed in range(8)]
    monkeypatch.setattr(published, "ROWS_AT_A_TIME", 2)
    assert [find(corpus, seed=seed).row["id"] for seed in range(8)] == drawn
    assert len(set(drawn)) > 3
    assert find(corpus).row["id"]


def test_every_poem_can_be_drawn(corpus: Path) -> None:
    def drawn(**narrowed: str) -> Counter[str]:
        return Counter(find(corpus, seed=seed, **narrowed).row["id"] for seed in range(60))  # type: ignore[arg-type]

    assert set(drawn(lang="es", among="kept")) == {"b0tarde", "b1nana", "b2arbol"}
    assert set(drawn(among="dropped")) == {"a0low", "d1", "d2", "d3", "d4", "d5", "d6"}
    with pytest.raises(SourceError, match="no poem in French that was kept"):
        find(corpus, lang="fr", among="kept")


def test_a_poem_is_told_with_all_that_is_known(corpus: Path) -> None:
    assert str(find(corpus, "b0tarde")) == (
        f"Llega la tarde\nInés Peñalba (d. 1699)\n\n{TARDE}\n\n"
        "id        b0tarde\nlanguage  Spanish\nperiod    golden-age\nform      soneto\n"
        "source    our own\nplace     poems.jsonl, line 1\nlicence   MIT\nsplit     train\n"
        "length    14 lines and 103 words; as it was read, 14 and 103\nmended    nothing"
    )


def test_what_was_done_to_a_poem_is_told(corpus: Path) -> None:
    told = str(find(corpus, "a1november"))
    assert "mended    mojibake; line numbers: 2; line numbers: 1" in told
    assert "foreign   2 lines in another language" in told
    assert told.endswith("Cut, as not the poem:\n  - 5\n  - [Exit cat]")


def test_why_a_poem_was_left_out_is_told(corpus: Path) -> None:
    assert "left out  near duplicate, a copy of b0tarde" in str(find(corpus, "d2"))
    told = str(find(corpus, "d4"))
    assert "left out  too few lines\n" in told
    assert told.startswith("Without a title\nauthor not known\n")


def test_a_text_cannot_order_the_terminal_about(corpus: Path) -> None:
    told = str(find(corpus, "d6"))
    assert "\x1b" not in told
    assert "\ufffd[2Jbip bop\nbip" in told


def test_a_folder_that_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no corpus"):
        find(tmp_path, "sea")
