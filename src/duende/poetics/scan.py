"""A poem goes in; what each of its lines is, how they rhyme and what form they keep comes out.

This is the main path of the room: `phonology` reads each line alone, `_agree` lets its neighbours
choose among its readings, `scheme` hears the rhymes and `matching` names the nearest forms.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from math import exp, inf, log
from operator import attrgetter
from typing import Any

from duende.poem import Language
from duende.poetics.matching import Match, nearest
from duende.poetics.phonology import Measure, Verse, phonology
from duende.poetics.rules import Line as Ruled
from duende.poetics.scheme import scheme

DECAY = 0.85
"""How much less a line tells of each further line around it: some six are heard."""
ALONE = 0.3
"""The weight of what verses count in general, beside that of a neighbour."""
RARE = 0.0005
"""The share of a measure that no table names."""
ENDING_WORDS = 3
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Marks without width or sound: where a word may be broken, the direction, a file's first mark."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is scanned.

    `syllables` is what it counts in the preferred reading, `least` and `most` what it can be made
    to count. `stresses` has a `+` or `-` for each metrical syllable (in Spanish after the verse-end
    law). `metre` is the name of its metre, `rhyme` the letter of its rhyme and `rhyme_kind` how it
    rhymes, each None where it has none. `licences` says what was done to reach the count, and
    `division` shows the syllables. `unknown` is true where something in the line could not be
    read, or nothing was there to read: then `unread` has the pieces.
    """

    text: str
    syllables: int
    least: int
    most: int
    stresses: str
    metre: str | None
    rhyme: str | None
    rhyme_kind: str | None
    licences: tuple[str, ...]
    division: str
    unknown: bool
    unread: tuple[str, ...]


FIELDS = tuple(each.name for each in fields(Line))
_values = attrgetter(*FIELDS)  # asdict copies what needs no copy


@dataclass(frozen=True)
class Scansion:
    """A poem as it is scanned: a `Line` for each of its lines, blank ones too.

    With `seseo`, s and z rhyme in Spanish.
    """

    lang: Language
    lines: tuple[Line, ...]
    seseo: bool = False

    @cached_property
    def forms(self) -> tuple[Match, ...]:
        """The nearest forms, the best first, each with its score (1 is kept) and what breaks it.

        >>> text = "Vino la luna a mi puerta\\ncon una rosa encendida"
        >>> text += "\\ny me contó que la vida\\nes una ventana abierta"
        >>> [(match.form, match.score) for match in scan(text, lang="es").forms][0]
        ('redondilla', 1.0)
        """
        sounds = phonology(self.lang, seseo=self.seseo)
        stanzas = _stanzas(line.text for line in self.lines)
        said = [at for at, line in enumerate(self.lines) if line.syllables]
        ruled = []
        for at in said:
            line = self.lines[at]
            ruled.append(
                Ruled(line.text, stanzas[at], line.syllables, line.least, line.most, line.metre)
            )
        endings = [_ending(UNSEEN.sub("", self.lines[at].text)) for at in said]
        return nearest(
            ruled, self.lang, lambda one, other: sounds.rhyme_kind(endings[one], endings[other])
        )

    @property
    def scheme(self) -> str:
        """The rhyme letters, `-` for a line without rhyme, a blank between stanzas.

        >>> scan("Oh the moon\\ncame too soon", lang="en").scheme
        'aa'
        """
        said = ((line.rhyme or "-") if line.text.strip() else " " for line in self.lines)
        return " ".join("".join(said).split())

    def as_dict(self) -> dict[str, Any]:
        """The scansion as the API and the command line give it."""
        forms = [
            {
                "form": match.form,
                "score": match.score,
                "breaks": [{**asdict(each), "text": each.told(self.lang)} for each in match.breaks],
            }
            for match in self.forms
        ]
        lines = [dict(zip(FIELDS, _values(line), strict=True)) for line in self.lines]
        return {"lang": self.lang, "scheme": self.scheme, "forms": forms, "lines": lines}

    def as_json(self) -> str:
        """The same as one line of JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


def scan(text: str, *, lang: Language, seseo: bool = False) -> Scansion:
    """Scan a poem, or a line.

    A line counts what it most naturally does; where it could count more or less, the lines around
    it decide. With `seseo`, s and z rhyme in Spanish.

    >>> line = scan("Abro la puerta y entra el mar", lang="es").lines[0]
    >>> line.syllables, line.stresses, line.division
    (9, '+--+-+-+-', 'A·bro la puer·ta y‿en·tra‿el mar')
    """
    sounds = phonology(lang, seseo=seseo)
    texts = lines_of(text)
    spoken = [UNSEEN.sub("", each) for each in texts] if UNSEEN.search(text) else texts
    verses = [sounds.verse(each) for each in spoken]
    measures = _agree(verses, sounds.common)
    stanzas = _stanzas(texts)
    rhymes = scheme([_ending(each) for each in spoken], stanzas, sounds)
    lines = tuple(map(_line, texts, verses, measures, rhymes))
    return Scansion(lang, lines, seseo)


def lines_of(text: str) -> list[str]:
    """The lines of a text, one at least; what ends a page or a paragraph elsewhere ends none here.

    >>> lines_of("one\\r\\ntwo\\u2028and a half\\n")
    ['one', 'two\\u2028and a half']
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _line(
    text: str, verse: Verse, measure: Measure | None, rhyme: tuple[str | None, str | None]
) -> Line:
    if measure is None:
        return Line(text, 0, 0, 0, "", None, None, None, (), "", True, verse.unread)
    reading = verse.read(measure)
    syllables = len(reading.stresses)
    return Line(
        text,
        syllables,
        min(verse.least, syllables),
        max(verse.most, syllables),
        reading.stresses,
        reading.metre,
        *rhyme,
        reading.licences,
        reading.division,
        bool(verse.unread),
        verse.unread,
    )


