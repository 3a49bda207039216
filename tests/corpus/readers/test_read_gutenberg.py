"""Books in Project Gutenberg's frames: what is a poem comes out whole, and nothing else does."""

import zipfile
from pathlib import Path

import pytest

from duende.corpus.entry import Entry, Problem
from duende.corpus.readers import gutenberg
from duende.corpus.readers.gutenberg_frame import frame, person
from duende.corpus.readers.gutenberg_text import blocks
from duende.corpus.readers.sections import poems

BOOKS = Path(__file__).parent / "books"


def read(path: Path) -> list[Entry]:
    """The poems of a book that must have no problem."""
    problems: list[Problem] = []
    found = list(gutenberg.read(path, problems.append))
    assert problems == []
    return found


def complaints(path: Path) -> list[str]:
    """What is complained of in a file that has no poem."""
    problems: list[Problem] = []
    assert list(gutenberg.read(path, problems.append)) == []
    return [str(problem) for problem in problems]


def test_a_book_gives_its_poems_and_nothing_else() -> None:
    book = read(BOOKS / "prairie.txt")
    assert [poem.title for poem in book] == [
        "THE MILL",
        "THE GATE",
        "WHO GOES THERE",
        "FOUR WINTERS I",
        "FOUR WINTERS II",
        "FOUR WINTERS III",
    ]
    assert {poem.lang for poem in book} == {"en"}
    assert {poem.source for poem in book} == {"Project Gutenberg #99999"}
    text = "\n".join(poem.text for poem in book)
    for left_over in (
        "sack is full",
        "Leeds",
        "copyright",
        "[",
        "{",
        "_",
        "5",
        "10",
        "Tom",
        "Finis",
    ):
        assert left_over not in text


def test_indentation_and_stanzas_are_kept_and_numbers_marks_and_notes_are_cut() -> None:
    mill = read(BOOKS / "prairie.txt")[0]
    assert mill.text == (
        "The mill is still, the miller gone,\n"
        "  The river does the work alone,\n"
        "And every stone it rolls away\n"
        "  Was once a hill, will be a day.\n"
        "\n"
        "I put my ear against the door\n"
        "  And heard the grain that is no more\n"
        "Go whispering down the wooden throat\n"
        "  As though it had a song by rote.\n"
        "\n"
        "And nobody has locked the gate,\n"
        "  And nobody will come so late,\n"
        "And still the wheel, for want of bread,\n"
        "  Goes grinding up the moon instead."
    )
    assert (mill.author, mill.author_death_year) == ("Ada Loam", 1851)
    lines = (BOOKS / "prairie.txt").read_text().split("\n")
    name, number = mill.place.split(":")
    assert (name, lines[int(number) - 1]) == ("prairie.txt", mill.lines[0])


def test_a_byline_names_another_author_whose_death_is_not_known() -> None:
    guest = read(BOOKS / "prairie.txt")[2]
    assert (guest.author, guest.author_death_year) == ("Tom Weir", None)
    assert "*" not in guest.text
    assert len(guest.verses) == 8


def test_couplets_stay_one_poem_and_a_dedication_is_no_verse() -> None:
    gate = read(BOOKS / "prairie.txt")[1]
    assert len(gate.verses) == 6
    assert gate.lines[0] == "Who shut the gate? The wind, the late,"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig"])
def test_spanish_verse_without_capitals_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = (BOOKS / "acequia.txt").read_text(encoding="utf-8")
    path = tmp_path / "acequia.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    book = read(path)
    assert [poem.title for poem in book] == [
        "La acequia",
        "Canción de la niña que no dormía",
        "III",
    ]
    assert {(poem.author, poem.lang) for poem in book} == {("Eulalia Ninguno", "es")}
    assert book[0].lines[3].endswith("no sabe si lo engaña.")
    assert book[1].lines[5] == "       ¡Ay, quién pudiera"
    assert book[2].lines[1] == "  y el huerto no es mío,"
    assert [len(poem.verses) for poem in book] == [8, 8, 8]


