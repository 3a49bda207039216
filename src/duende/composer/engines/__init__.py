"""The engines: each continues a text in its own way, and all keep `duende.composer.engine`."""

from duende.composer.engine import Engine
from duende.settings import Settings


def open_engine(settings: Settings) -> Engine:
    """Load the engine that the settings ask for with its voices, and build its base if need be.

    Raises `EngineMissing`, `BaseMissing`, `BaseCorrupt` or `NotEnoughMemory`.
    """
    if settings.engine == "echo":
        from duende.composer.engines.echo import Echo

        return Echo(slots=settings.slots)

    from duende.composer.engines.llamacpp import LlamaCpp
    from duende.voice.base import locate
    from duende.voice.voices import voices

    base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
    known = voices(settings.voices)
    return LlamaCpp(base, slots=settings.slots, threads=settings.threads, voices=known)
