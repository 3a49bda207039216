"""What is read on a page: one piece of HTML a row."""

import errno
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from duende.corpus import crawl
from duende.corpus.crawl import known_site, read_sites, sites
from duende.corpus.crawl.folder import Folder, written_or_told
from duende.corpus.crawl.pages import (
    Author,
    Changed,
    Link,
    NoText,
    Page,
    authors_on,
    check,
    poem_on,
    poems_on,
)
from duende.corpus.crawl.sites import site_from
from duende.errors import DiskFull, SourceError

ALMA = known_site("poemas-del-alma")
SEVA = known_site("ciudadseva")
HERE = "https://www.poemas-del-alma.com/un-poema.htm"


def read(inside: str) -> str:
    """The verses of a page of poemas-del-alma."""
    html = f'<h1 class="title-poem">Luz</h1><div class="poem-entry" id="contentfont">{inside}</div>'
    return poem_on(Page(HERE, html), ALMA).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Uno<br>dos</p>", "Uno\ndos"),
        ("<p>Uno<br/><br/>dos</p>", "Uno\n\ndos"),
        ("<p>Uno<br>\n&nbsp;<br>\n<br>dos</p>", "Uno\n\ndos"),
        ("<p>Uno<br>dos</p><p>tres</p>", "Uno\ndos\n\ntres"),
        ("<p>Uno</p><p>&nbsp;</p><p></p><p>dos</p>", "Uno\n\ndos"),
        ("<p>&nbsp; &emsp;Uno <br>\t dos  y   tres</p>", "Uno\ndos y tres"),
        ("<p>una línea\npartida\nen el HTML<br>y otra</p>", "una línea partida en el HTML\ny otra"),
        ("<p><em>Uno<br>dos</em> y <b>medio</b><br>tres</p>", "Uno\ndos y medio\ntres"),
        ("<p>Uno<!-- nada --> entero<br>dos<?x y?> más</p>", "Uno entero\ndos más"),
        ("<p>Uno<script>dos()</script> y<br>dos</p>", "Uno y\ndos"),
        ("<p>&iquest;Qui&eacute;n? &#161;T&uacute;!<br>Ca&#241;a &amp; ni\u00f1o</p>",
         "¿Quién? ¡Tú!\nCaña & niño"),
        ("Uno<br>dos<br><br>tres", "Uno\ndos\n\ntres"),
        ("<div>Uno<br>dos</div><div>tres</div>", "Uno\ndos\n\ntres"),
        ("<p>Uno<br>dos</p><div class='likebox'>Me<br>gusta</div>", "Uno\ndos"),
        ("<p>Uno<br>dos</p><div>Publicidad</div>", "Uno\ndos"),
        ("<div class='poem-entry'><p>Uno<br>dos</p></div>", "Uno\ndos"),
        ("<p>Uno\0<br>dos\0</p><p>tres</p>", "Uno\ndos\n\ntres"),
    ],
)  # fmt: skip
def test_verses(html: str, text: str) -> None:
    assert read(html) == text


@pytest.mark.parametrize(
    ("html", "kind", "why"),
    [
        ("<h1 class='title-poem'>Luz</h1><p>Uno<br>dos</p>", NoText, "no text"),
        ("<div class='poem-entry'><p>Uno<br>dos</p></div>", Changed, "no title"),
        ("<h1 class='title-poem'>Luz</h1><div class='poem-entry'><p></p></div>", Changed, "empty"),
        (
            "<h1 class='title-poem'>L</h1><div class='poem-entry'>Uno<br>dos<p>tres</p></div>",
            Changed,
            "outside",
        ),
        ("", NoText, "no text"),
        ("<p>Uno<br>" + "<i>" * 500 + "dos", Changed, "too deep"),
    ],
)
def test_nothing_is_guessed(html: str, kind: type[Changed], why: str) -> None:
    with pytest.raises(kind, match=why):
        poem_on(Page(HERE, html), ALMA)


