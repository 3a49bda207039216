"""The forms a poem may keep: rows of `forms.toml`. A name goes in, a `Form` comes out.

What a form asks for is told in two ways: as `Shape`s, against which a poem is held (`matching`),
and as a plan, line by line, for whoever writes one. The facts are those of the handbooks: Tomás
Navarro Tomás, *Métrica española*; José Domínguez Caparrós, *Métrica española*; Antonio Quilis,
*Métrica española*; for English verse Derek Attridge, *Poetic Rhythm*, and Nigel Fabb and Morris
Halle, *Meter in Poetry*.
"""

import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import cycle, islice
from typing import Any, Literal
from unicodedata import combining, normalize

from duende.errors import UnknownForm
from duende.poem import Language

Repeats = Literal["once", "afresh", "same", "chained"]
UNRHYMED, ANY, SOMEHOW = "-", "*", "+"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to keep a form, a turn of it: lines that may come again as often as the form lets.

    `schemes` are equally long strings, a character for each line: a letter for a rhyme, `-` where
    there is none, `*` where there may be one, `+` where it is with some other `+`. `breaks` are the
    places (0 is the first line) before which a stanza ends. `syllables` and `metres` have an entry
    for each line; an empty one asks for nothing.
    """

    schemes: tuple[str, ...]
    breaks: frozenset[int]
    syllables: tuple[tuple[int, ...], ...]
    metres: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.schemes[0])


@dataclass(frozen=True, slots=True)
class Slot:
    """A line that is still to be written.

    `letter` is the same for lines that rhyme, small for lines of up to eight syllables in Spanish,
    and None where no rhyme is asked for. `syllables` are the counts it may have (none: any),
    `metre` is "" where any will do. `refrain` is the number of the line whose words it says again,
    `stanza` the number of its stanza; all numbers count from 1.
    """

    letter: str | None
    syllables: tuple[int, ...]
    metre: str
    refrain: int | None
    stanza: int


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the languages it is written in, its name and a sentence on it, in each language.

    `example` is a poem, or the beginning of one, that keeps it. `repeats` says what another turn
    of a shape does: "afresh" takes new rhymes, "same" keeps them, "chained" rhymes its A with the
    B before; with "once" there is none. `closing` are the lines that may follow the last turn, in
    the letters of the turn that would have come. `refrains` are the lines of a turn (1 is the
    first) that say the same words, `echoes` those that may end in the same word. `loose` forms are
    kept at other lengths than the shapes', which are for writing. `tolerance` syllables more or
    less do no harm, fewer than `least` lines make no such form, and `lines` are written unless
    somebody says.
    """

    id: str
    lang: tuple[Language, ...]
    name: dict[str, str]
    description: dict[str, str]
    aliases: tuple[str, ...]
    example: dict[str, str]
    shapes: tuple[Shape, ...]
    rhyme: str
    repeats: Repeats
    closing: tuple[str, ...]
    refrains: tuple[tuple[int, ...], ...]
    echoes: tuple[tuple[int, ...], ...]
    together: bool
    loose: bool
    tolerance: int
    lines: int
    least: int

    @property
    def unit(self) -> int:
        """How many lines a turn of its usual shape has."""
        return len(self.shapes[0])

    def plan(self, lines: int | None = None, *, shape: Shape | None = None) -> tuple[Slot, ...]:
        """What each line has to be in a poem of some `lines` lines, whole turns, at least one.

        `shape` is one of `shapes`, the usual one where it is None.

        >>> lira = find_form("lira", "es").plan()[:5]
        >>> "".join(slot.letter or "-" for slot in lira), [slot.syllables[0] for slot in lira]
        ('aBabB', [7, 11, 7, 7, 11])
        >>> [slot.refrain for slot in find_form("triolet", "en").plan()]
        [None, None, None, 1, None, None, 1, 2]
        """
        shape = shape or self.shapes[0]
        unit = len(shape)
        wanted = max(self.lines if lines is None else lines, self.least, unit)
        turns = 1 if self.repeats == "once" else wanted // unit
        scheme = shape.schemes[0]
        again = {line: refrain[0] for refrain in self.refrains for line in refrain[1:]}
        letters: dict[Hashable, str] = {}
        slots: list[Slot] = []
        stanza = 1
        for turn in range(turns):
            for place, sign in enumerate(scheme):
                if slots and (place in shape.breaks or (place == 0 and not self.together)):
                    stanza += 1
                first = again.get(place + 1)
                slots.append(
                    Slot(
                        letter=self._letter(letters, turn, sign),
                        syllables=shape.syllables[place],
                        metre=shape.metres[place],
                        refrain=first and first + turn * unit,
                        stanza=stanza,
                    )
                )
        for place, sign in enumerate(self.closing[0] if self.closing else ""):
            letter = self._letter(letters, turns, sign)
            slots.append(
                Slot(letter, shape.syllables[place], shape.metres[place], None, stanza + 1)
            )
        return tuple(slots)

    def rhyme_of(self, turn: int, sign: str) -> Hashable:
        """What lines that rhyme have in common: the turn they stand in and their letter."""
        if self.repeats == "same":
            return sign
        if self.repeats == "chained":
            return turn + LETTERS.index(sign.upper())
        return turn, sign.upper()

    def _letter(self, letters: dict[Hashable, str], turn: int, sign: str) -> str | None:
        """The letter that is written at a line, a new one for a rhyme not met before."""
        if not sign.isalpha():
            return None
        rounds, place = divmod(len(letters), len(LETTERS))
        fresh = LETTERS[place] + (str(rounds + 1) if rounds else "")
        letter = letters.setdefault(self.rhyme_of(turn, sign), fresh)
        return letter.lower() if sign.islower() else letter


