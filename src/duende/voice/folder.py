"""A voice's folder: what its `voice.toml` says, read, written and held against its files.

    default/
      voice.toml      what it is, which base it is for, the hash of its file
      adapter.gguf    its weights, or model-….gguf where it brings a whole model
      README.md       the card, for people
      NOTICE          where the base's terms ask for one

Nothing here loads a model: a folder goes in, a `Manifest` comes out, and back.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from duende.errors import UnknownEra, VoiceError
from duende.poem import Language
from duende.voice.prompts import VERSION, check_era

FORMAT = 1
MANIFEST = "voice.toml"
LARGEST_MANIFEST = 1 << 20  # bytes; a file that is larger is something else
SHA256 = re.compile(r"[0-9a-f]{64}")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Kind = Literal["adapter", "model"]


@dataclass(frozen=True)
class BaseNeeded:
    """The base that an adapter was made for: its name, and the hash of its GGUF file."""

    name: str
    sha256: str


@dataclass(frozen=True)
class VoiceFile:
    """The one GGUF file of a voice: an adapter of a base, or a whole model."""

    name: str
    kind: Kind
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What `voice.toml` says.

    `era` is what the header names unless the reader chooses (empty: none), `base` the base that an
    adapter needs (None for a whole model). `recipe`, `data` and `scores` are for people and for
    reports: tables of numbers, texts, lists and further tables.
    """

    name: str
    description: Mapping[Language, str]
    file: VoiceFile
    base: BaseNeeded | None = None
    era: str = ""
    languages: tuple[Language, ...] = ("en", "es")
    prompt_version: int = VERSION
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """What the voice in `folder` says of itself.

    Raises `VoiceError` where there is no manifest, where it makes no sense, or where the voice was
    made for another format of folders or of prompts.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError("it is too large")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VoiceError(
            f"There is no voice in {folder}: a voice is a folder with a {MANIFEST} "
            "(`duende export` writes one)."
        ) from None
    except (OSError, ValueError) as error:
        raise VoiceError(f"{path} cannot be read ({error}): export the voice again.") from error
    if table.get("format") != FORMAT:
        raise VoiceError(
            f"{path} has format {table.get('format')!r}, and this duende reads {FORMAT}: "
            "install the duende that made it, or export the voice again."
        )
    try:
        manifest = _manifest(table)
    except (KeyError, TypeError, ValueError, UnknownEra) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise VoiceError(f"{path} makes no sense ({told}): export the voice again.") from error
    if manifest.prompt_version != VERSION:
        raise VoiceError(
            f"The voice in {folder} was taught version {manifest.prompt_version} of the prompt "
            f"format, and this duende writes version {VERSION}: train it again."
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the `voice.toml` of `folder`.

    Raises `TypeError` where one of the free tables holds what TOML cannot say.
    """
    file = manifest.file
    tables: dict[str, Mapping[str, Any]] = {
        "": {
            "format": FORMAT,
            "name": manifest.name,
            "prompt_version": manifest.prompt_version,
            "era": manifest.era,
            "languages": manifest.languages,
        },
        "description": {str(lang): told for lang, told in manifest.description.items()},
        **({"base": vars(manifest.base)} if manifest.base else {}),
        "file": vars(file),
        "recipe": manifest.recipe,
        "data": manifest.data,
        "scores": manifest.scores,
    }
    text = "\n".join(_toml(name, table) for name, table in tables.items() if table)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def check_files(folder: Path, manifest: Manifest) -> Path:
    """The path of the voice's GGUF file, once its size and its hash are those of the manifest.

    Raises `VoiceError` where it is gone, cut short or changed.
    """
    path, file = folder / manifest.file.name, manifest.file
    if not path.is_file():
        raise VoiceError(f"{path} is gone: export the voice {manifest.name!r} again.")
    size = path.stat().st_size
    if size != file.bytes:
        raise VoiceError(
            f"{path} has {size} bytes instead of {file.bytes}: copy the whole folder again."
        )
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != file.sha256:
        raise VoiceError(
            f"{path} is not the file that {MANIFEST} names (SHA-256 {found[:16]}… instead of "
            f"{file.sha256[:16]}…): copy the voice's folder again, or export it again."
        )
    return path


def _manifest(table: dict[str, Any]) -> Manifest:
    file = VoiceFile(
        name=_text(table["file"], "name"),
        kind=_one_of(table["file"]["kind"], get_args(Kind)),
        sha256=_hash(table["file"]),
        bytes=_number(table["file"], "bytes"),
    )
    if Path(file.name).name != file.name or "\\" in file.name:
        raise ValueError(f"the file {file.name!r} is not in the folder")
    base = None
    if file.kind == "adapter":
        base = BaseNeeded(_text(table["base"], "name"), _hash(table["base"]))
    languages = table["languages"]
    if not isinstance(languages, list) or not languages:
        raise ValueError("it names no languages")
    return Manifest(
        name=_text(table, "name"),
        description={lang: _text(table["description"], lang) for lang in get_args(Language)},
        file=file,
        base=base,
        era=check_era(table.get("era", "")),
        languages=tuple(_one_of(lang, get_args(Language)) for lang in languages),
        prompt_version=_number(table, "prompt_version"),
        **{name: dict(table.get(name, {})) for name in ("recipe", "data", "scores")},
    )


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value


def _number(table: Mapping[str, Any], name: str) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    return value


def _hash(table: Mapping[str, Any]) -> str:
    value = _text(table, "sha256")
    if not SHA256.fullmatch(value):
        raise ValueError("sha256 is not 64 hexadecimal digits")
    return value


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(map(repr, known))}")
    return value


def _toml(name: str, table: Mapping[str, Any]) -> str:
    """A table as TOML, with a table of its own for each table in it."""
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    plain = [
        f"{_key(key)} = {_value(value)}\n"
        for key, value in table.items()
        if key not in inner and value is not None
    ]
    head = f"[{name}]\n" if name and (plain or not inner) else ""
    return "\n".join(
        filter(
            None,
            [
                head + "".join(plain),
                *(_toml(f"{name}.{_key(key)}", value) for key, value in inner.items()),
            ],
        )
    )


def _key(name: object) -> str:
    key = str(name)
    return key if BARE_KEY.fullmatch(key) else json.dumps(key)


def _value(value: Any) -> str:
    """A value as TOML, whose strings are JSON's but for one character.

    >>> _value([1.5, "sí", True])
    '[1.5, "sí", true]'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())}}}"
    raise TypeError(f"TOML cannot say {value!r}")