@pytest.mark.parametrize(
    ("life", "year"),
    [
        ("México: 1849-1873", 1873),
        ("España: 1901 – 1988", 1988),
        ("Chile: 1961-", None),
        ("Chile: 1961", None),
        ("España: c. 1440 - c. 1479", 1479),
        ("Roma: 65 a.C.-8 a. C.", -8),
        ("Roma: 43 a. C. - 17 d. C.", 17),
        ("", None),
    ],
)
def test_the_year_of_death(life: str, year: int | None) -> None:
    html = (
        '<div class="row xs-center"><div class="col-sm-6"><a href="/autor/x/poemas/">Equis</a>'
        f'<span class="text-smaller">{life}</span></div></div>'
    )
    assert authors_on(Page(SEVA.address, html), SEVA) == [
        Author("Equis", "https://ciudadseva.com/autor/x/poemas/", year)
    ]


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("luz.htm", "luz.htm"),
        ("/luz.htm", "luz.htm"),
        (" luz.htm#fin ", "luz.htm"),
        ("http://poemas-del-alma.com/luz.htm", "luz.htm"),
        ("//www.poemas-del-alma.com/luz.htm", "luz.htm"),
        ("canción.htm", "canci%C3%B3n.htm"),
        ("https://otra.example/luz.htm", None),
        ("mailto:ana@example.org", None),
        ("javascript:void(0)", None),
        ("http://[", None),
        ("A.html", None),
        ("biografia-de-ana.htm", None),
        ("foro/luz.htm", None),
        ("x" * 3000 + ".htm", None),
        ("un-poema.htm", None),
        ("", None),
    ],
)
def test_links(href: str, found: str | None) -> None:
    page = Page(HERE, f'<ul id="ordenable"><li><a href="{href}">Luz</a></li></ul>')
    expected = [Link("Luz", ALMA.address + found)] if found else []
    assert poems_on(page, ALMA) == expected


def test_on_a_mirror_links_stay_on_the_mirror() -> None:
    html = f'<ul id="ordenable"><a href="{ALMA.address}luz.htm">Luz</a></ul>'
    page = Page("http://127.0.0.1/m/ana.htm", html, "http://127.0.0.1/m/")
    assert poems_on(page, ALMA) == [Link("Luz", "http://127.0.0.1/m/luz.htm")]


def test_names_and_titles_are_cut() -> None:
    index = '<div id="content"><li><a href="ana.htm">Poemas de Ana Rivas</a></li></div>'
    assert authors_on(Page(ALMA.address, index), ALMA)[0].name == "Ana Rivas"
    poem = "<h1>Luz [Poema - Texto completo.]</h1><table class='table-center'><td><p>Uno<br>dos"
    assert poem_on(Page(SEVA.address, poem), SEVA).title == "Luz"


def test_xpath_is_a_selector_too() -> None:
    table = replace(ALMA, poem=replace(ALMA.poem, text=("xpath://main[last()]",)))
    html = "<h1 class='title-poem'>Luz</h1><main>No</main><main><p>Uno<br>dos</p></main>"
    assert poem_on(Page(HERE, html), table).text == "Uno\ndos"


def test_every_site_is_in_good_order() -> None:
    for key, site in sites().items():
        check(site)
        assert site.key == key
        assert site.language in ("en", "es")
        assert "copyright" in site.licence
        for name in (site.authors.path, site.authors.unless, site.poems.path, site.poems.unless):
            re.compile(name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"address": "ciudadseva.com"}, "must begin with http and end with a slash"),
        ({"licence": ""}, "says nothing in 'licence'"),
        ({"colour": "blue"}, "missing or too much: .*colour"),
        ({"poem": {"title": "h1"}}, r"In \[nuevo.poem\] .*text"),
        ({"authors": {"each": "li", "died": "("}}, r"died in \[nuevo.authors\] is no pattern"),
        ({"poems": "li a"}, r"has no \[nuevo.poems\]"),
        ({"poems": {"links": ["li a["]}}, "'li a.' in the table of 'nuevo' is no selector"),
        ({"poems": {"links": ["xpath://a/@href"]}}, "must find elements"),
        ({"poem": {"title": "h1::text", "text": ["p"]}}, "must find elements"),
    ],
)
def test_a_bad_table_says_where(change: dict[str, object], why: str) -> None:
    file = Path(crawl.__file__).with_name("sites.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))["ciudadseva"]
    with pytest.raises(SourceError, match=why):
        check(site_from({"key": "nuevo", **table, **change}))


def test_a_file_of_tables(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text("[a", encoding="utf-8")
    with pytest.raises(SourceError, match=r"sites.toml cannot be read as a table of sites"):
        read_sites(file)
    with pytest.raises(SourceError, match="choose from ciudadseva, poemas-del-alma"):
        known_site("nada")


def test_a_poem_is_written_once(tmp_path: Path) -> None:
    poem = {"title": "Luz", "author": "Ana", "year": None, "text": "Uno\ndos"}
    for written in (True, False):  # the second time by another process
        with Folder(tmp_path, ALMA, ALMA.address) as folder:
            assert folder.write(HERE, **poem) is written  # type: ignore[arg-type]
            assert folder.write(HERE, **poem) is False  # type: ignore[arg-type]
    assert len((tmp_path / "poems.jsonl").read_bytes().splitlines()) == 1


def test_a_full_disk_is_told() -> None:
    told = pytest.raises(DiskFull, match="make room for poemas and run the same")
    with told, written_or_told(Path("poemas")):
        raise OSError(errno.ENOSPC, "No space left on device")