def test_a_page_gives_what_its_markup_says() -> None:
    book = read(BOOKS / "gate.html")
    assert [poem.title for poem in book] == ["THE MILL", "THE GATE", "THE KETTLE", "THE SLATE"]
    assert {(poem.author, poem.lang) for poem in book} == {("Ada Loam", "en")}
    assert book[0].text == (
        "The mill is still, the miller gone,\n"
        "  The river does the work alone,\n"
        "\n"
        "And every stone it rolls away\n"
        "  Was once a hill, will be a day."
    )
    assert book[1].lines == [
        "Who shut the gate?",
        "  The wind, the late,",
        "    The unforgiven wind.",
    ]
    assert book[2].lines[1] == "  The window steams,"
    assert book[2].lines[4] == ""
    assert book[3].lines == [
        "Rain on the slate,",
        "  Rain on the sill,",
        "Come, for it's late,",
        "  Come to the mill.",
    ]


def test_a_zip_as_downloaded_and_a_folder_of_books(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "99999-h.zip", "w") as archive:
        archive.write(BOOKS / "gate.html", "99999-h/99999-h.htm")
        archive.writestr("99999-h/images/gate.png", b"\x89PNG")
    assert len(read(tmp_path / "99999-h.zip")) == 4
    (tmp_path / "prairie.txt").write_bytes((BOOKS / "prairie.txt").read_bytes())
    assert len(read(tmp_path)) == 10


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("deep.html", "<html><body>" + "<div>" * 100_000 + "x", "nested"),
        ("deep.html", "<html><body>" + "<b>" * 240 + "x", "nested"),
        ("void.html", "<html></html>", "no verse"),
        (
            "novel.txt",
            "He went out and it was raining, as it had rained all week. " * 40,
            "no verse",
        ),
        ("picture.txt", "\x00\x01\x02" * 50, "no text"),
        ("line.txt", "x" * 200_000, "200,000 characters"),
    ],
)
def test_what_is_no_book_of_verse_is_complained_of(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    assert any(
        problem.startswith(name) and said in problem for problem in complaints(tmp_path / name)
    )


def test_entities_are_never_expanded_nor_files_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("Line one,\nLine two,\nLine three.")
    bomb = (
        f"<!DOCTYPE html [<!ENTITY f SYSTEM '{tmp_path}/secret'><!ENTITY a 'lol'>"
        "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><html><body><pre>&f;\n&b;\n</pre></body></html>"
    )
    (tmp_path / "bomb.html").write_text(bomb)
    problems: list[Problem] = []
    text = "".join(poem.text for poem in gutenberg.read(tmp_path / "bomb.html", problems.append))
    assert "Line two" not in text
    assert "lollol" not in text


def test_a_damaged_zip_is_complained_of(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(BOOKS / "prairie.txt", "prairie.txt")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "whole.zip").read_bytes()[:900])
    assert any("cut short" in problem for problem in complaints(tmp_path / "cut.zip"))


@pytest.mark.parametrize(
    ("said", "name", "year"),
    [
        ("Keats, John, 1795-1821", "John Keats", 1821),
        ("Bécquer, Gustavo Adolfo, 1836-1870", "Gustavo Adolfo Bécquer", 1870),
        ("Loam, Ada (1790-1851)", "Ada Loam", 1851),
        ("Loam, Ada, 1950-", "Ada Loam", None),
        ("Ada Loam", "Ada Loam", None),
        ("Ada Loam and Tom Weir", "Ada Loam and Tom Weir", None),
        ("Various", "", None),
        ("Anonymous", "", None),
    ],
)
def test_names_as_catalogues_write_them(said: str, name: str, year: int | None) -> None:
    assert person(said) == (name, year)


