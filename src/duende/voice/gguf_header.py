"""Reads the header of a GGUF file: what a model is, without loading it.

A path goes in, names, values and tensor positions come out. It knows nothing of llama.cpp and
runs nothing. The `gguf` package reads the same header, but takes 15 s for the 262,144 tokens of
Gemma 3 where this takes one (docs/log.md, 2026-11-22), and every first run would pay for it.

Source of the layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3).
"""

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

from duende.errors import BaseCorrupt

MAGIC = b"GGUF"
ARRAY, STRING = 9, 8
SCALARS = {number: f"<{code}" for number, code in enumerate("BbHhIif?")} | {
    10: "<Q",
    11: "<q",
    12: "<d",
}
LONGEST = 1 << 24  # a count or length above it is damage, not a model

Value = int | float | bool | str | list["Value"]


@dataclass(frozen=True)
class Field:
    """One metadata entry: its value, its GGUF type, and for an array the type of its items."""

    value: Value
    kind: int
    item_kind: int | None = None


@dataclass(frozen=True)
class Tensor:
    """One tensor: its shape as GGUF writes it (innermost first), its type number and place."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


@dataclass(frozen=True)
class Header:
    """What stands before the weights of a GGUF file; `data_start` is a byte offset."""

    fields: dict[str, Field]
    tensors: tuple[Tensor, ...]
    data_start: int

    def text(self, key: str, default: str = "") -> str:
        """The value of a string field, or `default` where the file lacks it."""
        field = self.fields.get(key)
        return str(field.value) if field else default

    def items(self, key: str) -> list[Value]:
        """The items of an array field; empty where the file lacks it."""
        field = self.fields.get(key)
        return field.value if field and isinstance(field.value, list) else []


def read_header(path: Path) -> Header:
    """Read the header of the GGUF file at `path`.

    Raises `BaseCorrupt` where the file is not a GGUF file, is cut short or makes no sense.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (struct.error, UnicodeDecodeError, KeyError, ValueError, MemoryError) as error:
        message = f"{path} is not a whole GGUF file ({error}): download or build it again."
        raise BaseCorrupt(message) from error


def _read(file: BinaryIO) -> Header:
    if file.read(4) != MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, tensor_count, field_count = (
        _unpack(file, "<I"),
        _unpack(file, "<Q"),
        _unpack(file, "<Q"),
    )
    if version not in (2, 3) or max(tensor_count, field_count) > LONGEST:
        raise ValueError("its first numbers make no sense")
    fields = {}
    for _ in range(field_count):
        name = _string(file)
        fields[name] = _field(file)
    tensors = []
    for _ in range(tensor_count):
        name = _string(file)
        shape = tuple(_unpack(file, "<Q") for _ in range(_unpack(file, "<I")))
        tensors.append(Tensor(name, shape, kind=_unpack(file, "<I"), offset=_unpack(file, "<Q")))
    alignment = fields["general.alignment"].value if "general.alignment" in fields else 32
    assert isinstance(alignment, int)
    return Header(fields, tuple(tensors), data_start=-(-file.tell() // alignment) * alignment)


def _unpack(file: BinaryIO, layout: str) -> int:
    value: int = struct.unpack(layout, file.read(struct.calcsize(layout)))[0]
    return value


def _string(file: BinaryIO) -> str:
    length = _unpack(file, "<Q")
    if length > LONGEST:
        raise ValueError("a string is too long")
    raw = file.read(length)
    if len(raw) != length:
        raise ValueError("it is cut short")
    return raw.decode("utf-8")


def _field(file: BinaryIO) -> Field:
    kind = _unpack(file, "<I")
    if kind == STRING:
        return Field(_string(file), kind)
    if kind != ARRAY:
        return Field(_unpack(file, SCALARS[kind]), kind)
    item_kind, count = _unpack(file, "<I"), _unpack(file, "<Q")
    if count > LONGEST:
        raise ValueError("an array is too long")
    if item_kind == STRING:
        return Field([_string(file) for _ in range(count)], kind, item_kind)
    layout = SCALARS[item_kind]
    raw = file.read(struct.calcsize(layout) * count)
    return Field([value for (value,) in struct.iter_unpack(layout, raw)], kind, item_kind)
