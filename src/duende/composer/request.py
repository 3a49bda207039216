"""What a reader may ask for: it goes in as it was said, and comes out checked.

What cannot be done is answered with a sentence that says what to do.
"""

import secrets
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import category

from duende.composer.draft import nearest_shape, plan_within
from duende.errors import (
    FirstLineError,
    LengthError,
    SamplingError,
    UnknownForm,
    UnknownLanguage,
    UnknownLine,
)
from duende.language import Identification, check_language, identify
from duende.poem import Language, count_words
from duende.poetics.forms import Form, Slot, find_form, forms
from duende.voice.prompts import check_era
from duende.voice.voices import DEFAULT, Voice, find_voice

LONGEST_FIRST_LINE = 300
MAX_WORDS = 200
TEMPERATURE = 1.0
TOP_P = 0.9
VOICE = DEFAULT
FREE = "free"
LEAST_WORDS = 3  # in a line of a form, in the mean
HOTTEST = 2.0
MOST_CANDIDATES = 20
SEEDS = 2**32
CONTROLS = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
REVERSING = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they turn what follows around
)


@dataclass(frozen=True)
class Request:
    """What the reader asks for, checked: see `ask`.

    `more` are the lines after the first that stand already, blank ones between stanzas: see
    `ask_more`.
    """

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
    more: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that stand already, without the blank ones."""
        return (self.first_line, *filter(None, self.more))

    @property
    def plan(self) -> tuple[Slot, ...]:
        """What each line has to be, as near the first line's own measure as the form allows.

        Where more lines than that stand already, as many turns as they begin, and one more.
        """
        shape = nearest_shape(self.form, self.first_line, self.lang)
        plan = plan_within(self.form, self.max_words, shape)
        if len(plan) > len(self.lines):
            return plan
        return self.form.plan(len(self.lines) + len(shape), shape=shape)


def ask(
    first_line: str,
    *,
    lang: str = "auto",
    form: str = FREE,
    era: str = "",
    max_words: int = MAX_WORDS,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    seed: int | None = None,
    voice: str | Voice = VOICE,
) -> Request:
    """Check what a reader asks for.

    `first_line` has 1 to 300 characters after trimming, on one line. `lang` is `en`, `es` or
    `auto`; `max_words` counts the reader's words too (1 to 200); a form takes as many of its turns
    as fit, one at least. `era` is one of
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
    chosen_form = _find_writable_form(form, chosen, writer)
    lines = len(plan_within(chosen_form, max_words)) if chosen_form.id != FREE else 0
    if LEAST_WORDS * lines > max_words:
        raise LengthError(
            f"max_words is {max_words}, and the form {chosen_form.id!r} has {lines} lines: "
            f"ask for {LEAST_WORDS * lines} words or more."
        )
    return Request(
        first_line=line,
        lang=chosen,
        identified=identified,
        lang_assumed=lang == "auto",
        form=chosen_form,
        era=check_era(era),
        voice=writer,
        max_words=max_words,
        temperature=temperature,
        top_p=top_p,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        seeded=seed is not None,
    )


def ask_more(text: str, **settings: Any) -> Request:
    """Check what a reader asks for whose poem is to go on.

    `text` is the poem so far; the `settings` are those of `ask`, and `max_words` counts its words
    too. A form goes on to its end, or by a turn where it is whole and has turns.

    >>> ask_more("Bajo el sol\\n\\ncanta el agua").lines
    ('Bajo el sol', 'canta el agua')

    Raises what `ask` does, and `LengthError` where there is nothing to add.
    """
    lines = [each.strip() for each in text.strip().splitlines()]
    first, *more = lines or [""]
    for each in filter(None, more):
        check_first_line(each)
    lang = settings.get("lang", "auto")
    asked = ask(first, **settings | {"lang": identify(text).lang if lang == "auto" else lang})
    asked = replace(asked, lang_assumed=lang == "auto", more=tuple(more))
    if count_words(text) >= asked.max_words:
        raise LengthError(
            f"The poem has {count_words(text)} words and max_words is {asked.max_words}: nothing "
            "can be added."
        )
    if asked.form.id != FREE and len(asked.plan) <= len(asked.lines):
        raise LengthError(
            f"The poem has {len(asked.lines)} lines, and with {len(asked.plan)} the form "
            f"{asked.form.id!r} is whole: go on in free verse."
        )
    return asked


@dataclass(frozen=True)
class RewriteRequest:
    """A poem, the line of which other versions are wanted, and how they are to be written."""

    lines: tuple[str, ...]
    place: int
    lang: Language
    form: Form
    era: str
    voice: Voice
    candidates: int
    temperature: float
    top_p: float
    seed: int


def ask_rewrite(
    text: str,
    *,
    line: int,
    lang: str = "auto",
    form: str = FREE,
    candidates: int = 5,
    era: str = "",
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    seed: int | None = None,
    voice: str | Voice = VOICE,
) -> RewriteRequest:
    """Check what a reader asks for who wants another line in place of one.

    `text` is the poem, up to 200 words; `line` the number of the line, blank ones not counted, the
    first is 1; `candidates` how many are wanted, 1 to 20. The rest is as for `ask`.

    >>> ask_rewrite("Bajo el sol\\n\\ncanta el agua.", line=2).lines
    ('Bajo el sol', 'canta el agua.')

    Raises what `ask` does, and `UnknownLine`.
    """
    lines = tuple(each.strip() for each in text.splitlines() if each.strip())
    if not 1 <= line <= len(lines):
        raise UnknownLine(f"The poem has {len(lines)} lines, and line {line} is none of them.")
    if not 1 <= candidates <= MOST_CANDIDATES:
        raise SamplingError(f"candidates is {candidates}: choose 1 to {MOST_CANDIDATES}.")
    if count_words(text) > MAX_WORDS:
        raise LengthError(f"The poem has {count_words(text)} words: {MAX_WORDS} at most.")
    for each in lines:
        check_first_line(each)
    asked = ask(
        lines[0],
        lang=identify(text).lang if lang == "auto" else lang,
        form=form,
        era=era,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        voice=voice,
    )
    return RewriteRequest(
        lines=lines,
        place=line - 1,
        lang=asked.lang,
        form=asked.form,
        era=asked.era,
        voice=asked.voice,
        candidates=candidates,
        temperature=temperature,
        top_p=top_p,
        seed=asked.seed,
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

    >>> [form.id for form in writable_forms() if form.lang == ("en", "es")]
    ['free', 'haiku', 'tanka']
    """
    return forms()


def _find_writable_form(name: str, lang: Language, voice: Voice) -> Form:
    """The form called `name`, if `voice` can write poems in `lang` in it. Raises `UnknownForm`."""
    form = find_form(name, lang)
    if form.id != FREE and not voice.trained:
        raise UnknownForm(
            f"The voice {voice.name!r} was never taught verse line by line, so it writes free "
            "verse alone: choose another voice, or no form."
        )
    return form
