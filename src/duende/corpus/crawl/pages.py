"""Reads pages: authors on an index, poems on an author's page, verses on a poem's page.

Bytes and a site's table in, plain records out. Knows nothing of the network.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree
from parsel import Selector
from w3lib.encoding import html_to_unicode
from w3lib.url import safe_url_string

from duende.corpus.crawl.sites import AuthorLinks, PoemLinks, Site
from duende.errors import SourceError

BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article blockquote center div dd dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section "
        "table tbody td th tr ul",
    )
)

LONGEST_PATH = 2000  # what servers and browsers take; longer ones are nobody's poem


class Changed(Exception):
    """A page is not what the table says; the message says how."""


class NoText(Changed):
    """There is no text of a poem at all: it may be a list of poems."""


@dataclass(frozen=True, slots=True)
class Author:
    """An author on an index page; `death_year` is None where the site does not tell it."""

    name: str
    address: str
    death_year: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a poem, and its title there."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Verses:
    """What a poem's page says."""

    title: str
    text: str


def decoded(body: bytes, content_type: str = "") -> str:
    """The page's text: as the page says, else as UTF-8, else as Windows did in Spain.

    >>> decoded("ñandú".encode()), decoded("ñandú".encode("cp1252"))
    ('ñandú', 'ñandú')
    """

    def guess(body: bytes) -> str:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    return html_to_unicode(content_type or None, body, auto_detect_fun=guess)[1]


class Page:
    """A page, the address it came from, and where a mirror of the site has its root.

    The parser takes trees 256 deep and no deeper: without that bound a page of nested tags would
    make every look for a selector as slow as its square. What is deeper would be lost, so such a
    page raises `Changed`.
    """

    def __init__(self, address: str, text: str, root: str = "") -> None:
        self.address = address
        self.text = text
        self.root = root
        # A NUL ends a text for libxml2, and what follows would be lost.
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")  # parsel's way to say that it stopped
            self.tree = Selector(text=text.replace("\0", ""), type="html", huge_tree=False)
        if warned:
            raise Changed("its tags are nested too deep")


def find(node: Selector, selector: str) -> list[Selector]:
    """What a selector finds: CSS, or XPath after "xpath:".

    >>> [each.root.text for each in find(Selector(text="<b>uno</b><b>dos</b>"), "xpath://b[2]")]
    ['dos']
    """
    if selector.startswith("xpath:"):
        return list(node.xpath(selector.removeprefix("xpath:")))
    return list(node.css(selector))


def check(site: Site) -> None:
    """Raise a `SourceError` that names the first selector of the table that is none."""
    page, poem = Selector(text="<p></p>"), site.poem
    every = (site.authors.each, site.authors.link, site.authors.life, *site.poems.links)
    for selector in (*every, *site.collection, poem.title, *poem.text, poem.stanza, *poem.junk):
        try:
            find(page, selector or "p")
        except (ValueError, SyntaxError) as problem:  # what parsel and cssselect raise
            raise SourceError(
                f"{selector!r} in the table of {site.key!r} is no selector: {problem}."
            ) from None
        if re.search(r"::(?:text|attr)|/@[\w-]+\s*$|text\(\)\s*$", selector):
            raise SourceError(f"{selector!r} in the table of {site.key!r} must find elements.")


def authors_on(page: Page, site: Site) -> list[Author]:
    """The authors on an index page, each once.

    >>> from duende.corpus.crawl.sites import known_site
    >>> entry = '<a href="/autor/ana-gil/poemas/">Ana Gil</a> <span class="text-smaller">'
    >>> html = f'<div class="row xs-center"><div class="col-sm-6">{entry}Perú: 1849-1873</span>'
    >>> authors_on(Page("https://ciudadseva.com/", html), known_site("ciudadseva"))[0]
    Author(name='Ana Gil', address='https://ciudadseva.com/autor/ana-gil/poemas/', death_year=1873)
    """
    rule = site.authors
    found: dict[str, Author] = {}
    for entry in find(page.tree, rule.each):
        life = " ".join(words(each) for each in find(entry, rule.life)) if rule.life else ""
        for address, text in _followed(page, site, find(entry, rule.link), rule):
            name = re.sub(rule.name_without, "", text).strip() if rule.name_without else text
            if name:
                found.setdefault(address, Author(name, address, _death_year(life, rule.died)))
    return list(found.values())


def poems_on(page: Page, site: Site, *, collection: bool = False) -> list[Link]:
    """The links to poems on an author's page, or on that of a collection, each once."""
    found: dict[str, Link] = {}
    rule = site.poems
    for selector in site.collection if collection else rule.links:
        for address, title in _followed(page, site, find(page.tree, selector), rule):
            found.setdefault(address, Link(title, address))
    found.pop(page.address, None)
    return list(found.values())


