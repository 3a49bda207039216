"""Which column of a table is the poem, which the title: guessed by name; a row becomes an entry.

Tables of poems come from everywhere (`Poem`, `poema`, `Poem Name`, `título`), and their cells hold
whatever somebody put there. This knows names and kinds of cells; it reads no file.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from numbers import Integral, Real

from duende.corpus.entry import Entry
from duende.errors import SourceError

# The names of each column, the likeliest first. They are compared without case, accents, spaces
# and underscores, so that "Poem Name", "poem_name" and "PoemName" are one.
KNOWN: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "poem", "poema", "content", "body", "verso", "versos", "verses", "verse", "lines",
        "texto", "contenido", "cuerpo", "poem text", "poem content", "poem lines", "poesia",
    ),
    "title": ("title", "titulo", "poem name", "poem title", "poem title text", "name", "nombre"),
    "author": (
        "author", "poet", "autor", "author name", "poet name", "poeta", "author names", "authors",
        "nombre del autor",
    ),
    "lang": ("lang", "language", "idioma", "lengua", "language code", "lang code"),
    "author_death_year": (
        "author death year", "death year", "died", "death", "death date", "author death",
        "ano de muerte", "muerte", "author dates", "dates",
    ),
    "form": ("form", "forma", "poem form", "stanza form", "tipo"),
    "tags": ("tags", "tag", "etiquetas", "topics", "temas", "subjects", "keywords", "categories"),
    "source": ("source", "fuente", "origin", "collection"),
    "licence": ("licence", "license", "licencia", "rights"),
    "id": ("id", "poem id", "identifier"),
    "place": ("place", "url", "address", "link", "href", "enlace", "poem url", "poem link"),
}  # fmt: skip

LANGUAGES = {
    "en": ("en", "eng", "english", "ingles"),
    "es": ("es", "spa", "esp", "spanish", "espanol", "castellano", "castilian"),
}

# A list of stanzas of lines is two deep; what lies deeper than this is no poem.
DEEPEST = 3
# Half of a character, as JSON may name one: no file can hold it.
_HALVES = re.compile("[\ud800-\udfff]")
# Such a character moves a terminal's cursor, or ends a text early, and says nothing.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# Characters of a cell of tags that are looked at: some 300 tags.
MOST_TAGS = 5_000

# A year alone or in "1795-1821", "c. 1503–1536", "1616-04-22"; not part of a longer number.
_YEAR = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
# "1950-", "1950–?", "b. 1950", "n. 1950", "born 1950": a birth and no death.
_ALIVE = re.compile(r"\d{3,4}\s*[-–—]+\s*\??\s*$|^\s*(?:b\.|n\.|born|nacid[oa])", re.IGNORECASE)
_FULL_DATE = re.compile(r"^\s*(\d{4})-\d\d?-\d\d?(?:[T ].*)?$")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table are called there; None where it has no such column.

    >>> Columns("Poem", title="Title").title
    'Title'
    """

    text: str
    title: str | None = None
    author: str | None = None
    lang: str | None = None
    author_death_year: str | None = None
    form: str | None = None
    tags: str | None = None
    source: str | None = None
    licence: str | None = None
    id: str | None = None
    place: str | None = None


def key(name: str) -> str:
    """A name as it is compared: letters and digits only, no case, no accents.

    >>> key("Título"), key("Poem_Name ")
    ('titulo', 'poemname')
    """
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if letter.isalnum())


def guess(names: Iterable[str]) -> Columns:
    """Find the columns of a table by their names.

    >>> columns = guess(["", "Título", "Poema", "Autor"])
    >>> columns.text, columns.title, columns.author, columns.lang
    ('Poema', 'Título', 'Autor', None)
    >>> guess(["label", "score"])  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    duende.errors.SourceError: No column for the poems: there are label, score.
    """
    there = [name for name in names if isinstance(name, str)]
    by_key = {key(name): name for name in reversed(there)}  # the first of two alike is taken
    found = {
        field.name: next(
            (by_key[key(known)] for known in KNOWN[field.name] if key(known) in by_key), None
        )
        for field in fields(Columns)
    }
    text = found.pop("text")
    if text is None:
        has = ", ".join(name for name in there if name.strip()) or "none with a name"
        raise SourceError(
            f"No column for the poems: there are {has[:500]}. "
            f"Rename one to any of {', '.join(KNOWN['text'])}."
        )
    return Columns(text, **found)


