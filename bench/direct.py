"""What duende does in one process, with no HTTP: the engine alone, and whole poems.

The functions here are called in a process of their own, where the engine is loaded once.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from bench.record import EngineRun, Poems, Run
from duende.composer.composer import Composer
from duende.composer.engine import Engine, Sampling
from duende.composer.engines import open_engine
from duende.composer.request import ask
from duende.poem import Language, count_words
from duende.settings import Settings
from duende.voice.prompts import encode
from duende.voice.voices import find_voice, fit

FIRST_LINES: dict[Language, tuple[str, ...]] = {
    "es": (
        "La casa guarda el ruido de la lluvia",
        "Anoche dejé la ventana abierta",
        "Nadie recuerda el nombre de esta calle",
        "Mi madre cosía mientras oscurecía",
        "El tren se fue con todas las palabras",
        "Hay un pájaro dentro del invierno",
        "Cuando volví, la mesa estaba puesta",
        "El mar no sabe nada de nosotros",
    ),
    "en": (
        "The kitchen light was on when I came home",
        "Nobody told the river it was spring",
        "I keep your letters in a box of salt",
        "The snow has learned the shape of every roof",
        "My father taught me how to read the sky",
        "There is a door that opens on the sea",
        "We left the city with the radio on",
        "The last train carried nothing but its sound",
    ),
}
"""The readers' lines: ours, so that nothing that is known by heart is measured."""
MAX_WORDS = 120
Asking = dict[str, Any]


def asking(lang: Language, number: int, *, max_words: int = MAX_WORDS) -> Asking:
    """What the n-th reader asks for, always the same: the body of a request to the API.

    >>> asking("es", 8)["first_line"] == asking("es", 0)["first_line"]
    True
    """
    lines = FIRST_LINES[lang]
    line = lines[number % len(lines)]
    return {"first_line": line, "lang": lang, "max_words": max_words, "seed": 1000 + number}


@cache
def loaded_engine() -> Engine:
    """The engine of the settings, loaded and warmed up on the first call, as the service does."""
    engine = open_engine(Settings())
    Composer(engine).warm_up()
    return engine


def base_bytes() -> int:
    """The size of the base that the engine runs, 0 where it has none."""
    base = loaded_engine().base
    return base.path.stat().st_size if base else 0


def measure_engine(
    readers: int, tokens: int, *, lang: Language = "es", adapted: bool = True
) -> EngineRun:
    """Let the engine write `tokens` tokens for each of some readers at once.

    The prompt is a poem's, as the default voice is asked for one; the voice writes, or the bare
    base where it is not `adapted`.
    """
    engine = loaded_engine()
    voice = fit(find_voice("default", Settings().voices), engine.base)
    asked = partial(
        encode,
        lang=lang,
        era=voice.era_of(""),
        form="free",
        examples=voice.examples.get(lang, ()),
    )
    stamps: list[list[float]] = [[] for _ in range(readers)]

    def write(reader: int) -> None:
        first_line = FIRST_LINES[lang][reader % len(FIRST_LINES[lang])]
        sampling = Sampling(
            temperature=1.0, top_p=0.9, seed=reader, may_end=False, blank_lines=False
        )
        with engine.lane(voice=voice if adapted else None, preamble=asked([])) as lane:
            for _ in lane.continue_text(asked([first_line]), sampling, max_tokens=tokens):
                stamps[reader].append(time.perf_counter())

    begun = time.perf_counter()
    together([partial(write, reader) for reader in range(readers)])
    whole = Run(readers * tokens, max(each[-1] for each in stamps) - begun)
    since, until = max(each[0] for each in stamps), min(each[-1] for each in stamps)
    if until <= since:  # they hardly met: too few tokens were asked for
        return EngineRun(readers, whole, whole)
    written = sum(since < stamp <= until for each in stamps for stamp in each)
    return EngineRun(readers, whole, Run(written, until - since))


def write_poems(askings: Sequence[Asking]) -> Poems:
    """Write a poem for each reader, all at once, in this process."""
    composer = Composer(loaded_engine())

    def write(asked: Asking) -> tuple[float, str]:
        writing = composer.write(ask(**asked))
        lines = writing.lines()
        next(lines)  # the reader's own
        next(lines, None)
        first = time.perf_counter()
        return first, writing.poem.text

    return gather(askings, write, way="direct", count=count_tokens)


def count_tokens(texts: Sequence[str]) -> int:
    """How many tokens the engine needs for `texts`, line breaks included; 0 where it has none."""
    tokenize = getattr(loaded_engine(), "tokenize", None)
    return sum(len(tokenize(text)) for text in texts) if tokenize else 0


def gather(
    askings: Sequence[Asking],
    write: Callable[[Asking], tuple[float, str]],
    *,
    way: str,
    count: Callable[[Sequence[str]], int],
) -> Poems:
    """Call `write` for each reader at once and count what comes, with `count` for the tokens.

    `write` takes what a reader asks for, and returns when the first words of ours came and the
    poem's whole text.
    """
    found: dict[int, tuple[float, str]] = {}
    begun = time.perf_counter()

    def read(number: int) -> None:
        found[number] = write(askings[number])

    together([partial(read, number) for number in range(len(askings))])
    seconds = time.perf_counter() - begun
    texts = [found[number][1] for number in range(len(askings))]
    ours = [text.partition("\n")[2] for text in texts]
    return Poems(
        way=way,
        lang=askings[0]["lang"],
        readers=len(askings),
        words=sum(map(count_words, ours)),
        tokens=count(ours),
        seconds=seconds,
        first_words=[found[number][0] - begun for number in range(len(askings))],
        sent=blake2b("\n\n".join(texts).encode(), digest_size=6).hexdigest(),
    )


def together(works: Sequence[Callable[[], None]]) -> None:
    """Do all of `works` at once, each in a thread; the first error is raised again."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def build_base() -> float | None:
    """The seconds that building the embedded base takes from nothing, in a folder of its own.

    None where the settings name another base, or an engine that has none.
    """
    from duende.voice.base import embedded

    settings = Settings()
    if settings.base or settings.engine != "llamacpp":
        return None
    with tempfile.TemporaryDirectory(prefix="duende-bench-") as folder:
        begun = time.perf_counter()
        embedded(Path(folder))
        return time.perf_counter() - begun