@cache
def forms() -> tuple[Form, ...]:
    """Every form that is known; not all can be written yet.

    >>> [form.id for form in forms() if form.unit == 5]
    ['limerick', 'tanka', 'quintilla', 'lira']
    """
    table = tomllib.loads((files("duende.poetics") / "forms.toml").read_text(encoding="utf-8"))
    return tuple(_form(name, row) for name, row in table.items())


def find_form(name: str, lang: Language) -> Form:
    """The form called `name`, if poems in `lang` are written in it.

    Its id, its name in either language and its other names will do, in any case and with or
    without accents.

    >>> find_form("Décima", "es").id, find_form("sonnet", "en").id, find_form("sonnet", "es").id
    ('decima', 'shakespearean-sonnet', 'soneto')

    Raises `UnknownForm`.
    """
    found = _by_name(lang).get(_plain(name))
    if found is None:
        known = ", ".join(form.id for form in forms() if lang in form.lang)
        raise UnknownForm(f"There is no form {name!r} in {lang!r}: choose one of {known}.")
    return found


@cache
def _by_name(lang: Language) -> Mapping[str, Form]:
    return {
        _plain(name): form
        for form in reversed(forms())
        if lang in form.lang
        for name in (*form.aliases, *form.name.values(), form.id)
    }


def _plain(name: str) -> str:
    """A name without case, accents, and the difference between blanks and hyphens.

    >>> _plain(" Décima_Espinela ")
    'decima espinela'
    """
    letters = normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in letters if not combining(letter))
    return " ".join(bare.replace("-", " ").replace("_", " ").split())


def _form(name: str, row: Mapping[str, Any]) -> Form:
    """A row of the table as a form."""
    shapes = [_shape(row), *(_shape({**row, **other}) for other in row.get("also", ()))]
    return Form(
        id=name,
        lang=tuple(row["lang"]),
        name=row["name"],
        description=row["description"],
        aliases=tuple(row.get("aliases", ())),
        example={lang: poem.strip("\n") for lang, poem in row["example"].items()},
        shapes=tuple(shapes),
        rhyme=row.get("rhyme", ""),
        repeats=row.get("repeats", "once"),
        closing=tuple(row.get("closing", ())),
        refrains=tuple(tuple(lines) for lines in row.get("refrains", ())),
        echoes=tuple(tuple(lines) for lines in row.get("echoes", ())),
        together=row.get("together", False),
        loose=row.get("loose", False),
        tolerance=row.get("tolerance", 0),
        lines=row["lines"],
        least=row.get("least", 0),
    )


def _shape(row: Mapping[str, Any]) -> Shape:
    """What a row says of one turn."""
    written = row["scheme"] if isinstance(row["scheme"], list) else [row["scheme"]]
    schemes = tuple(scheme.replace(" ", "") for scheme in written)
    unit = len(schemes[0])
    asked = row.get("syllables") or [()]
    counts = [(each,) if isinstance(each, int) else tuple(each) for each in asked]
    return Shape(
        schemes=schemes,
        breaks=frozenset(
            place - written[0][:place].count(" ")
            for place, sign in enumerate(written[0])
            if sign == " "
        ),
        syllables=tuple(islice(cycle(counts), unit)),
        metres=tuple(islice(cycle(row.get("metre") or [""]), unit)),
    )
