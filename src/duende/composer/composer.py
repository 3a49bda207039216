"""The composer: a first line becomes a poem.

What the reader asks for goes in and is checked; a `Writing` comes out, which yields the poem's
lines as they are written and holds the `Poem` when they are done.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from unicodedata import category, normalize

from duende.composer.engine import Engine, Lane, Sampling
from duende.composer.free import longest_run, plain_words, write_free
from duende.errors import (
    FirstLineError,
    LengthError,
    SamplingError,
    UnknownForm,
    UnknownLanguage,
)
from duende.language import Identification, check_language, identify
from duende.poem import Finish, Language, LineReport, Poem, Report, count_words
from duende.poetics.forms import Form, find_form, forms
from duende.voice.prompts import VERSION, check_era, preamble
from duende.voice.voices import DEFAULT, Voice, find_voice, fit

LONGEST_FIRST_LINE = 300
MAX_WORDS = 200
TEMPERATURE = 1.0
TOP_P = 0.9
VOICE = DEFAULT
WRITABLE = ("free",)  # of the forms that can be scanned for
HOTTEST = 2.0
SEEDS = 2**32
CONTROLS = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
REVERSING = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they turn what follows around
)


@dataclass(frozen=True)
class Request:
    """What the reader asks for, checked: see `ask`."""

    first_line: str
    lang: Language
    identified: Identification
    lang_assumed: bool
    form: Form
    era: str
    voice: Voice
    max_words: int
    temperature: float
    top_p: float
    seed: int
    seeded: bool


def ask(
    first_line: str,
    *,
    lang: str = "auto",
    form: str = "free",
    era: str = "",
    max_words: int = MAX_WORDS,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    seed: int | None = None,
    voice: str | Voice = VOICE,
) -> Request:
    """Check what a reader asks for.

    `first_line` has 1 to 300 characters after trimming, on one line. `lang` is `en`, `es` or
    `auto`; `max_words` counts the reader's words too (1 to 200). `era` is one of
    `duende.voice.prompts.ERAS`, or empty for the voice's own; the bare base knows none.
    `temperature` (0 to 2) is how bold the poem is, `top_p` (0 to 1) how much of the unlikely is
    left in. `seed` (0 to 2³² - 1) fixes the draw; without it one is drawn. `voice` is the name of
    one of the package's, or a voice that was found elsewhere.

    >>> ask("  Bajo el sol ").first_line
    'Bajo el sol'
    >>> ask("Bajo el sol").lang
    'es'

    Raises `FirstLineError`, `LengthError`, `SamplingError`, `UnknownLanguage`, `UnknownForm`,
    `UnknownEra`, `UnknownVoice` or `VoiceError`, each with a sentence that says what to do.
    """
    line = check_first_line(first_line)
    identified = identify(line)
    chosen = identified.lang if lang == "auto" else check_language(lang)
    writer = find_voice(voice) if isinstance(voice, str) else voice
    if chosen not in writer.languages:
        raise UnknownLanguage(
            f"The voice {writer.name!r} writes in {' and '.join(writer.languages)} alone, not in "
            f"{chosen!r}: choose another voice, or that language."
        )
    if not 1 <= max_words <= MAX_WORDS:
        raise LengthError(f"max_words is {max_words}: ask for 1 to {MAX_WORDS} words.")
    if count_words(line) > max_words:
        raise LengthError(
            f"Your line alone has {count_words(line)} words and max_words is {max_words}: "
            "ask for more words, or begin with fewer."
        )
    if not 0 <= temperature <= HOTTEST:
        raise SamplingError(f"temperature is {temperature}: choose 0 to {HOTTEST:g}.")
    if not 0 < top_p <= 1:
        raise SamplingError(f"top_p is {top_p}: choose more than 0 and at most 1.")
    if seed is not None and not 0 <= seed < SEEDS:
        raise SamplingError(f"seed is {seed}: choose 0 to {SEEDS - 1}.")
    return Request(
        first_line=line,
        lang=chosen,
        identified=identified,
        lang_assumed=lang == "auto",
        form=_find_writable_form(form, chosen),
        era=check_era(era),
        voice=writer,
        max_words=max_words,
        temperature=temperature,
        top_p=top_p,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        seeded=seed is not None,
    )


def check_first_line(first_line: str) -> str:
    """The reader's line, trimmed and otherwise as it is. Raises `FirstLineError`."""
    line = first_line.strip()
    if not any(category(letter)[0] in "LNPS" for letter in line):
        raise FirstLineError("The first line is empty: write a few words to begin with.")
    if len(line) > LONGEST_FIRST_LINE:
        raise FirstLineError(
            f"The first line has {len(line)} characters: {LONGEST_FIRST_LINE} at most."
        )
    if "\n" in line or "\r" in line:
        raise FirstLineError("The first line runs over several lines: write one.")
    if any(category(letter) in CONTROLS or letter in REVERSING for letter in line):
        raise FirstLineError("The first line has control characters: type it again as plain text.")
    return line


def writable_forms() -> tuple[Form, ...]:
    """The forms that can be asked for.

    >>> [form.id for form in writable_forms()]
    ['free']
    """
    return tuple(form for form in forms() if form.id in WRITABLE)


def _find_writable_form(name: str, lang: Language) -> Form:
    """The form called `name`, if poems in `lang` can be written in it. Raises `UnknownForm`."""
    known = ", ".join(form.id for form in writable_forms() if lang in form.lang)
    try:
        form = find_form(name, lang)
    except UnknownForm:
        raise UnknownForm(
            f"There is no form {name!r} in {lang!r}: choose one of {known}."
        ) from None
    if form.id not in WRITABLE:
        raise UnknownForm(
            f"The form {form.id!r} can be scanned for but not yet written: choose one of {known}."
        )
    return form


