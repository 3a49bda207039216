"""A Project Gutenberg book in HTML, as blocks of lines with what the markup says of them.

Tags are read, never run; nesting, size and the number of elements are bounded.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from duende.corpus.readers.columns import language
from duende.corpus.readers.gutenberg_frame import Book, frame, person
from duende.corpus.readers.gutenberg_text import Block, blocks
from duende.errors import SourceError

# Ten lines of verse are some twenty elements: this holds 500,000 lines, a hundred books.
MOST_ELEMENTS = 1_000_000
DEEPEST = 200

# The header has some 20 lines; in old pages it follows 300 of small print.
FIRST_LINES = 400

_HEADINGS = {"h1": 5, "h2": 4, "h3": 3, "h4": 2, "h5": 2, "h6": 2}
_REMOVED_TAGS = {"script", "style", "head", "table", "nav", "img", "figure", "figcaption", "svg",
    "object", "iframe", "form", "button", "noscript", "template"}  # fmt: skip
_REMOVED = re.compile(
    r"^(?:pagenum|page-?num(?:ber)?|pageno|pgnum|pb|linenum|lnum|line-?number|ln|footnotes?"
    r"|fnanchor|fn|noteref|transnote|tnote|tn|transcriber.*|fig.*|caption|image.*|illus.*|toc.*"
    r"|contents|index|pg-boilerplate|pgheader|pg-header|pg-footer|boilerplate|covernote)$",
    re.IGNORECASE,
)
_POEM = re.compile(r"^(?:poem|poetry|verse|stanza|lg|linegroup|poema|poes|estrofa)", re.IGNORECASE)
_STANZA = re.compile(r"^(?:stanza|lg|linegroup|estrofa|group)", re.IGNORECASE)
_INDENT = re.compile(r"^(?:i|in|indent|ind|line|l)-?(\d{1,2})$", re.IGNORECASE)
_MARGIN = re.compile(r"margin-left:\s*(\d{1,2}(?:\.\d+)?)em", re.IGNORECASE)
_FALSE_HEADING = re.compile(r"^ph\d$", re.IGNORECASE)
_BLOCK_TAGS = {"p", "div", "blockquote", "center", "section", "article", "li", "dd", "dt", "body",
    "ul", "ol", "dl", "hr", "main", "header", "footer", "address"}  # fmt: skip
# A paragraph shorter than a line of prose may be a title set as a paragraph.
SHORT = 60


def is_html(text: str) -> bool:
    """Say whether a text is a page and no plain text.

    >>> is_html("<!DOCTYPE html><html>"), is_html("1 < 2, said the <mill>")
    (True, False)
    """
    return bool(re.search(r"<(?:html|body|!doctype html)\b", text[:5000], re.IGNORECASE))


def parse(text: str) -> tuple[Book, list[Block]]:
    """Read a page: what its header says, and its blocks between the frame's markers.

    Raises `SourceError` where it is nested or large beyond any book.

    >>> page = "<html><h2>THE MILL</h2><div class='poem'><p>The mill is still,<br>The miller gone,"
    >>> [(block.kind, block.lines) for block in parse(page)[1]]
    [('heading', ('THE MILL',)), ('verse', ('The mill is still,', 'The miller gone,'))]
    """
    from lxml import etree

    parser = etree.HTMLParser(
        huge_tree=False, no_network=True, remove_comments=True, remove_pis=True
    )
    # lxml refuses a text that tells its own encoding, so it gets bytes and is told.
    parser = etree.HTMLParser(
        huge_tree=False, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.LxmlError as error:
        raise SourceError(f"it is no HTML that can be read: {error}") from error
    if root is None:
        raise SourceError("it is no HTML that can be read: there is nothing in it")
    if any("depth" in each.message.lower() for each in parser.error_log):
        raise SourceError("its tags are nested deeper than any book's")
    page = _Page()
    page.walk(etree.iterwalk(root, events=("start", "end")))
    lines = [block.text for block in page.blocks]
    header, ends = frame(list(islice(_first_lines(root), FIRST_LINES))), frame(lines)
    body = page.blocks[ends.begin : ends.end]
    return _with_metadata(header, root), body


def _first_lines(root: Any) -> Iterator[str]:
    """The lines of a page's first paragraphs, where the header is, whether it is removed or not."""
    for element in islice(root.iter("p", "pre"), FIRST_LINES):
        yield from "".join(element.itertext()).split("\n")
        yield ""


def _with_metadata(book: Book, root: Any) -> Book:
    """What the header leaves out, from the page's <meta> and <title>."""

    def meta(*names: str) -> str:
        for each in root.iter("meta"):
            said = (each.get("name") or each.get("property") or "").lower()
            if said in names and each.get("content"):
                return str(each.get("content"))
        return ""

    if said := meta("dc.creator", "marcrel.aut", "author"):
        name, year = person(said)
        if name and (not book.author or (year and book.author_death_year is None)):
            book = replace(book, author=book.author or name, author_death_year=year)
    if not book.lang:
        book = replace(book, lang=language(meta("dc.language") or str(root.get("lang") or "")))
    title = root.findtext(".//title") or ""
    if not book.title and title:
        plain = re.sub(
            r"^.*?eBook of\s+|\s*[|—-]\s*Project Gutenberg.*$", "", " ".join(title.split())
        )
        book = replace(book, title=plain)
    return book