def entry(row: Mapping[str, object], columns: Columns, *, place: str) -> Entry:
    """Make an entry of a row, whatever its cells hold; what makes no sense is left empty.

    A row that tells its own place (an address, or where a published table had the poem from) keeps
    it; else it is `place`, with the row's id if there is one.

    >>> row = {"poema": ["Bajo el sol", "canta el agua."], "autor": None, "idioma": "español"}
    >>> made = entry(row, guess(row), place="poemas.csv:2")
    >>> made.text, made.author, made.lang, made.place
    ('Bajo el sol\\ncanta el agua.', '', 'es', 'poemas.csv:2')
    """

    def cell(name: str | None) -> object:
        return None if name is None else row.get(name)

    own, number = words(cell(columns.place)), words(cell(columns.id))
    return Entry(
        text=lines(cell(columns.text)),
        lang=language(words(cell(columns.lang))),
        title=words(cell(columns.title)),
        author=words(cell(columns.author)),
        author_death_year=death_year(cell(columns.author_death_year)),
        form=words(cell(columns.form)),
        tags=tags(cell(columns.tags)),
        source=words(cell(columns.source)),
        place=own or (f"{place}#{number}" if number else place),
        licence=words(cell(columns.licence)),
    )


def lines(cell: object, depth: int = 0) -> str:
    r"""A poem's text from a cell: a text as it is, a list of lines, or of stanzas of lines.

    Lists within lists within those are left empty.

    >>> lines([["Bajo el sol", "canta el agua."], ["Y calla."]])
    'Bajo el sol\ncanta el agua.\n\nY calla.'
    """
    if isinstance(cell, list | tuple):
        if depth == DEEPEST:
            return ""
        stanzas = any(isinstance(each, list | tuple) for each in cell)
        return ("\n\n" if stanzas else "\n").join(lines(each, depth + 1) for each in cell)
    return _text(cell)


def language(said: str) -> str:
    """A language as "en" or "es" however it is said; another one as its code, "" if it is none.

    >>> language("Español"), language("en-GB"), language("Spanish; Castilian"), language("fr")
    ('es', 'en', 'es', 'fr')
    """
    first = re.split(r"[-_;,/(\s]", said.strip(), maxsplit=1)[0]
    plain = key(first)
    for code, names in LANGUAGES.items():
        if plain in names:
            return code
    return plain if plain.isalpha() else ""


def death_year(cell: object) -> int | None:
    """The year an author died, from a number, a date or a text; None if it does not say.

    >>> death_year("1795-1821"), death_year(1616.0), death_year("1950-"), death_year("unknown")
    (1821, 1616, None, None)
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, date):
        return cell.year
    if isinstance(cell, Real):
        try:
            number = float(cell)
        except OverflowError:  # JSON's whole numbers have no end
            return None
        return _likely(int(number)) if math.isfinite(number) else None
    said = _text(cell)[:100]  # the longest are like "c. 1503 – 14 October 1536"
    if whole := _FULL_DATE.match(said):
        return _likely(int(whole[1]))
    years = _YEAR.findall(said)
    return _likely(int(years[-1])) if years and not _ALIVE.search(said) else None


def tags(cell: object) -> tuple[str, ...]:
    """Tags from a list, or from a text with commas, semicolons or bars between them.

    >>> tags("Love, Nature,love"), tags(["mar", None, "sal"]), tags("['sea', 'salt']")
    (('Love', 'Nature'), ('mar', 'sal'), ('sea', 'salt'))
    """
    if isinstance(cell, list | tuple | set | frozenset):
        each = [words(one) for one in cell]
        each = sorted(each) if isinstance(cell, set | frozenset) else each
    else:
        said = _text(cell)[:MOST_TAGS].strip()
        if said.startswith("[") and said.endswith("]"):  # a list that was printed into a cell
            said = re.sub(r"""^\s*['"]|['"]\s*$|(?<=,)\s*['"]|['"]\s*(?=,)""", "", said[1:-1])
        each = [words(one) for one in re.split(r"[,;|]", said)]
    first: dict[str, str] = {}
    for tag in each:
        if tag:
            first.setdefault(tag.casefold(), tag)
    return tuple(first.values())


def _likely(year: int) -> int | None:
    """A year, if somebody can have died in it; 0, -1 and 9999 stand for "unknown" in tables."""
    return year if 1 <= year <= 2100 else None


def words(cell: object, depth: int = 0) -> str:
    r"""A short text on one line, with single spaces; of a list, its parts with commas.

    >>> words(["Ann\n Other", None, "red \x1b[31m"])
    'Ann Other, red [31m'
    """
    if isinstance(cell, list | tuple):
        if depth == DEEPEST:
            return ""
        return ", ".join(part for each in cell if (part := words(each, depth + 1)))
    return " ".join(_CONTROLS.sub("", _text(cell)).split())


def whole(text: str) -> str:
    r"""A text with U+FFFD for every half of a character, which no file can hold.

    >>> whole("sea \ud800")
    'sea \ufffd'
    """
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def _text(cell: object) -> str:
    """A cell as text: "" for nothing, for not-a-number, and for what is no text at all."""
    if isinstance(cell, str):
        return whole(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    if isinstance(cell, Integral) and not isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, Real) and not isinstance(cell, bool) and math.isfinite(float(cell)):
        return f"{float(cell):g}"
    if isinstance(cell, date):
        return cell.isoformat()
    return ""
