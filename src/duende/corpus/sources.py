"""Where poems come from: what a person names on the command line becomes a source to read.

Facts (licence, language, address, reader) are in `sources.toml`; each reader is a module.
"""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile, is_zipfile

from duende.corpus.disk import file_sha256
from duende.corpus.entry import Complain, Entry
from duende.corpus.readers.columns import whole
from duende.corpus.readers.files import beginning
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
        module = "jsonl" if self.reader == "fetched" else self.reader
        reader = import_module(f"duende.corpus.readers.{module}")
        where = self.place if self.reader == "hub" else path
        for entry in cast(Iterator[Entry], reader.read(where, complain)):
            # "owner/repository: path", as some tables say it, is a source and a place.
            source, _, place = entry.source.partition(": ")
            yield replace(
                entry,
                lang=entry.lang or self.lang,
                licence=entry.licence or self.licence,
                source=whole(source or self.name),
                place=whole(place or entry.place),  # a file's name need not be text
            )

    def files(self) -> list[tuple[str, int, str]]:
        """Its files: name, bytes and SHA-256 of each, for the manifest; none for the hub.

        What cannot be read is left out: its reader complains of it.
        """
        path = self.path
        made = []
        for each in _within(path):
            if any(part.startswith(".") for part in each.relative_to(path).parts):
                continue
            with suppress(OSError):
                if each.is_file():
                    name = whole(str(each.relative_to(path.parent)))
                    made.append((name, each.stat().st_size, file_sha256(each)))
        return made


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
    if not equals or _is_there(said):
        name, place = "", said
    elif name not in known():
        raise SourceError(f"There is no source {name!r}: say one of {', '.join(known())}.")
    try:
        path = Path(place).expanduser()
        if name != "hub" and not path.exists():
            raise SourceError(f"{place} is not there. Give a file, a folder, or hub=owner/name.")
        if not name:
            name = _kind(path)
    except OSError as error:
        why = error.strerror or error
        raise SourceError(f"{place[:500]} cannot be read: {why}.") from error
    except (RuntimeError, ValueError) as error:  # no such home, or a NUL in the name
        raise SourceError(f"{place[:500]} is no path: {error}.") from error
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
        return _kind_of_zip(path)
    kind = SUFFIXES.get(ending)
    if kind is None:
        raise SourceError(
            f"{path}: it is not known how to read {ending or 'a file without an ending'}. "
            f"Give {', '.join(SUFFIXES)} (gzipped or not), a .zip, or say name={path}."
        )
    if kind == "folder":
        start, _ = beginning(path, 20_000)
        if b"PROJECT GUTENBERG" in start.upper():
            return "gutenberg"
    return kind


def _kind_of_zip(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            endings = {Path(member).suffix.casefold() for member in archive.namelist()}
    except PermissionError:
        raise
    except Exception:  # a damaged directory shows as half a dozen errors; the reader tells of it
        return "table"
    if endings & {".htm", ".html", ".txt"} and not endings & {".csv", ".tsv", ".jsonl", ".ndjson"}:
        return "gutenberg"
    if endings & {".jsonl", ".ndjson", ".json"} and not endings & {".csv", ".tsv"}:
        return "jsonl"
    return "table"


def _is_there(said: str) -> bool:
    try:
        return Path(said).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # no path at all, or too long for one
        return False


def _within(path: Path) -> list[Path]:
    try:
        if not path.exists():
            return []
        return sorted(path.rglob("*")) if path.is_dir() else [path]
    except OSError:
        return []