class _Page:
    """What has been read of a page: finished blocks, and the block and line being read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.lines: list[str] = []
        self.line: list[str] = []
        self.indent = 0
        self.kind = ""
        self.gap = 1
        self.number = 0
        self.skipping: Any = None
        self.poems: list[Any] = []
        self.pre: Any = None

    def walk(self, events: Iterable[tuple[str, Any]]) -> None:
        """Follow the tags; no recursion, so that no nesting can exhaust the stack."""
        depth = count = 0
        for event, element in events:
            if event == "start":
                depth, count = depth + 1, count + 1
                if depth > DEEPEST or count > MOST_ELEMENTS:
                    raise SourceError("its tags are nested deeper, or are more, than any book's")
                if self.skipping is None:
                    self.start(element)
            else:
                depth -= 1
                if self.skipping is None:
                    self.end(element)
                elif self.skipping is element:
                    self.skipping = None
                if self.skipping is None:
                    self.add(element.tail)
        self.block()

    def start(self, element: Any) -> None:
        tag, classes = element.tag, (element.get("class") or "").split()
        named = [*classes, element.get("id") or ""]
        if tag in _REMOVED_TAGS or (
            tag not in ("body", "html") and any(_REMOVED.match(each) for each in named)
        ):
            self.skipping = element
            return
        if tag == "sup" and re.fullmatch(r"\W*\w{1,3}\W*", "".join(element.itertext())):
            self.skipping = element
            return
        if tag in _HEADINGS or any(_FALSE_HEADING.match(each) for each in classes):
            self.block()
            self.kind, self.gap = "heading", _HEADINGS.get(tag, 3)
        elif tag == "pre":
            self.block()
            self.pre = element
        elif tag == "br":
            self.new_line(empty=True)
        elif any(_POEM.match(each) for each in classes) and tag in _BLOCK_TAGS:
            inside = bool(self.poems)
            if not inside or any(_STANZA.match(each) for each in classes):
                self.block()
                self.gap = self.gap if inside else max(self.gap, 2)
            else:
                self.new_line()
            if tag != "p" or not inside:
                self.poems.append(element)
        elif tag in _BLOCK_TAGS:
            self.edge(element)
        elif (
            self.poems
            and tag == "span"
            and (any(map(_INDENT.match, classes)) or classes == ["line"])
        ):
            self.new_line()
        self.indent_by(element, classes)
        if not self.number:
            self.number = element.sourceline or 0
        self.add(element.text)

    def edge(self, element: Any) -> None:
        """Where a block begins or ends: a verse of a poem, or a paragraph of its own."""
        holds_lines = element.tag == "p" and any(True for _ in element.iter("br", "span"))
        if self.poems and not holds_lines:
            self.new_line()
        else:
            self.block()

    def indent_by(self, element: Any, classes: list[str]) -> None:
        if not self.poems and element.tag != "span":
            return
        for each in classes:
            if found := _INDENT.match(each):
                self.indent = int(found[1])
        if found := _MARGIN.search(element.get("style") or ""):
            self.indent = round(2 * float(found[1]))

    def end(self, element: Any) -> None:
        tag = element.tag
        if self.pre is element:
            text = "".join(self.line)
            self.line = []
            for each in blocks(text.split("\n"), number=self.number):
                self.blocks.append(each)
            self.pre, self.number = None, 0
        elif tag in _HEADINGS or (self.kind == "heading" and tag in _BLOCK_TAGS):
            self.block()
        elif self.poems and self.poems[-1] is element:
            self.poems.pop()
            classes = (element.get("class") or "").split()
            if not self.poems or any(_STANZA.match(each) for each in classes):
                self.block(verse=True)
            else:
                self.new_line()
        elif tag in _BLOCK_TAGS:
            self.edge(element)
        elif (
            self.poems
            and tag == "span"
            and any(_INDENT.match(each) for each in (element.get("class") or "").split())
        ):
            self.new_line()

    def add(self, text: str | None) -> None:
        """Text as it comes; white space counts only in <pre>."""
        if text:
            self.line.append(text if self.pre is not None else re.sub(r"[ \t\r\n\f]+", " ", text))

    def new_line(self, *, empty: bool = False) -> None:
        """End a line; two breaks in a row end a stanza."""
        if self.pre is not None:
            self.line.append("\n")
            return
        raw = "".join(self.line).strip(" ")
        own = len(raw) - len(raw.lstrip("\u00a0\u2003\u2002"))
        text = " ".join(raw.split())
        self.line = []
        if text:
            self.lines.append(" " * (self.indent + own) + text)
            self.indent = 0
        elif empty and self.lines and self.kind != "heading":
            self.block()

    def block(self, *, verse: bool = False) -> None:
        """End a block: verse if the markup says so, prose if it is a long paragraph."""
        if self.pre is not None:
            return
        self.new_line()
        if self.lines:
            kind, gap = self.kind, self.gap
            if not kind and (self.poems or verse):
                kind = "verse"
            elif not kind and len(self.lines) == 1:
                kind, gap = ("prose", gap) if len(self.lines[0]) > SHORT else ("", 2)
            cleaned = [line for each in blocks(self.lines) for line in each.lines]
            if cleaned:
                self.blocks.append(Block(tuple(cleaned), gap, self.number, kind))
            self.lines, self.gap = [], 1
        self.kind, self.indent, self.number = "", 0, 0
