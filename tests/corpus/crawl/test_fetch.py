"""A whole crawl of sites that behave well and badly: what is got, and how the crawler behaved."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from crawling import CONTACT, alma, crawl, poems
from poem_site import (
    ALJIBE,
    CANDIL,
    CARTA,
    CEREZO,
    ESPIGA,
    NORIA,
    PUERTO,
    RELOJ,
    SIESTA,
    TREN,
    Answer,
    PoemSite,
    alma_author,
    alma_poem,
    served,
    seva_site,
    small_site,
    troubled_site,
)

from duende.corpus.crawl import Fetched, fetch, known_site
from duende.errors import SourceError

Serve = Callable[[PoemSite], PoemSite]


class Crawled:
    """The troubled site after a crawl."""

    def __init__(self, site: PoemSite, folder: Path, report: Fetched) -> None:
        self.site = site
        self.folder = folder
        self.report = report


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """One crawl that many tests look at."""
    folder = tmp_path_factory.mktemp("troubled")
    with pytest.MonkeyPatch.context() as patch, served(troubled_site()) as site:
        patch.setenv("no_proxy", "*")
        yield Crawled(site, folder, crawl(site, folder))


def test_every_poem_is_there_once_word_for_word(crawled: Crawled) -> None:
    got = [(each["author"], each["title"], each["text"]) for each in poems(crawled.folder)]
    assert got == [
        ("Ana Rivas", "El candil", CANDIL),
        ("Ana Rivas", "La noria", NORIA),
        ("Ana Rivas", "El reloj", RELOJ),
        ("Mateo Luz", "La espiga", ESPIGA),
        ("Mateo Luz", "Siesta", SIESTA),
        ("Mateo Luz", "El tren", TREN),
        ("Mateo Luz", "La carta", CARTA),
        ("Mateo Luz", "El aljibe", ALJIBE),
        ("Mateo Luz", "El cerezo", CEREZO),
        ("Mateo Luz", "Puerto", PUERTO),
    ]


def test_a_line_says_where_a_poem_is_from(crawled: Crawled) -> None:
    assert poems(crawled.folder)[1] == {
        "id": "poemas-del-alma:noria.htm",
        "lang": "es",
        "title": "La noria",
        "author": "Ana Rivas",
        "author_death_year": None,
        "text": NORIA,
        "source": "poemas-del-alma",
        "place": f"{crawled.site.address}noria.htm",
        "licence": known_site("poemas-del-alma").licence,
    }


def test_the_address_is_where_a_redirect_led(crawled: Crawled) -> None:
    assert poems(crawled.folder)[7]["place"] == f"{crawled.site.address}casa-nueva.htm"


@pytest.mark.parametrize(
    "path",
    [
        "/privado-diario.htm",  # robots.txt asks not to
        "/nunca.htm",  # beside a poem, or two collections deep
        "/biografia-de-ana-rivas.htm",
        "/blog/vida-de-ana-rivas",
    ],
)
def test_pages_that_are_not_asked_for(crawled: Crawled, path: str) -> None:
    assert crawled.site.visits()[path] == 0


def test_no_page_is_asked_for_twice_but_after_a_failure(crawled: Crawled) -> None:
    again = {path: count for path, count in crawled.site.visits().items() if count > 1}
    circles = {path: again.pop(path) for path in ("/vueltas.htm", "/mas-vueltas.htm")}
    assert again == {"/tropiezo.htm": 3, "/calma.htm": 2}
    assert sum(circles.values()) == 6  # the page and five redirects


def test_one_page_at_a_time(crawled: Crawled) -> None:
    assert crawled.site.most_at_once == 1


def test_an_honest_name(crawled: Crawled) -> None:
    (agent,) = {each.agent for each in crawled.site.log}
    assert agent.startswith("duende/")
    assert agent.endswith(f"(+{CONTACT})")


def test_robots_txt_comes_first_and_once(crawled: Crawled) -> None:
    assert [each.path for each in crawled.site.log].index("/robots.txt") == 0
    assert crawled.site.visits()["/robots.txt"] == 1


def test_retry_after_is_waited_for(crawled: Crawled) -> None:
    first, second = [each.began for each in crawled.site.log if each.path == "/calma.htm"]
    assert second - first >= 1.0


def test_waits_grow(crawled: Crawled) -> None:
    times = [each.began for each in crawled.site.log if each.path == "/tropiezo.htm"]
    assert times[1] - times[0] >= 0.05
    assert times[2] - times[1] >= 0.10


def test_changed_pages_are_set_aside_with_the_reason(crawled: Crawled) -> None:
    folder = crawled.folder / "aside"
    notes = [json.loads(line) for line in (folder / "aside.jsonl").read_text().splitlines()]
    assert {each["url"].removeprefix(crawled.site.address): each["why"] for each in notes} == {
        "coleccion2.htm": "there is no text where the poem should be",
        "cambiado.htm": "there is no text where the poem should be",
        "suelto.htm": "some verses stand outside of the stanzas",
    }
    changed = next(each["file"] for each in notes if "cambiado" in each["url"])
    assert RELOJ in (folder / changed).read_text(encoding="utf-8")
    assert len(list(folder.glob("*.html"))) == 3


def test_the_report_counts_everything(crawled: Crawled) -> None:
    report = crawled.report
    assert (report.poems, report.new, report.aside) == (10, 10, 3)
    assert (report.authors, report.left_out, report.forbidden) == (2, 0, 1)
    assert report.failed == {
        "redirects in circles": 1,
        "HTTP 404": 1,
        "leads to another site": 1,
        "not a page of text": 1,
    }
    assert (report.ended, report.sentence) == ("complete", "")
    written = json.loads((crawled.folder / "report.json").read_text(encoding="utf-8"))
    assert written["failed"] == report.failed
    assert {"url": f"{crawled.site.address}perdido.htm", "why": "HTTP 404"} in written["failures"]
    assert written["address"] == crawled.site.address


def test_again_asks_only_for_what_failed(crawled: Crawled) -> None:
    before = (crawled.folder / "poems.jsonl").read_bytes()
    crawled.site.log.clear()
    report = crawl(crawled.site, crawled.folder)
    assert set(crawled.site.visits()) == {
        "/robots.txt",
        "/vueltas.htm",
        "/mas-vueltas.htm",
        "/perdido.htm",
        "/fuera.htm",
    }
    assert (crawled.folder / "poems.jsonl").read_bytes() == before
    assert (report.poems, report.new, report.aside, report.fetched) == (10, 0, 3, 1)


def test_a_mended_page_leaves_aside(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    site.pages["/noria.htm"] = Answer(f"<h1>La noria</h1><pre>{NORIA}</pre>")
    serve(site)
    assert crawl(site, tmp_path).aside == 1
    table = alma()
    mended = replace(table, poem=replace(table.poem, title="h1", text=("div.poem-entry", "pre")))
    report = crawl(site, tmp_path, mended)
    assert (report.poems, report.aside) == (4, 0)
    assert not list((tmp_path / "aside").glob("*.html"))
    assert site.visits()["/noria.htm"] == 1


def test_ciudad_seva(serve: Serve, tmp_path: Path) -> None:
    site = serve(seva_site())
    report = crawl(site, tmp_path, known_site("ciudadseva"))
    got = [(p["author"], p["author_death_year"], p["title"], p["text"]) for p in poems(tmp_path)]
    assert got == [
        ("Inés Arroyo", 1873, "El aljibe", ALJIBE),
        ("Bruno Sal", 1988, "El cerezo", CEREZO),
        ("Clara Olmo", None, "El candil", CANDIL),
    ]
    assert poems(tmp_path)[0]["id"] == "ciudadseva:texto/aljibe/"
    assert (report.aside, report.failed) == (0, {})


def test_only_who_is_in_the_public_domain_from_a_mirror_in_a_folder(
    serve: Serve, tmp_path: Path
) -> None:
    asked: list[tuple[str, int | None]] = []

    def long_dead(author: str, year: int | None) -> bool:
        asked.append((author, year))
        return year is not None and year < 1940

    site = seva_site()
    site.pages = {f"/espejo{path}": page for path, page in site.pages.items()}
    serve(site)
    report = fetch(
        "ciudadseva",
        tmp_path,
        contact="https://example.org/bots",
        address=f"{site.address}espejo",
        public_domain=long_dead,
        delay=0,
    )
    assert asked == [("Inés Arroyo", 1873), ("Bruno Sal", 1988), ("Clara Olmo", None)]
    assert (report.authors, report.left_out) == (1, 2)
    assert not [each.path for each in site.log if "bruno" in each.path or "clara" in each.path]
    (poem,) = poems(tmp_path)
    assert (poem["author"], poem["id"]) == ("Inés Arroyo", "ciudadseva:texto/aljibe/")
    assert poem["place"] == f"{site.address}espejo/texto/aljibe/"


def test_a_question_that_fails_ends_the_crawl(serve: Serve, tmp_path: Path) -> None:
    def broken(author: str, year: int | None) -> bool:
        raise LookupError(author)

    with pytest.raises(LookupError, match="Ana Rivas"):
        crawl(serve(small_site()), tmp_path, public_domain=broken)


def test_so_many_poems_and_later_the_others(serve: Serve, tmp_path: Path) -> None:
    site = serve(small_site())
    first = crawl(site, tmp_path, limit=3)
    assert (first.poems, first.new, first.ended) == (3, 3, "limit")
    rest = crawl(site, tmp_path)
    assert (rest.poems, rest.new, rest.ended) == (4, 1, "complete")
    assert max(count for path, count in site.visits().items() if path != "/robots.txt") == 1


def test_crawl_delay_is_kept(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    site.pages["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 0.3\n")
    serve(site)
    crawl(site, tmp_path, limit=1)
    times = [each.began for each in site.log]
    assert len(times) == 5  # robots.txt, two index pages, an author, a poem
    # The clock is the server's: a page that is asked for in time may be noted a little late.
    assert min(late - early for early, late in pairwise(times)) > 0.27


def test_bombs_are_bounded(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    deep = "<div>" * 100_000 + "fondo" + "</div>" * 100_000
    nested = str(alma_poem("Hondo", ESPIGA).body).replace("<body>", "<body>" + "<ul><li>" * 50_000)
    bomb = gzip.compress(b"<p>" + b"a<br>" * 20_000_000, 1)
    site.pages |= {
        "/ana-rivas.htm": alma_author(
            ("enorme.htm", "1"),
            ("hondo.htm", "2"),
            ("bomba.htm", "3"),
            ("lista.htm", "4"),
            ("candil.htm", "El candil"),
        ),
        "/enorme.htm": Answer(b"<p>" + b"x" * 5_000_000),
        "/hondo.htm": Answer(deep),
        "/lista.htm": Answer(nested),
        "/bomba.htm": Answer(bomb, headers={"Content-Encoding": "gzip"}),
    }
    serve(site)
    began = time.monotonic()
    report = crawl(site, tmp_path)
    assert time.monotonic() - began < 15
    assert report.failed == {"too large": 2}
    assert [each["text"] for each in poems(tmp_path)] == [CANDIL, ESPIGA, PUERTO]
    assert report.aside == 2
    assert site.visits()["/enorme.htm"] == site.visits()["/bomba.htm"] == 1


def test_a_page_that_never_ends_is_left(serve: Serve, tmp_path: Path) -> None:
    site = small_site()
    site.pages["/candil.htm"] = lambda visit: Answer("…", seconds=1.2)
    serve(site)
    report = crawl(site, tmp_path, timeout=0.2, first_wait=0.01)
    assert report.failed == {"no answer in time": 1}
    assert (site.visits()["/candil.htm"], report.poems) == (5, 3)


@pytest.mark.parametrize("contact", ["", " ", "ana", "ana@example.org\r\nX-Evil: 1", "a@b (c)"])
def test_without_a_contact_nothing_is_asked(serve: Serve, tmp_path: Path, contact: str) -> None:
    site = serve(small_site())
    with pytest.raises(SourceError, match=r"a contact, as ana@example.org"):
        crawl(site, tmp_path / "out", contact=contact)
    assert not site.log
    assert not (tmp_path / "out").exists()