def _agree(verses: Sequence[Verse], common: Mapping[Measure, float]) -> list[Measure | None]:
    """The measure in which each line is said, given what those around it are likely to be in.

    A line's measures are weighed by exp(-strain); a neighbour's tell less the further off it is;
    `common` is what verses are in general. None for a line that cannot be read.
    """
    views = [_weighed(verse.strains, common) for verse in verses]
    heard = [dict[Measure, float]() for _ in verses]
    for order in (range(len(verses)), range(len(verses) - 1, -1, -1)):
        said: dict[Measure, float] = {}
        for at in order:
            around = heard[at]
            for measure, share in said.items():
                around[measure] = around.get(measure, 0.0) + share
            if view := views[at]:
                said = {measure: DECAY * share for measure, share in said.items() if share > RARE}
                for measure, share in view.items():
                    said[measure] = said.get(measure, 0.0) + share
    return [
        _preferred(verse.strains, around, common)
        for verse, around in zip(verses, heard, strict=True)
    ]


def _preferred(
    strains: Mapping[Measure, float],
    around: Mapping[Measure, float],
    common: Mapping[Measure, float],
) -> Measure | None:
    """The measure that asks least of a line, given what the lines around it are heard in."""
    preferred: Measure | None = None
    least = inf
    helped = log(ALONE + max(around.values(), default=0.0))  # by its neighbours, at most
    for measure, strain in strains.items():
        if strain - helped <= least:
            cost = strain - log(ALONE * _share(measure, common) + around.get(measure, 0.0))
            if cost < least:
                least, preferred = cost, measure
    return preferred


def _weighed(
    strains: Mapping[Measure, float], common: Mapping[Measure, float]
) -> dict[Measure, float]:
    """The share of each measure in what a line alone may be."""
    least = min(strains.values(), default=0.0)  # or the strains of a very long line come to nothing
    weights = {each: exp(least - told) for each, told in strains.items()}
    if common:
        weights = {each: _share(each, common) * weight for each, weight in weights.items()}
    total = sum(weights.values())
    return {each: weight / total for each, weight in weights.items()}


def _share(measure: Measure, common: Mapping[Measure, float]) -> float:
    return common.get(measure, RARE) if common else 1.0


def _stanzas(texts: Iterable[str]) -> list[int]:
    """The number of each line's stanza; blank lines part them."""
    stanza = 0
    stanzas = []
    blank = True
    for text in texts:
        if text.strip():
            stanza += blank
            blank = False
        else:
            blank = True
        stanzas.append(stanza)
    return stanzas


def _ending(text: str) -> str:
    """The last words of a line, as many as a rhyme may take in."""
    return " ".join(text[-80:].split()[-ENDING_WORDS:])
