"""The voices: who can write, and what each needs to be asked.

A name or a path goes in, a `Voice` comes out. Voices come from the package
(`voice/voices/NAME/`), from the user's folder of folders, and from any folder that a path names. A
trained voice is told the era and the form; the bare base, which was never told anything, learns
from two poems of ours, placed before the reader's line, what is wanted of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from duende.errors import UnknownVoice, VoiceError
from duende.language import LANGUAGES
from duende.poem import Language
from duende.voice.base import Base
from duende.voice.folder import MANIFEST, Manifest, VoiceFile, check_files, read_manifest

DEFAULT, BASE = "default", "base"
SHIPPED = Path(__file__).parent / "voices"
MODEL_FILE = ".gguf"


@dataclass(frozen=True)
class Voice:
    """A voice: its name, what it is (in each language), and what it writes with.

    A trained voice has a `folder` and its `manifest`; the bare base has `examples`, by language.
    """

    name: str
    description: Mapping[Language, str]
    examples: Mapping[Language, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    folder: Path | None = None
    manifest: Manifest | None = None

    @property
    def trained(self) -> bool:
        """Whether it has weights of its own, and knows what a header says."""
        return self.manifest is not None

    @property
    def file(self) -> VoiceFile | None:
        """Its weights, if it has any: an adapter of the base, or a whole model."""
        return self.manifest.file if self.manifest else None

    @property
    def era(self) -> str:
        """The era that it writes in unless the reader chooses one."""
        return self.manifest.era if self.manifest else ""

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that it writes in."""
        return self.manifest.languages if self.manifest else LANGUAGES

    def era_of(self, asked: str) -> str:
        """The era that its header names where the reader asked for `asked` (empty: for none).

        >>> find_voice("base").era_of("golden-age")
        ''
        """
        return (asked or self.era) if self.trained else ""

    def checked_file(self) -> Path:
        """The path of its weights, whose hash was just looked at.

        Raises `VoiceError` where they are damaged, and `ValueError` where it has none.
        """
        if self.folder is None or self.manifest is None:
            raise ValueError(f"the voice {self.name!r} has no file")
        return check_files(self.folder, self.manifest)


@dataclass(frozen=True)
class Shelf:
    """The voices that can be asked for by name, the default first.

    `faults` has a sentence for each folder that should be a voice and is none.
    """

    voices: tuple[Voice, ...]
    faults: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Voice:
        """The voice called `name`. Raises `UnknownVoice`, and `VoiceError` where it is damaged."""
        for voice in self.voices:
            if voice.name == name:
                return voice
        if name in self.faults:
            raise VoiceError(self.faults[name])
        known = ", ".join(voice.name for voice in self.voices)
        raise UnknownVoice(f"There is no voice {name!r}: choose one of {known}.")

    def usable(self, base: Base | None) -> tuple[Voice, ...]:
        """Those that can write on `base`, as they do: see `fit`."""
        found = []
        for voice in self.voices:
            with suppress(VoiceError):
                found.append(fit(voice, base))
        return tuple(found)

    def open(self, name: str) -> Voice:
        """The voice that `name` says: one of these, else one in the folder or file of that path.

        Raises `UnknownVoice` where there is neither, and `VoiceError` where it is damaged.
        """
        path = Path(name).expanduser()
        named = any(name == voice.name for voice in self.voices) or name in self.faults
        return self.find(name) if named or not path.exists() else voice_at(path)


def shelf_of(folder: Path | None = None) -> Shelf:
    """The package's voices and those of the user's `folder`, which stand before the package's.

    >>> shelf_of().find("base").trained
    False
    """
    bare = {voice.name: voice for voice in (_bare_default(), _bare_base())}
    trained: dict[str, Voice] = {}
    faults: dict[str, str] = {}
    for place in (SHIPPED, *([folder] if folder else [])):
        for path in _folders(place):
            try:
                trained[path.name] = _free_name(voice_at(path, name=path.name))
                faults.pop(path.name, None)
            except VoiceError as error:
                faults[path.name] = str(error)
                trained.pop(path.name, None)
    default = trained.pop(DEFAULT, bare[DEFAULT])
    shown = [] if DEFAULT in faults else [default]
    return Shelf((*shown, *trained.values(), bare[BASE]), faults)


def voices(folder: Path | None = None) -> tuple[Voice, ...]:
    """Every voice that can be asked for by name, the default first."""
    return shelf_of(folder).voices


def find_voice(name: str, folder: Path | None = None) -> Voice:
    """The voice called `name`, of the package or of the user's `folder`.

    >>> find_voice("base").name
    'base'

    Raises `UnknownVoice`, and `VoiceError` where it is damaged.
    """
    return shelf_of(folder).find(name)


def voice_at(path: Path, *, name: str = "") -> Voice:
    """The voice in a folder, or whose GGUF file `path` is, under a `name` or under its own.

    Raises `VoiceError` where there is none or its manifest makes no sense.
    """
    folder = path if path.is_dir() else path.parent
    manifest = read_manifest(folder)
    if folder != path and path.name not in (manifest.file.name, MANIFEST):
        raise VoiceError(
            f"{path} is not the file of the voice beside it, which is {manifest.file.name}: "
            "name that one, or its folder."
        )
    return Voice(name or manifest.name, manifest.description, {}, folder, manifest)


def fit(voice: Voice, base: Base | None) -> Voice:
    """The voice, if it can write on `base` (None: an engine without a model, which takes any).

    Where the package's own default was made for another base, the base in use writes by examples.
    Raises `VoiceError` where any other voice was.
    """
    needed = voice.manifest.base if voice.manifest else None
    if needed is None or base is None or needed.sha256 == base.sha256:
        return voice
    if voice.name == DEFAULT and voice.folder == SHIPPED / DEFAULT:
        return _bare_default()
    raise VoiceError(
        f"The voice {voice.name!r} was made for the base {needed.name} (SHA-256 "
        f"{needed.sha256[:16]}…), and {base.name} ({base.sha256[:16]}…) is in use: set DUENDE_BASE "
        "to that base, or leave it unset for the embedded one."
    )


def _folders(place: Path) -> Iterator[Path]:
    """The folders in a folder of voices, hidden ones left out."""
    try:
        found = sorted(path for path in place.iterdir() if path.is_dir())
    except OSError:
        return  # nobody has put a voice there
    yield from (path for path in found if not path.name.startswith((".", "_")))


def _free_name(voice: Voice) -> Voice:
    if voice.name == BASE:
        raise VoiceError(
            f"{voice.folder} cannot be asked for, since {BASE!r} is the bare base: rename it."
        )
    return voice


def _bare_default() -> Voice:
    told: dict[Language, str] = {
        "en": "The voice that writes unless another is asked for; here the bare base.",
        "es": "La voz que escribe si no se pide otra; aquí, el modelo base sin más.",
    }
    return Voice(DEFAULT, told, _examples())


def _bare_base() -> Voice:
    told: dict[Language, str] = {
        "en": "The bare base model, shown two example poems.",
        "es": "El modelo base sin más, con dos poemas de ejemplo.",
    }
    return Voice(BASE, told, _examples())


@cache
def _examples() -> dict[Language, tuple[tuple[str, ...], ...]]:
    found = {}
    for lang in LANGUAGES:
        path = Path(__file__).parent / "examples" / f"{lang}.txt"
        poems = path.read_text(encoding="utf-8").strip().split("\n\n")
        found[lang] = tuple(tuple(poem.split("\n")) for poem in poems)
    return found
