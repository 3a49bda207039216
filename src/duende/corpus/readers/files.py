"""Text out of files: plain, gzip and zip; no line, however long, fills the memory.

Knows nothing of poems. What cannot be read is complained of with its file and line.
"""

import gzip
import io
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_LE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast
from zipfile import BadZipFile, ZipFile

from duende.corpus.entry import Complain, Problem
from duende.errors import SourceError

LONGEST_LINE = 1_000_000
"""Characters. A poem has 600 words at most; a line a hundred times that is none."""
CUT_SHORT = (EOFError, gzip.BadGzipFile, zlib.error, BadZipFile)


def streams(
    path: Path, complain: Complain, *, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, BinaryIO]]:
    """Open `path`, or what it holds: one stream for a plain or gzipped file, one a member of a zip.

    Of a zip, the members whose names end in one of `suffixes` are opened, in their order.
    Raises `SourceError` where `path` cannot be opened at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start[:2] == b"\x1f\x8b":
                yield path.name, cast(BinaryIO, gzip.GzipFile(fileobj=file))
            elif start == b"PK\x03\x04":
                yield from _members(file, path.name, complain, suffixes)
            else:
                yield path.name, file
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error


def _members(
    file: BinaryIO, name: str, complain: Complain, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, BinaryIO]]:
    try:
        archive = ZipFile(file)
    except BadZipFile:
        complain(Problem(name, 0, "the zip file is cut short or damaged; fetch it again"))
        return
    with archive:
        for member in archive.infolist():
            hidden = "__MACOSX" in member.filename
            if member.filename.casefold().endswith(suffixes) and not hidden:
                with archive.open(member) as stream:
                    yield f"{name}:{member.filename}", cast(BinaryIO, stream)


def encoding_of(start: bytes) -> str | None:
    """Find the encoding of a text from its first bytes, or None if they are no text.

    >>> encoding_of("corazón".encode()), encoding_of("corazón".encode("cp1252"))
    ('utf-8-sig', 'cp1252')
    >>> encoding_of(bytes(range(20)))
    """
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and not start.startswith(BOM_UTF32_LE):
        return "utf-16"
    if b"\x00" in start:
        return None
    controls = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x1b" for byte in start)
    if controls * 50 > len(start):
        return None
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_within_a_character = error.reason == "unexpected end of data"
        return "utf-8-sig" if cut_within_a_character else "cp1252"
    return "utf-8-sig"


@contextmanager
def as_text(stream: BinaryIO, name: str) -> Iterator[TextIO]:
    """Decode `stream`; bytes that are no text become U+FFFD, which a rule of the corpus drops.

    Lines end in "\\n" alone, so that "\\r" stays where an edition used it. Raises `SourceError`
    where the beginning is no text.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16)
    try:
        encoding = encoding_of(buffered.peek(1 << 16)[: 1 << 16])
        if encoding is None:
            raise SourceError(f"{name} is no text: give CSV, JSONL, Parquet, HTML or plain text.")
        text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline="\n")
        try:
            yield text
        finally:
            text.detach()
    finally:
        buffered.detach()  # the stream is its opener's to close


def numbered_lines(
    text: TextIO, name: str, complain: Complain, *, longest: int = LONGEST_LINE
) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1; its line break is left on.

    A line of more than `longest` characters is skipped without being held, and complained of; of a
    compressed file that is cut short, what came before the cut is kept.
    """
    number = 0
    try:
        while line := text.readline(longest + 1):
            number += 1
            if len(line) > longest:
                length = len(line)
                while not line.endswith("\n") and (line := text.readline(longest)):
                    length += len(line)
                why = f"a line of {length:,} characters was skipped; at most {longest:,} are read"
                complain(Problem(name, number, why))
                continue
            yield number, line
    except CUT_SHORT:
        complain(
            Problem(
                name, number + 1, "the file is cut short or damaged here; what came before is kept"
            )
        )


def lines(
    path: Path,
    complain: Complain,
    *,
    suffixes: tuple[str, ...],
    longest: int = LONGEST_LINE,
) -> Iterator[tuple[str, Iterator[tuple[int, str]]]]:
    """Yield, for each text that `path` holds, its name and its numbered lines.

    A text that is none is complained of, and the next one is read.
    """
    opened = 0
    for name, stream in streams(path, complain, suffixes=suffixes):
        opened += 1
        try:
            with as_text(stream, name) as text:
                yield name, numbered_lines(text, name, complain, longest=longest)
        except SourceError as error:
            complain(Problem(name, 0, str(error)))
        except CUT_SHORT:
            complain(Problem(name, 0, "the file is cut short or damaged; fetch it again"))
    if not opened:
        complain(Problem(path.name, 0, f"it holds no {' or '.join(suffixes)} file"))


def read_text(path: Path, *, most: int = 50_000_000) -> str:
    """Read a whole text of at most `most` bytes, whatever its encoding.

    Raises `SourceError` where it is larger, or no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > most:
        raise SourceError(f"{path} is larger than {most // 1_000_000} MB: split it first.")
    encoding = encoding_of(content)
    if encoding is None:
        raise SourceError(f"{path} is no text.")
    return content.decode(encoding, errors="replace")
