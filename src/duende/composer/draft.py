"""A poem in a form while it is written: the lines so far, and what each place of the form wants.

A form, its plan and the reader's lines go in. Knows how the voice is prompted for a line, and
nothing of how lines are found.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from duende.composer.engine import Sampling, seed_of
from duende.composer.fit import Fault, Wanted, faults
from duende.poem import Language
from duende.poetics.forms import Form, Shape, Slot
from duende.poetics.scan import scan
from duende.voice.prompts import Code, encode, last_word, preamble
from duende.voice.voices import Voice

SYLLABLES_A_WORD = 1.35
"""Fewer than verse has in either language, so that a poem has no more words than asked for."""


@dataclass
class Draft:
    """The poem so far: its lines without the blanks, their codes, what each was let off."""

    lang: Language
    voice: Voice
    era: str
    form: Form
    plan: Sequence[Slot]
    lines: list[str] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    let_off: list[tuple[Fault, ...]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    drawn: int = 0
    room: int = 99

    @property
    def examples(self) -> Sequence[Sequence[str]]:
        """The poems that the voice is shown."""
        return self.voice.examples.get(self.lang, ())

    def preamble(self, *, coded: bool) -> str:
        """What every prompt of the poem begins with, where codes are written and where not."""
        return preamble(
            lang=self.lang,
            era=self.era,
            form=self.form.id,
            coded=coded,
            examples=self.examples,
        )

    def prompt(self, place: int, wanted: Wanted | None = None, word: str = "") -> str:
        """The poem up to the line at `place`.

        Where something is `wanted`, as the voice writes in a form: with the codes of all lines and
        that of the next, open where there is no `word`. Else as it reads any poem.
        """
        codes = [*self.codes[:place], Code(wanted.syllables, word)] if wanted else None
        return encode(
            self._with_breaks(place),
            lang=self.lang,
            era=self.era,
            form=self.form.id,
            codes=codes,
            examples=self.examples,
        )

    def wanted(self, place: int) -> Wanted | None:
        """What the line at `place` (0 is the first) has to be; None where it may be anything."""
        slot = self.plan[place]
        if not slot.syllables:
            return None
        others = [
            (other, line)
            for at, (other, line) in enumerate(zip(self.plan, self.lines, strict=False))
            if at != place
        ]
        key = _key(slot)
        return Wanted(
            lang=self.lang,
            syllables=self._syllables(slot),
            metre=slot.metre,
            tolerance=self.form.tolerance,
            kind=self.form.rhyme,
            fellows=tuple(line for other, line in others if key and _key(other) == key),
            strangers=tuple(line for other, line in others if _key(other) != key)
            if self.form.rhyme
            else (),
            used=frozenset(last_word(line) for _, line in others),
        )

    def begin(self, lines: Sequence[str]) -> None:
        """Take the reader's lines as they are; what they do not keep is told."""
        for line in lines:
            place = len(self.lines)
            wanted = self.wanted(place)
            told = [
                faults(line, replace(wanted, syllables=each))
                for each in self.plan[place].syllables
                if wanted
            ]
            self.add(line, min(told, key=len, default=()))

    def add(self, line: str, let_off: tuple[Fault, ...] = ()) -> None:
        """Let a line stand."""
        (said,) = scan(line, lang=self.lang).lines
        self.lines.append(line)
        self.codes.append(Code(said.syllables, last_word(line) or "…"))
        self.let_off.append(let_off)

    def draws(self, sampling: Sampling, count: int) -> list[Sampling]:
        """So many samplings that were not used for this poem yet."""
        first, self.drawn = self.drawn, self.drawn + count
        return [
            replace(sampling, seed=seed_of(sampling.seed, number))
            for number in range(first, self.drawn)
        ]

    def fellows_to_come(self, place: int) -> int:
        """How many of the lines to be written after a place rhyme with it."""
        key = _key(self.plan[place])
        to_come = (slot for slot in self.plan[place + 1 :] if slot.refrain is None)
        return sum(_key(slot) == key for slot in to_come) if key else 0

    def _with_breaks(self, place: int) -> list[str]:
        """The lines before a place with a blank one between stanzas, before that place too."""
        found: list[str] = []
        for at, line in enumerate([*self.lines[:place], ""]):
            if at and self.plan[at].stanza != self.plan[at - 1].stanza:
                found.append("")
            found.append(line)
        return found[:-1]

    def _syllables(self, slot: Slot) -> int:
        """The count to aim at; where there are several, the one that was used least."""
        used = Counter(code.syllables for code in self.codes)
        return min(slot.syllables, key=lambda count: used[count])


def nearest_shape(form: Form, first_line: str, lang: Language) -> Shape:
    """The shape of the form whose first line counts what `first_line` does, else the usual one.

    A line that is one syllable off the usual measure has slipped, and does not ask for another; one
    of twice the usual is two of them, as *romances* used to be printed, and the poem goes on in it.

    >>> from duende.poetics.forms import find_form
    >>> soneto = find_form("soneto", "es")
    >>> nearest_shape(soneto, "Mi madre cuenta en voz alta los peldaños", "es").syllables[0]
    (11,)
    >>> nearest_shape(soneto, "Te llevaste el abrigo y me dejaste el frío", "es").syllables[0]
    (14,)
    >>> long = "Cada noche mi vecina cambia los muebles de sitio"
    >>> nearest_shape(find_form("romance", "es"), long, "es").syllables[0]
    (8,)
    """
    usual = form.shapes[0]
    near = [Wanted(lang, each, tolerance=form.tolerance) for each in usual.syllables[0]]
    if any("syllables" not in faults(first_line, each) for each in near):
        return usual
    twice = tuple(2 * each for each in usual.syllables[0])
    for shape in form.shapes:
        if shape.syllables[0] == twice:
            continue
        wanted = (Wanted(lang, each, tolerance=form.tolerance) for each in shape.syllables[0])
        if not all(faults(first_line, each) for each in wanted):
            return shape
    return usual


def plan_within(form: Form, words: int, shape: Shape | None = None) -> tuple[Slot, ...]:
    """The form's plan in as many turns as will fit into some `words` words, one at least.

    `shape` is one of the form's, the usual one where it is None.

    >>> from duende.poetics.forms import find_form
    >>> soneto, romance = (find_form(name, "es") for name in ("soneto", "romance"))
    >>> len(plan_within(soneto, 40)), len(plan_within(romance, 60)), len(plan_within(romance, 200))
    (14, 10, 16)
    """
    plan = form.plan(shape=shape)
    for lines in range(form.lines, 0, -len(shape or form.shapes[0])):
        plan = form.plan(lines, shape=shape)
        if sum(max(slot.syllables, default=0) for slot in plan) <= words * SYLLABLES_A_WORD:
            break
    return plan


def _key(slot: Slot) -> str:
    """What lines that rhyme have in common."""
    return (slot.letter or "").upper()
