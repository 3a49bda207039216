"""The table of sites: where their pages are, and how authors, poems and verses are found."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from duende.errors import SourceError


@dataclass(frozen=True, slots=True)
class AuthorLinks:
    """How authors are found on an index page."""

    each: str
    link: str = "a"
    path: str = ".*"
    unless: str = ""
    name_without: str = ""
    life: str = ""
    died: str = ""


@dataclass(frozen=True, slots=True)
class PoemLinks:
    """How poems are found on an author's page."""

    links: tuple[str, ...]
    path: str = ".*"
    unless: str = ""


@dataclass(frozen=True, slots=True)
class PoemPage:
    """How the title and the verses are found on a poem's page."""

    title: str
    text: tuple[str, ...]
    stanza: str = "p"
    junk: tuple[str, ...] = ()
    title_without: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site of poems with three stages: index, author, poem.

    >>> ciudadseva = sites()["ciudadseva"]
    >>> ciudadseva.language, ciudadseva.poem.stanza
    ('es', 'p')
    """

    key: str
    name: str
    address: str
    language: str
    licence: str
    index: tuple[str, ...]
    authors: AuthorLinks
    poems: PoemLinks
    poem: PoemPage
    collection: tuple[str, ...] = ()


PATTERNS = ("path", "unless", "name_without", "title_without", "died")
SENTENCES = ("key", "name", "address", "language", "licence")


def site_from(table: Mapping[str, Any]) -> Site:
    """The site that a table describes; a table that is wrong is a `SourceError` that says where.

    >>> site_from({"key": "nowhere", "name": "Nowhere"})
    Traceback (most recent call last):
    ...
    duende.errors.SourceError: The table of the site 'nowhere' has no [nowhere.authors].
    """
    key = str(table.get("key"))
    parts: dict[str, Any] = {}
    for part, kind in (("authors", AuthorLinks), ("poems", PoemLinks), ("poem", PoemPage)):
        if not isinstance(table.get(part), Mapping):
            raise SourceError(f"The table of the site {key!r} has no [{key}.{part}].")
        parts[part] = _filled(kind, table[part], f"[{key}.{part}]")
    site: Site = _filled(Site, {**table, **parts}, f"[{key}]")
    for name in SENTENCES:
        if not (isinstance(value := getattr(site, name), str) and value):
            raise SourceError(f"The table of the site {key!r} says nothing in {name!r}.")
    if not re.fullmatch(r"https?://[^\s/]+/(?:\S*/)?", site.address):
        raise SourceError(f"The address of {key!r} must begin with http and end with a slash.")
    return site


def _filled(kind: type, values: Mapping[str, Any], where: str) -> Any:
    """The dataclass with the values of a table, lists as tuples and patterns tried."""
    given: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in values.items()
    }
    for name in PATTERNS:
        try:
            re.compile(given.get(name, ""))
        except (re.error, TypeError) as problem:
            raise SourceError(f"{name} in {where} is no pattern: {problem}.") from None
    try:
        return kind(**given)
    except TypeError as problem:
        raise SourceError(f"In {where} something is missing or too much: {problem}.") from None


def read_sites(file: Path) -> dict[str, Site]:
    """The sites in a TOML file, by key."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SourceError(f"{file} cannot be read as a table of sites: {problem}.") from None
    return {key: site_from({"key": key, **table}) for key, table in tables.items()}


@cache
def sites() -> dict[str, Site]:
    """The sites that duende knows, by key.

    >>> sorted(sites())
    ['ciudadseva', 'poemas-del-alma']
    """
    return read_sites(Path(__file__).with_name("sites.toml"))


def known_site(key: str) -> Site:
    """The site with this key.

    >>> known_site("poemas-del-alma").name
    'Poemas del Alma'
    """
    if key not in sites():
        raise SourceError(f"No site is called {key!r}: choose from {', '.join(sorted(sites()))}.")
    return sites()[key]
