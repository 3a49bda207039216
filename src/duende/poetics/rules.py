"""The rules of a form, each held against a poem: measure, rhyme, refrains.

A poem's lines and a form go in; the share of them that keep a rule comes out, and what breaks it.
Knows nothing of words: whoever calls says what a line counts and which lines rhyme.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from duende.poem import Language
from duende.poetics.forms import ANY, SOMEHOW, UNRHYMED, Form, Shape

Rhyming = Callable[[int, int], str | None]
"""How two lines rhyme, by their numbers (0 is the first)."""

WORTH = {
    "consonante": {"consonante": 1.0, "asonante": 0.4},
    "asonante": {"consonante": 1.0, "asonante": 1.0},
    "perfect": {"perfect": 1.0, "slant": 0.8, "eye": 0.8},
}
"""What a rhyme is worth where one kind is asked for. Assonance comes by chance at every tenth pair
of Spanish lines, while English poets pair slant and eye rhymes (love, prove) on purpose."""
SAME_WORD = ("idéntica", "identical")
ALIKE = ("consonante", "perfect", *SAME_WORD)
"""How lines that should not rhyme must not; a chance assonance is nobody's fault."""
REACHED = 0.25
"""What a line costs that has the form's length only in a reading that is not its first."""
ONE_OFF = 0.5
"""What a line costs that is a syllable too long or short; at two it is lost."""
OTHER_METRE = 0.3
"""What a line costs that has the length and not the metre: a scansion is sure of nine in ten."""
VARIED = 0.25
"""What a refrain costs that comes back with some of its words changed, as poets do."""
MIXED = 0.1
"""A silva has at least this share of each of its two lengths."""
REACH = 6
"""How many lines further on a rhyme is still heard where no scheme says where to listen."""
FELLOWS = 3
"""How many lines back the fellows of a rhyme are asked, at most."""
HALF_HEARD = 0.5
"""What a slant or eye rhyme three lines off at most costs in blank verse, where one in ten or so
comes by chance."""
SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "syllables": "line {line}: {found} syllables where the form has {expected}",
        "stretch": "line {line}: {found} syllables, {expected} only at a stretch",
        "metre": "line {line}: {found} where the form has {expected}",
        "rhyme": "line {line} does not rhyme with line {expected}",
        "same word": "line {line} ends in the word of line {expected}",
        "weak rhyme": "line {line} rhymes with line {expected} only as {found}",
        "no rhyme": "line {line} rhymes with line {found} and should not",
        "unrhymed": "line {line} rhymes with none",
        "near rhyme": "line {line} all but rhymes with line {found}",
        "refrain": "line {line} does not say line {expected} again",
        "lines": "line {line}: {found} lines where the form has {expected}",
    },
    "es": {
        "syllables": "verso {line}: {found} sílabas donde la forma pide {expected}",
        "stretch": "verso {line}: {found} sílabas, {expected} solo si se fuerza la lectura",
        "metre": "verso {line}: {found} donde la forma pide {expected}",
        "rhyme": "el verso {line} no rima con el {expected}",
        "same word": "el verso {line} acaba en la palabra del {expected}",
        "weak rhyme": "el verso {line} rima con el {expected} solo en {found}",
        "no rhyme": "el verso {line} rima con el {found} y no debería",
        "unrhymed": "el verso {line} no rima con ninguno",
        "near rhyme": "el verso {line} casi rima con el {found}",
        "refrain": "el verso {line} no repite el {expected}",
        "lines": "verso {line}: {found} versos donde la forma pide {expected}",
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line: its words, its stanza's number, what it counts and its metre."""

    text: str
    stanza: int
    syllables: int
    least: int
    most: int
    metre: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """What a line does that the form does not.

    >>> print(Break(4, "syllables", "11", "13"))
    line 4: 13 syllables where the form has 11
    >>> Break(8, "rhyme", "5").told("es")
    'el verso 8 no rima con el 5'
    """

    line: int
    kind: str
    expected: str = ""
    found: str = ""

    def told(self, lang: Language) -> str:
        """The same as a sentence."""
        return SENTENCES[lang][self.kind].format(
            line=self.line, expected=self.expected, found=self.found
        )

    def __str__(self) -> str:
        return self.told("en")


Fault = tuple[int, str, str, str]
"""A break before it is told: the line (0 is the first), its kind, what was to be, what is."""

_Place = tuple[int, Hashable, bool, int | None]
"""A line, what it has in common with those that it rhymes with, if it is a refrain, and the line
whose last word it may end in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The share of a rule that was kept, and what breaks it."""

    share: float
    faults: list[Fault]


Turns = Sequence[tuple[int, int]]
"""The poem cut as a form is: the first line (0 is the poem's) and the length of each turn."""


class Verses:
    """A poem's lines, and what was found out about them so far.

    `stanzas` are the lengths of its stanzas as they are printed.
    """

    def __init__(self, lines: Sequence[Line], rhyme: Rhyming) -> None:
        self.lines = lines
        self.stanzas = [len(list(each)) for _, each in groupby(line.stanza for line in lines)]
        self._rhyme = rhyme
        self._heard: dict[tuple[int, int], str | None] = {}
        self._strains: dict[tuple[tuple[int, ...], str, int], list[float]] = {}

    def measure(self, form: Form, shape: Shape, turns: Turns) -> Kept:
        asked = list(zip(shape.syllables, shape.metres, strict=True))
        strains = [self._strain(allowed, metre, form.tolerance) for allowed, metre in asked]
        faults: list[Fault] = []
        cost, number = 0.0, 0
        for start, length in turns:
            number += length
            for place in range(length):
                strain = strains[place][start + place]
                if strain:
                    cost += strain
                    faults.append(self._unmeasured(start + place, *asked[place]))
        share = 1 - cost / number if number else 0.0
        for allowed in {each for each in shape.syllables if len(each) > 1}:
            found = Counter(line.syllables for line in self.lines)
            rarest = min(found[count] for count in allowed)
            share *= min(1.0, rarest / (MIXED * len(self.lines)))
        return Kept(share, faults)

    def _strain(self, allowed: tuple[int, ...], metre: str, tolerance: int) -> list[float]:
        """What it costs to take each of the lines for one that counts and goes so."""
        key = allowed, metre, tolerance
        if key not in self._strains:
            self._strains[key] = [_strain(line, *key) for line in self.lines]
        return self._strains[key]

    def _unmeasured(self, at: int, allowed: tuple[int, ...], metre: str) -> Fault:
        line = self.lines[at]
        if metre and line.metre and _distance(line, allowed) <= 1:
            return at, "metre", metre, line.metre
        kind = "syllables" if _distance(line, allowed) else "stretch"
        return at, kind, " / ".join(map(str, allowed)), str(line.syllables)

    def rhymes(self, form: Form, shape: Shape, turns: Turns) -> tuple[float, Kept]:
        """How many rhymes are asked for in a line, and how they are kept."""
        if shape.schemes[0] in (UNRHYMED, ANY):
            return 0.0, self._company(form, shape.schemes[0])
        if form.repeats in ("once", "afresh"):
            heard = [
                min(
                    (self._listen(form, _places(form, scheme, [turn])) for scheme in shape.schemes),
                    key=lambda each: each[0] / max(1, each[1]),
                )
                for turn in turns
            ]
        else:
            heard = [self._listen(form, _places(form, shape.schemes[0], turns))]
        cost, asked = sum(each[0] for each in heard), sum(each[1] for each in heard)
        faults = [fault for each in heard for fault in each[2]]
        share = max(0.0, 1 - cost / asked) if asked else 0.0
        return asked / len(self.lines), Kept(share, faults)

    def _listen(self, form: Form, places: Iterable[_Place]) -> tuple[float, int, list[Fault]]:
        """What the rhymes that are not kept cost, how many are asked for, and the faults."""
        cost, asked = 0.0, 0
        faults: list[Fault] = []
        rhymes: dict[Hashable, list[int]] = {}
        off: set[int] = set()
        opened: list[int] = []
        bare: list[int] = []
        somehow: list[int] = []
        for at, letter, refrain, echo in places:
            if letter == SOMEHOW:
                somehow.append(at)
                continue
            if letter == UNRHYMED:
                apart, opening = bare[-1:], True
                bare.append(at)
            else:
                opening = letter not in rhymes
                apart = opened[-2:] if opening else []
            if opening:
                for other in apart:
                    if self._kind(other, at) in ALIKE:
                        cost += 1
                        faults.append((at, "no rhyme", "", str(other + 1)))
                if letter != UNRHYMED:
                    rhymes[letter] = [at]
                    opened.append(at)
                continue
            asked += 1
            if not refrain:
                worth, fault = self._link(form, at, rhymes[letter], off, echo)
                cost += 1 - worth
                if fault:
                    faults.append(fault)
                if not worth:
                    off.add(at)
            rhymes[letter].append(at)
        for at in somehow:
            worth, kind, other = max(self._heard_with(form, at, each) for each in somehow)
            cost += (1 - worth) / 2  # as a pair that does not rhyme is one rhyme less
            if not worth:
                faults.append((at, "unrhymed", "", ""))
            elif worth < 1:
                faults.append((at, "weak rhyme", str(other + 1), kind))
        return cost, asked + len(somehow) // 2, faults

    def _link(
        self, form: Form, at: int, others: list[int], off: set[int], echo: int | None
    ) -> tuple[float, Fault | None]:
        """What the line's rhyme is worth with the last that it should rhyme with.

        Where that one is off itself, or ends in the same word, those before it are asked, so that
        one line that is off is one fault.
        """
        best, fault = 0.0, (at, "rhyme", str(others[-1] + 1), "")
        for other in others[: -FELLOWS - 1 : -1]:
            kind = self._kind(other, at) or ""
            worth = WORTH[form.rhyme].get(kind, 0.0)
            if worth == 1 or (kind in SAME_WORD and other == echo):
                return 1.0, None
            if worth > best:
                best, fault = worth, (at, "weak rhyme", str(other + 1), kind)
            elif not best and kind in SAME_WORD:
                fault = at, "same word", str(other + 1), ""
            elif other not in off:
                break
        return best, fault

    def _heard_with(self, form: Form, at: int, other: int) -> tuple[float, str, int]:
        """What the rhyme of two lines is worth, its kind, and the other line."""
        kind = self._kind(*sorted((at, other))) if at != other else None
        return WORTH[form.rhyme].get(kind or "", 0.0), kind or "", other

    def _company(self, form: Form, sign: str) -> Kept:
        """Lines that rhyme with one nearby: where rhyme is free all should, in blank verse none."""
        near: dict[int, tuple[float, int]] = {}
        for one in range(len(self.lines)):
            for other in range(one + 1, min(one + 1 + REACH, len(self.lines))):
                kind = self._kind(one, other)
                heard = 1.0 if kind == form.rhyme else 0.0
                if not heard and sign == UNRHYMED and other - one <= REACH // 2:
                    heard = HALF_HEARD if kind in WORTH[form.rhyme] else 0.0
                if heard:
                    near[one] = max(near.get(one, (heard, other)), (heard, other))
                    near[other] = max(near.get(other, (heard, one)), (heard, one))
        if sign == UNRHYMED:
            cost = sum(heard for heard, _ in near.values())
            faults: list[Fault] = [
                (at, "no rhyme" if heard == 1 else "near rhyme", "", str(fellow + 1))
                for at, (heard, fellow) in near.items()
                if fellow < at
            ]
        else:
            cost = len(self.lines) - len(near)
            faults = [(at, "unrhymed", "", "") for at in range(len(self.lines)) if at not in near]
        return Kept(1 - cost / len(self.lines), faults)

    def _kind(self, one: int, other: int) -> str | None:
        pair = one, other
        if pair not in self._heard:
            self._heard[pair] = self._rhyme(one, other)
        return self._heard[pair]

    def refrains(self, form: Form, turns: Turns) -> Kept:
        faults: list[Fault] = []
        cost, asked = 0.0, 0
        for start, length in turns:
            for first, *again in form.refrains:
                for place in again:
                    asked += 1
                    at = start + place - 1
                    change = _change(self.lines, start + first - 1, at) if place <= length else 1
                    cost += change
                    if change == 1:
                        faults.append(
                            (min(at, len(self.lines) - 1), "refrain", str(start + first), "")
                        )
        return Kept(1 - cost / asked if asked else 0.0, faults)


def _places(form: Form, scheme: str, turns: Iterable[tuple[int, int]]) -> Iterator[_Place]:
    """Each line of the turns that has a letter or is unrhymed."""
    echoes = {line - 1: first - 1 for first, *again in form.echoes for line in again}
    refrains = {line - 1 for refrain in form.refrains for line in refrain[1:]}
    for turn, (start, length) in enumerate(turns):
        signs = next((each for each in form.closing if len(each) == length), scheme)
        for place, sign in enumerate(signs[:length]):
            if sign != ANY:
                rhyme = sign if sign in (UNRHYMED, SOMEHOW) else form.rhyme_of(turn, sign)
                echo = start + echoes[place] if place in echoes else None
                yield start + place, rhyme, place in refrains, echo


def _distance(line: Line, allowed: tuple[int, ...]) -> int:
    """How many syllables lie between the line's readings and the nearest count that is allowed."""
    return min(max(0, line.least - count, count - line.most) for count in allowed)


def _strain(line: Line, allowed: tuple[int, ...], metre: str, tolerance: int) -> float:
    """What it costs to take the line for one that has such a count and metre, 0 to 1."""
    if line.syllables in allowed if not metre else line.metre == metre:
        return 0.0
    distance = _distance(line, allowed) - tolerance
    if metre and distance <= 1:
        return OTHER_METRE if distance == 1 or not tolerance else 0.0
    if distance <= 0:
        return 0.0 if tolerance else REACHED
    return ONE_OFF if distance == 1 else 1.0


def _change(lines: Sequence[Line], one: int, other: int) -> float:
    """What it costs to take a line for another said again: nothing, something, or all."""
    before, after = (
        re.findall(r"\w+", lines[at].text.casefold().replace("’", "'")) for at in (one, other)
    )
    if before == after:
        return 0.0
    same = len(set(before) & set(after)) / max(1, len({*before, *after}))
    return VARIED if same >= 0.5 and before[-1] == after[-1] else 1.0
