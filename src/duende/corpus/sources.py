"""Where poems come from: what a person names on the command line becomes a source to read.

Facts (licence, language, address, reader) are in `sources.toml`; each reader is a module.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from zipfile import is_zipfile

from duende.corpus.entry import Complain, Entry
from duende.errors import SourceError

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "table",
    ".tsv": "table",
    ".parquet": "parquet",
    ".htm": "gutenberg",
    ".html": "gutenberg",
    ".txt": "folder",
    ".md": "folder",
}


@dataclass(frozen=True)
class Source:
    """A place to read poems from: its facts, and where it is (a path; for the hub an id)."""

    name: str
    place: str
    reader: str
    lang: str = ""
    licence: str = ""
    address: str = ""

    @property
    def path(self) -> Path:
        """Where it is, as a path."""
        return Path(self.place).expanduser()

    def read(self, complain: Complain) -> Iterator[Entry]:
        """Read its entries, each with the source's facts where it says nothing itself.

        Raises `SourceError` where nothing at all can be read.
        """
        path = self.path / "poems.jsonl" if self.reader == "fetched" else self.path
        reader = import_module(f"duende.corpus.readers.{READERS[self.reader]}")
        where = self.place if self.reader == "hub" else path
        for entry in cast(Iterator[Entry], reader.read(where, complain)):
            # "owner/repository: path", as some tables say it, is a source and a place.
            source, _, place = entry.source.partition(": ")
            yield replace(
                entry,
                lang=entry.lang or self.lang,
                licence=entry.licence or self.licence,
                source=source or self.name,
                place=place or entry.place,
            )

    def files(self) -> list[tuple[str, int, str]]:
        """Its files: name, bytes and SHA-256 of each, for the manifest; none for the hub."""
        path = self.path
        if not path.exists():
            return []
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        return [
            (str(each.relative_to(path.parent)), each.stat().st_size, _hash(each))
            for each in found
            if each.is_file()
            and not any(part.startswith(".") for part in each.relative_to(path).parts)
        ]


READERS = {
    "table": "table",
    "jsonl": "jsonl",
    "fetched": "jsonl",
    "gutenberg": "gutenberg",
    "hub": "hub",
    "parquet": "parquet",
    "folder": "folder",
}


@cache
def known() -> dict[str, dict[str, Any]]:
    """The sources of `sources.toml`, by name.

    >>> known()["poetry-foundation"]["lang"]
    'en'
    """
    return tomllib.loads(files("duende.corpus").joinpath("sources.toml").read_text("utf-8"))


def resolve(said: str) -> Source:
    """Make a source of what a person says: a path, or `name=path` with a name of `sources.toml`.

    Without a name the reader is found by the file's ending and first bytes.

    >>> resolve("hub=someone/poems").reader
    'hub'

    Raises `SourceError` for a name that is not known and a path that is not there.
    """
    name, equals, place = said.partition("=")
    if not equals or Path(said).expanduser().exists():
        name, place = "", said
    elif name not in known():
        raise SourceError(f"There is no source {name!r}: say one of {', '.join(known())}.")
    path = Path(place).expanduser()
    if name != "hub" and not path.exists():
        raise SourceError(f"{place} is not there. Give a file, a folder, or hub=owner/name.")
    if not name:
        name = _kind(path)
    facts = known()[name]
    own = facts["reader"] == name and name != "gutenberg"
    return Source(
        name=path.name if own and name != "hub" else (place if name == "hub" else name),
        place=place,
        reader=facts["reader"],
        lang=facts["lang"],
        licence=facts["licence"],
        address=facts["address"],
    )


def _kind(path: Path) -> str:
    """The name of the generic source that understands a path."""
    if path.is_dir():
        if (path / "poems.jsonl").is_file():
            return "jsonl"
        return "parquet" if any(path.glob("*.parquet")) else "folder"
    suffixes = [suffix.casefold() for suffix in path.suffixes if suffix.casefold() != ".gz"]
    ending = suffixes[-1] if suffixes else ""
    if ending == ".zip" or is_zipfile(path):
        from zipfile import ZipFile

        with ZipFile(path) as archive:
            endings = {Path(member).suffix.casefold() for member in archive.namelist()}
        if ".csv" in endings or ".tsv" in endings:
            return "table"
        return "jsonl" if endings & {".jsonl", ".ndjson"} else "gutenberg"
    kind = SUFFIXES.get(ending)
    if kind is None:
        raise SourceError(
            f"{path}: it is not known how to read {ending or 'a file without an ending'}. "
            f"Give {', '.join(SUFFIXES)} (gzipped or not), a .zip, or say name={path}."
        )
    if kind == "folder":
        with path.open("rb") as file:
            if b"PROJECT GUTENBERG" in file.read(20_000).upper():
                return "gutenberg"
    return kind


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
