"""The report of a corpus: its numbers are those of the tables, and its pictures show them."""

import errno
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy
import pytest
from PIL import Image

from corpus.small_corpus import row, tables, write
from duende.corpus import published, tally
from duende.corpus.pictures import DARK, LIGHT, Bars, Chart, Histogram, draw
from duende.corpus.report import chapters, markdown, report
from duende.errors import CorpusError, DiskFull, SourceError

PICTURES = {
    *("splits", "reasons", "lengths", "line-counts", "shapes", "forms", "periods", "authors"),
    *("repairs", "copies", "foreign-lines"),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus with its report."""
    folder = write(tmp_path_factory.mktemp("corpus"), tables())
    report(folder)
    return folder


@pytest.fixture(scope="module")
def told(corpus: Path) -> str:
    """The report in Markdown."""
    return (corpus / "report" / "report.md").read_text(encoding="utf-8").replace("\xa0", " ")


@pytest.fixture(scope="module")
def page(corpus: Path) -> str:
    """The report as HTML."""
    return (corpus / "report" / "report.html").read_text(encoding="utf-8")


def rows_of(told: str, head: str) -> dict[str, list[str]]:
    """The table whose first column is called `head`: the cells of each row by the first one."""
    lines = told.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        first, *others = (cell.strip() for cell in line.strip("|").split(" | "))
        rows[first] = others
    return rows


def test_poems_by_language_and_split(told: str) -> None:
    assert "6 poems: 3 in English and 3 in Spanish." in told
    assert "English: 2 authors, 14 lines, 99 words." in told
    assert rows_of(told, "part") == {
        "train": ["2", "1", "3"],
        "validation": ["0", "1", "1"],
        "test": ["1", "1", "2"],
        "all": ["3", "3", "6"],
    }
    assert "No author is in two of them." in told


def test_read_kept_and_left_out_add_up(told: str) -> None:
    assert rows_of(told, "language") == {
        "English": ["6", "3", "50.0 %", "3"],
        "Spanish": ["5", "3", "60.0 %", "2"],
        "not known": ["1", "0", "0 %", "1"],
        "French": ["1", "0", "0 %", "1"],
        "all": ["13", "6", "46.2 %", "7"],
    }
    assert "does not add up" not in told


def test_reasons_with_every_language(told: str) -> None:
    assert rows_of(told, "reason") == {
        "exact duplicate": ["2", "0", "0", "2", "28.6 %"],
        "too few lines": ["1", "1", "0", "2", "28.6 %"],
        "another language": ["0", "0", "1", "1", "14.3 %"],
        "near duplicate": ["0", "1", "0", "1", "14.3 %"],
        "two languages": ["0", "0", "1", "1", "14.3 %"],
    }


def test_lengths_before_and_after_cleaning(told: str) -> None:
    lines = [line for line in told.split("\n") if line.startswith("| English | ")]
    assert "| English | words | before | 2 | 29 | 29 | 29 | 46 |" in lines
    assert "| English | words | after | 29 | 29 | 29 | 41 | 41 |" in lines
    assert "| English | lines | before | 1 | 4 | 4 | 4 | 8 |" in lines
    assert "| English | lines | after | 4 | 4 | 4 | 6 | 6 |" in lines


def test_fourteen_lines_stand_out(told: str) -> None:
    assert "Fourteen lines, as in a sonnet: 0 % of the English poems and 33.3 % of the" in told
    assert rows_of(told, "length") == {
        "4 lines": ["2", "1", "3"],
        "6 lines": ["1", "0", "1"],
        "8 lines": ["0", "1", "1"],
        "14 lines": ["0", "1", "1"],
    }


def test_shapes_forms_periods_and_centuries(told: str) -> None:
    assert rows_of(told, "stanzas") == {
        "no stanza break": ["2", "1", "3", "50.0 %"],
        "4 + 4 + 3 + 3": ["0", "1", "1", "16.7 %"],
        "couplets": ["1", "0", "1", "16.7 %"],
        "quatrains": ["0", "1", "1", "16.7 %"],
    }
    assert rows_of(told, "form") == {"soneto": ["0", "1", "1", "16.7 %"]}
    assert list(rows_of(told, "period")) == [
        *("golden age", "early 20th century", "modern", "unknown")
    ]
    assert rows_of(told, "author died in the century") == {
        "17th": ["0", "1", "1"],
        "19th": ["1", "0", "1"],
        "20th": ["2", "0", "2"],
        "not known": ["0", "2", "2"],
    }


def test_authors_by_language_with_the_heaviest(told: str) -> None:
    assert rows_of(told, "author, English") == {
        "Ada Marlow": ["2", "66.7 %"],
        "B. Quay": ["1", "33.3 %"],
    }
    assert "*Ada Marlow has 66.7 % of the English poems, and Inés Peñalba has 33.3 %" in told
    assert "1 poem in Spanish without an author's name." in told


def test_repairs_count_poems_and_not_times(told: str) -> None:
    assert rows_of(told, "repair") == {
        "mojibake": ["1", "1", "2", "33.3 %"],
        "line numbers": ["1", "0", "1", "16.7 %"],
    }
    assert "2 lines that were not the poem were cut." in told


def test_copies_and_their_groups(told: str) -> None:
    assert rows_of(told, "kind of copy") == {
        "exact duplicate": ["2", "0", "2", "66.7 %"],
        "near duplicate": ["0", "1", "1", "33.3 %"],
    }
    assert rows_of(told, "how many times") == {
        "twice": ["0", "1", "1", "50.0 %"],
        "three times": ["1", "0", "1", "50.0 %"],
    }
    assert rows_of(told, "most copies") == {
        "Low Tide": ["Ada Marlow", "2", "a0low"],
        "Llega la tarde": ["Inés Peñalba", "1", "b0tarde"],
    }


def test_lines_in_another_language(told: str) -> None:
    assert "2 poems in another language than English or Spanish" in told
    assert "2 lines of the corpus (5.0 %), in 1 poem, are in another language" in told
    assert rows_of(told, "lines in another language") == {"2 lines": ["1", "0", "1", "16.7 %"]}
    assert rows_of(told, "language of poems left out") == {"French": ["1"], "not known": ["1"]}


def test_sources_licences_and_problems(told: str, page: str) -> None:
    assert rows_of(told, "source")["our own"] == ["https://example.org/poems", "MIT", "13", "6"]
    assert rows_of(told, "where a source has them from") == {
        "a notebook": ["the author's (d. …)", "3"]
    }
    assert "3 places could not be read. These are the first:" in told
    assert "- poems.csv, line 7: a quote is opened \\| never &lt;b>closed" in told
    assert "a quote is opened | never &lt;b&gt;closed" in page


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_holds_everything_and_fetches_nothing(page: str) -> None:
    elements = Elements(page)
    assert len(elements.all("img")) == len(elements.all("source")) == len(PICTURES)
    for picture in [*elements.all("img"), *elements.all("source")]:
        source = picture.get("src") or picture.get("srcset") or ""
        assert source.startswith("data:image/png;base64,")
    assert all(image["alt"] for image in elements.all("img"))
    assert not elements.all("script")
    assert not elements.all("link")
    links = {link["href"] for link in elements.all("a")}
    assert {link for link in links if not (link or "").startswith("#")} == {
        "https://example.org/poems"
    }
    ids = {f"#{section['id']}" for section in elements.all("section")}
    assert ids <= links
    assert len(ids) == 14


def test_every_number_of_the_markdown_is_on_the_page(told: str, page: str) -> None:
    cells = Counter(re.findall(r"<td[^>]*>(.*?)</td>", page.replace("\xa0", " ")))
    for head in ("part", "reason", "stanzas", "author, English", "repair", "how many times"):
        for first, others in rows_of(told, head).items():
            assert all(cells[cell] for cell in [first, *others]), (head, first)


def test_what_authors_are_called_is_never_markup(tmp_path: Path) -> None:
    rows = tables()
    names = [
        "<script>x</script>",
        "$x^2$ & co",
        "詩人",
        "a|b *c* [d](e)",
        "A" * 90,
        "two\nlines\x1b",
    ]
    for number, name in enumerate(names):
        poem = row("La, la,\nla.", id=f"x{number}", title="<i>", author=name)
        rows["train"] += [poem, {**poem, "id": f"y{number}"}]
    page = report(write(tmp_path / "odd", rows)).read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    told = (tmp_path / "odd" / "report" / "report.md").read_text(encoding="utf-8")
    assert "| a\\|b \\*c\\* \\[d\\](e) |" in told
    assert "| two lines□ |" in told


def pixels(picture: bytes, colour: str) -> int:
    """How many dots have exactly this colour."""
    dots = numpy.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    return int((dots == tuple(bytes.fromhex(colour[1:]))).all(axis=-1).sum())


def test_pictures_are_drawn(corpus: Path) -> None:
    drawn = {path.stem: path.read_bytes() for path in (corpus / "report").glob("*.png")}
    assert set(drawn) == PICTURES
    for name, picture in drawn.items():
        image = Image.open(io.BytesIO(picture))
        assert image.width > 900, name
        assert image.height > 150, name
        colours = [LIGHT.colours[lang] for lang in ("English", "Spanish")]
        if name not in ("forms", "foreign-lines"):
            assert all(pixels(picture, colour) > 500 for colour in colours), name
        else:
            assert any(pixels(picture, colour) > 500 for colour in colours), name
        assert b"matplotlib" not in picture.lower()


def test_bars_are_as_long_as_their_numbers() -> None:
    bars = Bars(("one",), {"English": (300,), "Spanish": (100,)})
    for look in (LIGHT, DARK):
        picture = draw(Chart((bars,)), look)
        # The squares of the legend are of both colours, and small.
        blue, orange = (pixels(picture, look.colours[name]) for name in bars.series)
        assert 2.6 < blue / orange < 3.1


def test_histograms_hold_every_poem() -> None:
    def areas(longest: int) -> tuple[int, int]:
        poems = {"English": Counter({10: 5, longest: 10}), "Spanish": Counter({10: 5})}
        picture = draw(Chart((Histogram("lines", poems, {}, step=1, last=50),)))
        return tuple(pixels(picture, LIGHT.colours[name]) for name in poems)  # type: ignore[return-value]

    blue, orange = areas(30)
    assert 2.4 < blue / orange < 3.4
    assert areas(5000) == pytest.approx((blue, orange), rel=0.1)  # in the last step


def test_the_same_corpus_gives_the_same_bytes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashes(folder: Path) -> dict[str, str]:
        files = sorted((folder / "report").iterdir())
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    monkeypatch.setattr(published, "ROWS_AT_A_TIME", 1)
    other = write(tmp_path / "other", tables())
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        report(other)
    assert hashes(other) == hashes(corpus)


def test_settings_of_the_library_are_put_back() -> None:
    before = dict(matplotlib.rcParams)
    draw(Chart((Bars(("one",), {"poems": (1,)}),)))
    assert dict(matplotlib.rcParams) == before


def test_an_empty_corpus_has_a_report(tmp_path: Path) -> None:
    empty = {name: [] for name in tables()}
    path = report(write(tmp_path / "empty", empty, problems={}, sources=[], files={}))
    told = path.with_suffix(".md").read_text(encoding="utf-8")
    for sentence in ("0 poems: 0 in English", "Nothing was left out.", "No poem was there twice."):
        assert sentence in told
    assert "Everything could be read." in told


def test_what_does_not_add_up_is_told(tmp_path: Path) -> None:
    rows = tables()
    rows["test"][0]["author"] = "MARLOW, Ada"
    folder = write(tmp_path / "odd", rows, read={"en": 9, "es": 9}, poems={"en": 4, "es": 3})
    told = markdown(chapters(published.open_corpus(folder)))
    assert "says that 18 were read, but the tables hold 13." in told
    assert "says 4 poems in English, but the tables hold 3." in told
    assert "1 author in two of them, which should not be: MARLOW, Ada." in told


def test_an_old_report_makes_room_and_notes_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duende.corpus.report.draw", lambda chart, look: b"a picture")
    folder = write(tmp_path / "corpus", tables())
    report(folder)
    (folder / "report" / "notes.txt").write_text("mine", encoding="utf-8")
    rows = tables()
    for poem in rows["train"]:
        poem["form"] = ""
    report(write(folder, rows))
    left = {path.name for path in (folder / "report").iterdir()}
    assert "forms.png" not in left
    assert {"notes.txt", "report.html", "report.md", "splits.png"} <= left
    assert not [name for name in left if name.startswith(".")]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("manifest.json", "it has no manifest.json"),
        ("manifest.json: {", "manifest.json cannot be read"),
        ("manifest.json: [1]", "is not the manifest of a corpus"),
        ("dropped.parquet", "has no dropped.parquet"),
        ("train.parquet: PAR1nonsense", "train.parquet cannot be read"),
    ],
)
def test_a_folder_that_is_no_corpus(tmp_path: Path, damage: str, said: str) -> None:
    folder = write(tmp_path / "corpus", tables())
    name, _, content = damage.partition(": ")
    if content:
        (folder / name).write_text(content, encoding="utf-8")
    else:
        (folder / name).unlink()
    with pytest.raises(SourceError, match=re.escape(said)):
        report(folder)
    assert not (folder / "report").exists()


def test_a_table_of_another_version(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus", tables())
    shutil.copy(folder / "train.parquet", folder / "dropped.parquet")
    with pytest.raises(SourceError, match=r"dropped\.parquet has no column reason"):
        report(folder)


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus", tables())
    (folder / "report").write_text("a file", encoding="utf-8")
    with pytest.raises(CorpusError, match="the report cannot be written"):
        report(folder)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "corpus", tables())

    def full(half: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr("duende.corpus.report.draw", lambda chart, look: b"a picture")
    with pytest.raises(DiskFull, match=r"No space left on device.*make room"):
        report(folder)
    assert not list((folder / "report").iterdir())


def test_counting_holds_no_poems(tmp_path: Path) -> None:
    """Ten times the poems, the same counters: what is kept is numbers of things, not things."""

    def size(times: int) -> int:
        rows = tables()
        rows["train"] = [
            {**poem, "id": f"{poem['id']}{number}"}
            for number in range(times)
            for poem in rows["train"]
        ]
        folder = write(tmp_path / f"times-{times}", rows)
        counted = tally.count(published.open_corpus(folder))
        assert counted.kept("en") == 1 + 2 * times
        return len(json.dumps({name: str(value) for name, value in _fields(counted)}))

    assert size(2000) < size(200) * 1.1


def _fields(counted: tally.Tally) -> Iterator[tuple[str, object]]:
    return ((name, getattr(counted, name)) for name in tally.Tally.__slots__)


def test_nothing_heavy_loads_with_the_modules() -> None:
    script = (
        "import sys, duende.corpus.report, duende.corpus.show;"
        "print(*{'matplotlib', 'pyarrow', 'numpy'} & set(sys.modules));"
        "from duende.corpus.pictures import Bars, Chart, draw;"
        "draw(Chart((Bars(('one',), {'poems': (1,)}),)));"
        "print(*{'matplotlib.pyplot'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
