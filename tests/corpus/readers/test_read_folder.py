"""A folder of one's own poems."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.corpus.entry import Entry, Problem
from duende.corpus.readers import folder
from duende.errors import SourceError

VERSE = "Canta el agua\n  y nadie escucha."


def read(path: Path) -> tuple[list[Entry], list[str]]:
    """The poems, and what was complained of."""
    problems: list[Problem] = []
    return list(folder.read(path, problems.append)), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "front",
    [
        "title: La acequia\nauthor: Eulalia\nlanguage: es\nform: romance\ntags: agua, noche",
        "Título: 'La acequia'\nautor: Eulalia\nidioma: español\nforma: romance\n"
        "etiquetas: [agua, noche]",
        'titulo: "La acequia"\nAutor: Eulalia\nlengua: es\nforma: romance\n'
        "etiquetas:\n- agua\n- noche",
    ],
)
def test_front_matter_in_both_languages(tmp_path: Path, front: str) -> None:
    (tmp_path / "x.md").write_text(f"---\n{front}\n---\n\n{VERSE}\n", encoding="utf-8")
    ((poem,), problems) = read(tmp_path)
    assert problems == []
    assert (poem.title, poem.author, poem.lang) == ("La acequia", "Eulalia", "es")
    assert (poem.form, poem.tags, poem.text) == ("romance", ("agua", "noche"), VERSE)
    lines = (tmp_path / "x.md").read_text().split("\n")
    assert lines[int(poem.place.split(":")[1]) - 1] == "Canta el agua"


def test_without_it_file_and_folder_say_title_and_author(tmp_path: Path) -> None:
    (tmp_path / "Ada Loam").mkdir()
    (tmp_path / "Ada Loam" / "01_the-low_mill.txt").write_text(VERSE)
    (tmp_path / "marked.md").write_text(f"# La acequia\n\n{VERSE}")
    (tmp_path / "1984.txt").write_text(VERSE)
    (tmp_path / "unmarked.md").write_text(f"# no title\n{VERSE}")
    poems, problems = read(tmp_path)
    assert problems == []
    assert [(poem.title, poem.author) for poem in poems] == [
        ("1984", ""),
        ("the low mill", "Ada Loam"),
        ("La acequia", ""),
        ("unmarked", ""),
    ]
    assert poems[1].place == "Ada Loam/01_the-low_mill.txt:1"
    assert poems[2].text == VERSE
    assert poems[3].lines[0] == "# no title"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x.txt").write_bytes("---\ntítulo: Año\n---\nÑandú,\r\ncorazón.".encode(encoding))
    ((poem,), problems) = read(tmp_path)
    assert (problems, poem.title, poem.text) == ([], "Año", "Ñandú,\ncorazón.")


def test_what_is_no_poem_is_complained_of_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "b.txt").write_text("x\n" * 600_000)
    (tmp_path / "c.txt").write_text("  \n")
    (tmp_path / "d.txt").write_text(VERSE)
    (tmp_path / ".hidden.txt").write_text(VERSE)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    poems, problems = read(tmp_path)
    assert [poem.title for poem in poems] == ["d"]
    assert [problem[:6] for problem in problems] == ["a.txt:", "b.txt:", "c.txt:"]


def test_links_lead_neither_out_nor_in_circles(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.txt").write_text("Secret")
    (inside / "mine.txt").write_text(VERSE)
    (inside / "out.txt").symlink_to(outside / "secret.txt")
    (inside / "away").symlink_to(outside)
    (inside / "circle").symlink_to(inside)
    (inside / "self.txt").symlink_to(inside / "self.txt")
    poems, problems = read(inside)
    assert [poem.text for poem in poems] == [VERSE]
    assert len(problems) == 4


def test_a_single_file_and_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(VERSE)
    ((poem,), _) = read(tmp_path / "x.txt")
    assert (poem.title, poem.author, poem.place) == ("x", "", "x.txt:1")
    with pytest.raises(SourceError, match="does not exist"):
        read(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no poem"):
        read(tmp_path / "empty")


def test_a_poem_may_open_with_a_rule(tmp_path: Path) -> None:
    text = f"---\n{VERSE}\n---\nY calla."
    (tmp_path / "x.txt").write_text(text)
    assert read(tmp_path)[0][0].text == text


word = st.text(st.characters(categories=["L"]), min_size=1, max_size=9)
words = st.lists(word, min_size=1, max_size=5).map(" ".join)
verses = st.lists(words, min_size=1, max_size=6).map("\n".join)


@given(
    title=words, author=words, lang=st.sampled_from(["en", "es"]), tags=st.sets(word), text=verses
)
def test_front_matter_comes_back(
    title: str, author: str, lang: str, tags: set[str], text: str
) -> None:
    tags = {tag for tag in tags if tag == tag.casefold()}
    front = f"title: {title}\nautor: {author}\nidioma: {lang}\ntags: {', '.join(tags)}"
    written = f"---\n{front}\n---\n{text}\n"
    poem = folder.poem(written, Path("x.txt"), place="x.txt")
    assert (poem.title, poem.author, poem.lang, poem.text) == (title, author, lang, text)
    assert set(poem.tags) == tags