def poem_on(page: Page, site: Site) -> Verses:
    """The poem on a page; raises `Changed` rather than guess.

    >>> from duende.corpus.crawl.sites import known_site
    >>> html = '<h1 class="title-poem">Luz</h1><div class="poem-entry"><p>Uno<br>dos<br><br>tres'
    >>> poem_on(Page("https://example.org/luz.htm", html), known_site("poemas-del-alma"))
    Verses(title='Luz', text='Uno\\ndos\\n\\ntres')
    """
    rule = site.poem
    places = _outermost(next((got for each in rule.text if (got := find(page.tree, each))), []))
    if not places:
        raise NoText("there is no text where the poem should be")
    for place in places:
        for selector in rule.junk:
            for junk in find(place, selector):
                if junk.root.getparent() is not None and junk.root is not place.root:
                    junk.drop()
    titles = find(page.tree, rule.title)
    if not titles:
        raise Changed("there is no title where it should be")
    stanzas = [each for place in places for each in _outermost(find(place, rule.stanza))]
    if not any(words(stanza) for stanza in stanzas):
        text = _joined(line for place in places for line in _lines(place.root))
    else:
        text = _joined(line for stanza in stanzas for line in ["", *_lines(stanza.root)])
        for stanza in stanzas:
            if stanza.root.getparent() is not None:
                stanza.drop()
        loose = _joined(line for place in places for line in _lines(place.root))
        # A line by itself may be an advertisement; lines with a break between them are verses.
        if any("\n" in lines for lines in loose.split("\n\n")):
            raise Changed("some verses stand outside of the stanzas")
    if not text:
        raise Changed("the place of the poem is empty")
    title = next((title for each in titles if (title := words(each))), "")
    return Verses(re.sub(rule.title_without, "", title) if rule.title_without else title, text)


def words(node: Selector) -> str:
    """The text of an element in one line."""
    return " ".join(" ".join(_lines(node.root)).split())


def _outermost(found: list[Selector]) -> list[Selector]:
    """Those that are inside none of the others, lest a verse be read twice."""
    roots = {each.root for each in found}
    return [each for each in found if roots.isdisjoint(each.root.iterancestors())]


def _followed(
    page: Page, site: Site, links: Iterable[Selector], rule: AuthorLinks | PoemLinks
) -> Iterator[tuple[str, str]]:
    """Address and text of the links that count."""
    for link in links:
        try:
            address = urljoin(page.address, (link.attrib.get("href") or "").strip())
            inside = _inside(address, site, page.root or site.address)
        except ValueError:  # "http://[": no address at all
            continue
        path = "/" + (inside or "").split("?")[0]
        if inside is None or len(path) > LONGEST_PATH or not re.fullmatch(rule.path, path):
            continue
        if not (rule.unless and re.search(rule.unless, path)):
            yield safe_url_string((page.root or site.address) + inside), words(link)


def _inside(address: str, site: Site, root: str) -> str | None:
    """What comes after the site's root, or a mirror's; None outside of both.

    Old pages name their site with http and without www., which makes it no other site.
    """
    parts = urlsplit(address)
    for home in (root, site.address):
        above = urlsplit(home).path
        if host(address) == host(home) and parts.path.startswith(above):
            query = f"?{parts.query}" if parts.query else ""
            return parts.path.removeprefix(above) + query
    return None


def host(address: str) -> str:
    """Host and port of a page, without www.

    >>> host("https://www.example.org/a"), host("http://127.0.0.1:8000/")
    ('example.org', '127.0.0.1:8000')
    """
    return urlsplit(address).netloc.lower().removeprefix("www.")


def _death_year(life: str, died: str) -> int | None:
    """The year that the pattern finds in "1849-1873"; a year before Christ is negative."""
    found = re.search(died, life) if died else None
    if found is None:
        return None
    year = int(found["year"])
    return -year if found.groupdict().get("bc") else year


def _joined(lines: Iterable[str]) -> str:
    """Verses with one empty line between stanzas and none around them."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _lines(element: etree._Element) -> list[str]:
    """The lines that a reader sees in an element, an empty one where a block begins or ends.

    Spaces of every kind are one space, and none at either end: indentation is not kept. The walk
    does not call itself, so that no depth of tags can exhaust the stack.
    """
    lines = [""]
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if tag in BLOCKS and node is not element:
                lines += ["", ""]
            lines[-1] += (node.text or "") if tag else ""
            continue
        if node is element:
            break
        if tag == "br":
            lines.append("")
        elif tag in BLOCKS:
            lines += ["", ""]
        lines[-1] += node.tail or ""
    return [" ".join(line.split()) for line in lines]
