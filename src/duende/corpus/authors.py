"""Who wrote it: one name for one author, the year of death, the period, the public domain.

The table `authors.tsv` holds names and years of death: facts, gathered from library catalogues.
"""

import re
from functools import cache
from importlib.resources import files

from duende.corpus.comparing import plain

PROTECTED_YEARS = 80
"""Full calendar years after an author's death, Spain's longest term (for deaths before 1987)."""
PERIODS = (
    (1500, "medieval"),
    (1701, "golden-age"),
    (1811, "18th-century"),
    (1911, "19th-century"),
    (1956, "early-20th-century"),
)
"""The year of death below which an author counts to a period."""
RANK = re.compile(
    r"(?:(?:first|1st|2nd|\d+th) )?"
    r"(?:lord|sir|lady|baron|earl|duke|viscount|count|jr|sr|ii|iii|m\.?d|conde|condesa|marqu[eé]s"
    r"|marquesa|duque|duquesa|pr[ií]ncipe|bar[oó]n)\b",
    re.IGNORECASE,
)
"""What follows a comma without being a first name."""


LINKS = frozenset({"de", "del", "la", "las", "los", "y", "e", "i"})
"""Written or not from book to book: Gaspar Melchor (de) Jovellanos."""


def identity(name: str) -> str:
    """The key of an author: the same however the name is turned, cased and accented.

    >>> identity("Bécquer, Gustavo Adolfo") == identity("Gustavo Adolfo BECQUER")
    True
    >>> identity("Pedro Bonifacio Palacios (Almafuerte)")
    'pedro bonifacio palacios'
    """
    name = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)
    last, comma, first = name.partition(",")
    if comma:
        ranked = RANK.sub("", first).strip() if RANK.match(first.strip()) else None
        name = f"{first.split(',')[0]} {last}" if ranked is None else f"{last} {ranked}"
    words = plain(name).split()
    return " ".join([word for word in words if word not in LINKS] or words)


def death_year(name: str) -> int | None:
    """The year an author died, if the table knows.

    >>> death_year("Cervantes, Miguel de"), death_year("Nobody At All")
    (1616, None)
    """
    return _table().get(identity(name))


def in_public_domain(name: str, died: int | None, *, year: int) -> bool:
    """Whether an author has been dead for 80 full years in `year`, by the table, else by `died`.

    An author of whom neither knows is not.

    >>> in_public_domain("Antonio Machado", None, year=2026)
    True
    >>> in_public_domain("Jorge Luis Borges", None, year=2026)
    False
    """
    known = death_year(name) or died
    return known is not None and known + PROTECTED_YEARS < year


def period(died: int | None) -> str:
    """The period an author belongs to, by the year of death.

    >>> period(1645), period(1870), period(1998), period(None)
    ('golden-age', '19th-century', 'modern', 'unknown')
    """
    if died is None:
        return "unknown"
    return next((name for before, name in PERIODS if died < before), "modern")


@cache
def _table() -> dict[str, int]:
    text = files("duende.corpus").joinpath("authors.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {identity(name): int(year) for name, year in rows}