def test_an_end_is_found_in_every_generation_of_frames() -> None:
    for end in (
        "*** END OF THE PROJECT GUTENBERG EBOOK X ***",
        "***END OF THIS PROJECT GUTENBERG EBOOK X***",
        "End of Project Gutenberg's X, by Y",
        "End of the Project Gutenberg EBook of X, by Y",
        "End of The Project Gutenberg Etext of X",
    ):
        assert frame(["A verse,", "", end, "licence"]).end == 2, end
    assert frame(["At the end of the project", "we slept."]).end == 2


def test_wrapped_verses_are_joined_and_said_so() -> None:
    book = (
        "ROADS\n\n\n"
        "I walk the long road of the evening, the dust is warm, and the fields\n"
        "    are wide and say nothing at all,\n"
        "And the man at the toll-house counts the carts that have not come,\n"
        "And nobody asks him how many there were, or the road where it goes, or\n"
        "    me.\n"
    )
    (poem,) = poems(blocks(book.split("\n")))
    assert len(poem.lines) == 3
    assert poem.lines[2].endswith("or me.")
    assert poem.repairs == ("joined 2 broken lines",)


def test_numbered_stanzas_are_one_poem_and_numbered_sonnets_are_many() -> None:
    def numbered(lines: int) -> str:
        verse = [f"The {word} is at the door," for word in ("wind", "moon", "crow", "rain")]
        piece = "\n".join((verse * 4)[:lines])
        return "SONGS\n\n\n" + "\n\n".join(f"{mark}\n\n{piece}" for mark in ("I", "II", "III"))

    assert len(list(poems(blocks(numbered(4).split("\n"))))) == 1
    assert [p.title for p in poems(blocks(numbered(14).split("\n")))] == [
        "SONGS I",
        "SONGS II",
        "SONGS III",
    ]


def test_a_quotation_in_an_essay_is_no_poem() -> None:
    prose = (
        "It has been said of this song that nobody sang it twice, and the reason\n"
        "is plain to whoever has tried it in a cold room with the window open and\n"
        "a neighbour on the other side of a thin wall."
    )
    verse = "    The mill is still,\n    The miller gone,\n    The river runs alone."
    essay = f"ON SONGS\n\n{prose}\n\n{verse}\n\n{prose}\n\n{verse}\n\n{prose}\n"
    assert list(poems(blocks(essay.split("\n")))) == []


def test_a_book_with_an_empty_line_after_every_line() -> None:
    stanzas = [
        [f"The {word} of {n} goes by," for word in ("wind", "moon", "crow", "rain")]
        for n in (
            "March",
            "April",
            "May",
            "June",
            "July",
            "autumn",
            "winter",
            "noon",
            "rain",
            "ice",
        )
    ]
    text = "SONG\n\n\n" + "\n\n\n".join("\n\n".join(stanza) for stanza in stanzas)
    (poem,) = poems(blocks(text.split("\n")))
    assert len([line for line in poem.lines if line]) == 40
    assert poem.lines[:6] == (*stanzas[0], "", stanzas[1][0])


def test_a_list_of_first_lines_is_known_without_a_heading() -> None:
    def poem(word: str) -> str:
        lines = [f"The {word} was {what} for us," for what in ("first", "late", "cold", "gone")]
        return f"ON THE {word.upper()}\n\n" + "\n".join(lines)

    words = ("wind", "moon", "crow", "rain", "snow", "mill", "gate", "road")
    listed = "\n".join(f"The {word} was first for us" for word in words)
    text = "\n\n\n".join([*map(poem, words), listed])
    assert len(list(poems(blocks(text.split("\n"))))) == len(words)


@pytest.mark.parametrize(
    "piece", ["[Illustration:\n", " ", ". ", "1 ", "IVX", "by ", "_ ", "\t", "*"]
)
def test_no_text_takes_long(tmp_path: Path, piece: str) -> None:
    (tmp_path / "x.txt").write_text("a" + piece * (90_000 // len(piece)) + "b\nc\n")
    assert complaints(tmp_path / "x.txt")