class Writing:
    """A poem while it is written: iterate over its text, then read `poem`.

    Each piece is a line with its line break (the last has none), given when it is accepted.
    `stop`, from any thread, ends the poem after the line that stands; leaving the loop does too.
    Raises `VoiceError` where the voice was made for another base than the engine's.
    """

    def __init__(self, engine: Engine, request: Request, *, apart: bool = False) -> None:
        self.request = request
        self._voice = fit(request.voice, engine.base)
        self._era = self._voice.era_of(request.era)
        self._engine = engine
        self._apart = apart
        self._stopped = threading.Event()
        self._poem: Poem | None = None
        self._lines: Generator[str, None, None] | None = None
        self._given: list[str] = []

    def stop(self) -> None:
        """End the poem after the lines that were given so far."""
        self._stopped.set()

    @property
    def poem(self) -> Poem:
        """The poem; writes what is left of it first."""
        for _ in self:
            pass
        assert self._poem is not None
        return self._poem

    def __iter__(self) -> Iterator[str]:
        lines = self.lines()
        try:
            for line in lines:
                yield line if len(self._given) == 1 else "\n" + line
        finally:
            lines.close()

    def lines(self) -> Generator[str, None, None]:
        """Yield the lines one by one; a second call goes on where the first was left."""
        if self._lines is None:
            self._lines = self._write()
        return self._lines

    def _write(self) -> Generator[str, None, None]:
        rejected: Counter[str] = Counter()
        finish: Finish = "stopped"
        alone = True
        try:
            self._given.append(self.request.first_line)
            yield self.request.first_line
            with self._open_lane() as lane:
                written = self._begin(lane, rejected)
                try:
                    while True:
                        self._given.append(next(written))
                        yield self._given[-1]
                except StopIteration as end:
                    finish = end.value
                finally:
                    written.close()
                    alone = lane.alone
        finally:
            self._poem = self._finished(finish, alone, rejected)

    @property
    def _examples(self) -> tuple[tuple[str, ...], ...]:
        return self._voice.examples.get(self.request.lang, ())

    def _open_lane(self) -> AbstractContextManager[Lane]:
        request = self.request
        opening = preamble(
            lang=request.lang, era=self._era, form=request.form.id, examples=self._examples
        )
        return self._engine.lane(voice=self._voice, preamble=opening, apart=self._apart)

    def _begin(self, lane: Lane, rejected: Counter[str]) -> Generator[str, None, Finish]:
        request = self.request
        return write_free(
            lane,
            first_line=normalize("NFC", request.first_line),
            lang=request.lang,
            voice=self._voice,
            era=self._era,
            max_words=request.max_words,
            sampling=Sampling(request.temperature, request.top_p, request.seed),
            rejected=rejected,
            stopped=self._stopped.is_set,
        )

    def _finished(self, finish: Finish, alone: bool, rejected: Counter[str]) -> Poem:
        request, lines = self.request, self._given
        file = self._voice.file
        base = None if file and file.kind == "model" else self._engine.base
        found = [identify(line) for line in lines]
        words = plain_words(" ".join(lines[1:]))
        report = Report(
            lines=tuple(LineReport(each.lang, round(each.certainty, 3)) for each in found),
            lang_certainty=round(request.identified.certainty, 3),
            known_language=request.identified.known,
            alone=alone,
            rejected=dict(sorted(rejected.items())),
            copied_words=max(
                (longest_run(words, plain_words(" ".join(poem))) for poem in self._examples),
                default=0,
            ),
            temperature=request.temperature,
            top_p=request.top_p,
            max_words=request.max_words,
            era=self._era,
            engine=self._engine.name,
            base=base.name if base else "",
            base_sha256=base.sha256 if base else "",
            voice_sha256=file.sha256 if file else "",
            prompt_version=VERSION,
        )
        return Poem(
            text="\n".join(lines),
            lang=request.lang,
            form=request.form.id,
            first_line=request.first_line,
            lang_assumed=request.lang_assumed,
            seed=request.seed,
            voice=request.voice.name,
            finish=finish,
            report=report,
        )


class Composer:
    """Writes poems on one engine, as many at once as it has slots.

    With `seeded_alone` a poem whose seed the reader gave is written in a lane of its own, so that
    the same seed gives the same poem however many others are being written.
    """

    def __init__(self, engine: Engine, *, seeded_alone: bool = False) -> None:
        self.engine = engine
        self.seeded_alone = seeded_alone

    def write(self, request: Request) -> Writing:
        """Begin a poem; nothing is written until the result is read.

        Raises `VoiceError` where the voice was made for another base.
        """
        return Writing(self.engine, request, apart=self.seeded_alone and request.seeded)

    def compose(self, request: Request) -> Poem:
        """Write a whole poem."""
        return self.write(request).poem

    def warm_up(self, voice: Voice | None = None) -> None:
        """Load and read what every poem needs, so that the first reader does not wait for it.

        `voice` is the one that readers will ask for most, the package's default if None.
        """
        identify("Good morning")
        voice = fit(voice or find_voice(VOICE), self.engine.base)
        for lang in voice.languages:
            opening = preamble(
                lang=lang,
                era=voice.era_of(""),
                form="free",
                examples=voice.examples.get(lang, ()),
            )
            with self.engine.lane(voice=voice, preamble=opening) as lane:
                list(lane.continue_text(opening, Sampling(TEMPERATURE, TOP_P, 0), max_tokens=1))
