"""Text out of files: plain, gzip and zip; no line, however long, fills the memory.

Knows nothing of poems. What cannot be read is complained of with its file and line.
"""

import gzip
import io
import re
import struct
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_LE
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast
from zipfile import BadZipFile, ZipExtFile, ZipFile

from duende.corpus.entry import Complain, Problem
from duende.errors import SourceError

LONGEST_LINE = 1_000_000
"""Characters. A poem has 600 words at most; a line a hundred times that is none."""
CUT_SHORT = (EOFError, gzip.BadGzipFile, zlib.error, BadZipFile)
# What is likely to hold poems, and is not read within a zip.
_UNREAD = (".parquet", ".gz", ".zip", ".xlsx", ".xls", ".ods", ".sqlite")
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# Bytes taken of a compressed stream at once: what is lost at most before a damaged place.
_PIECE = 4096
_BREAK = re.compile(r"[\r\n]+")


class Decompressed(io.RawIOBase):
    """A compressed stream that ends where it is damaged, so that what came before is kept."""

    def __init__(self, stream: gzip.GzipFile | ZipExtFile) -> None:
        self._stream = stream
        self.damaged = False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as the stream goes."""
        filled = 0
        while filled < len(buffer) and not self.damaged:
            try:
                piece = self._stream.read1(min(_PIECE, len(buffer) - filled))
            # Each way of compressing has its own error; bzip2's is an OSError.
            except (*CUT_SHORT, OSError, LZMAError, ValueError):
                self.damaged = True
                break
            if not piece:
                break
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled


def streams(
    path: Path, complain: Complain, *, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, BinaryIO]]:
    """Open `path`, or what it holds: one stream for a plain or gzipped file, one a member of a zip.

    Of a zip, the members whose names end in one of `suffixes` are opened, in their order. A
    compressed stream is a `Decompressed`, which knows whether it was damaged.
    Where there is none, and nothing was said of it, that is complained of.
    Raises `SourceError` where `path` cannot be opened at all.
    """
    said = False

    def tell(problem: Problem) -> None:
        nonlocal said
        said = True
        complain(problem)

    for opened in _opened(path, tell, suffixes):
        said = True
        yield opened
    if not said:
        kinds = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        complain(Problem(path.name, 0, f"it holds no {kinds} file"))


def _opened(
    path: Path, complain: Complain, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, BinaryIO]]:
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start[:2] == b"\x1f\x8b":
                yield path.name, cast(BinaryIO, Decompressed(gzip.GzipFile(fileobj=file)))
            elif start in _ZIPS or path.suffix.casefold() == ".zip":
                yield from _members(file, path.name, complain, suffixes)
            else:
                yield path.name, file
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error


def _members(
    file: BinaryIO, name: str, complain: Complain, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, BinaryIO]]:
    try:
        archive = ZipFile(file)
    # A damaged directory shows as any of these, by what it is that was damaged.
    except (BadZipFile, NotImplementedError, ValueError, struct.error, OSError, EOFError):
        complain(Problem(name, 0, "the zip file is cut short or damaged; fetch it again"))
        return
    with archive:
        for member in archive.infolist():
            inner, ending = f"{name}:{member.filename}", member.filename.casefold()
            if "__MACOSX" in member.filename or member.is_dir():
                continue
            if not ending.endswith(suffixes):
                if ending.endswith(_UNREAD):
                    why = f"it is not read within a zip, only {', '.join(suffixes)}: unpack it"
                    complain(Problem(inner, 0, why))
                continue
            try:
                stream = archive.open(member)
            except NotImplementedError:
                why = "it is compressed in a way that is not known: unpack it first"
                complain(Problem(inner, 0, why))
            except RuntimeError:
                complain(Problem(inner, 0, "it has a password: unpack it first"))
            except (BadZipFile, ValueError, struct.error, OSError, EOFError):
                complain(Problem(inner, 0, "it is cut short or damaged; fetch the zip again"))
            else:
                with stream:
                    yield inner, cast(BinaryIO, Decompressed(cast(ZipExtFile, stream)))


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
def as_text(stream: BinaryIO, name: str) -> Iterator[tuple[TextIO, str]]:
    """Decode `stream`; bytes that are no text become U+FFFD, which a rule of the corpus drops.

    Yields the text and how its lines end: in "\\n" alone, so that "\\r" stays where an edition used
    it; in "\\r" only where the first line does. Raises `SourceError` where its start is no text.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16)
    try:
        start = buffered.peek(1 << 16)[: 1 << 16]
        encoding = encoding_of(start)
        if encoding is None:
            raise SourceError(f"{name} is no text: give CSV, JSONL, Parquet, HTML or plain text.")
        first = _BREAK.search(start.decode(encoding, errors="ignore"))
        end = "\r" if first and first[0] == "\r" else "\n"
        text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline=end)
        try:
            yield text, end
        finally:
            text.detach()
    finally:
        buffered.detach()  # the stream is its opener's to close


def numbered_lines(
    text: TextIO,
    name: str,
    complain: Complain,
    *,
    longest: int = LONGEST_LINE,
    end: str = "\n",
    stream: BinaryIO | None = None,
) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1; its line break is left on.

    A line of more than `longest` characters is skipped without being held, and complained of; of a
    compressed file that is cut short (`stream` knows), what came before the cut is kept. `end` is
    how its lines end. A file of nothing at all is complained of.
    """
    number, ended, blank = 0, True, True
    while line := text.readline(longest + 1):
        number += 1
        blank = blank and not line.strip()
        ended = line.endswith(end)
        if len(line) > longest:
            length = len(line)
            while not line.endswith(end) and (line := text.readline(longest)):
                length += len(line)
            why = f"a line of {length:,} characters was skipped; at most {longest:,} are read"
            complain(Problem(name, number, why))
            continue
        yield number, line
    if isinstance(stream, Decompressed) and stream.damaged:
        if number:
            at = number + 1 if ended else number  # a line in part is where it was cut
            why = "the file is cut short or damaged here; what came before is kept"
            complain(Problem(name, at, why))
        else:
            complain(Problem(name, 0, "the file is cut short or damaged; fetch it again"))
    elif blank:
        complain(Problem(name, 0, "the file is empty"))


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
    for name, stream in streams(path, complain, suffixes=suffixes):
        try:
            with as_text(stream, name) as (text, end):
                yield (
                    name,
                    numbered_lines(text, name, complain, longest=longest, end=end, stream=stream),
                )
        except SourceError as error:
            complain(Problem(name, 0, str(error)))


def beginning(path: Path, size: int) -> tuple[bytes, bool]:
    """The first `size` bytes of a file, unpacked if it is gzipped, and whether it is damaged there.

    Raises `SourceError` where it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) != b"\x1f\x8b":
                file.seek(0)
                return file.read(size), False
            file.seek(0)
            stream = Decompressed(gzip.GzipFile(fileobj=file))
            return io.BufferedReader(stream).read(size), stream.damaged
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_text(path: Path, *, most: int = 50_000_000) -> str:
    """Read a whole text of at most `most` bytes, gzipped or not, whatever its encoding.

    Raises `SourceError` where it is larger, cut short, or no text.
    """
    content, damaged = beginning(path, most + 1)
    if damaged:
        raise SourceError(f"{path} is cut short or damaged: fetch it again.")
    if len(content) > most:
        raise SourceError(f"{path} is larger than {most // 1_000_000} MB: split it first.")
    encoding = encoding_of(content)
    if encoding is None:
        raise SourceError(f"{path} is no text.")
    return content.decode(encoding, errors="replace")
