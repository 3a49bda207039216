"""Verse in a form: what is accepted fits, what does not fit is let off aloud, and time runs out."""

import time
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from duende.composer.composer import Composer
from duende.composer.draft import Draft
from duende.composer.ending import Ending
from duende.composer.engine import Lane, Piece, Sampling
from duende.composer.engines.llamacpp import LlamaCpp
from duende.composer.fit import Wanted, can_still_fit, faults, loosened
from duende.composer.request import ask
from duende.composer.verse import RELAXED_AFTER, TRIES, write_verse
from duende.poem import Poem
from duende.poetics.forms import find_form, forms
from duende.poetics.scan import scan
from duende.voice.prompts import END_OF_TEXT, last_word
from duende.voice.voices import find_voice

FIRST = "Vino la luna a mi puerta"
FITTING = ["con una rosa encendida", "y me contó que la vida", "es una ventana abierta"]


class Scripted:
    """A lane that knows a few lines: it ends a line in the words that they end in, and writes the
    one that ends in the word of the code. `asked` are the words that it could choose from, and a
    word that is `strange` it never would have thought of."""

    alone = True

    def __init__(self, *lines: str, strange: str = "") -> None:
        self.lines = lines
        self.strange = strange
        self.heard: list[tuple[str, Sampling]] = []
        self.asked: list[tuple[str, Sequence[str]]] = []
        self.read: list[tuple[str, str]] = []

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[str]:
        word = prompt.rpartition("\n")[2].partition(" ")[2].strip("|")
        known = [line for line in self.lines if not word or last_word(line) == word]
        line = (known or self.lines)[len(self.heard) % len(known or self.lines)]
        self.heard.append((prompt, sampling))
        yield from (f" {each}" for each in line.split(" "))
        yield "\n"

    def share(self, others: Sequence[Lane]) -> None:
        assert not others

    def weigh_beginnings(self, prompt: str, beginnings: Sequence[str]) -> list[float]:
        self.asked.append((prompt, beginnings))
        ends = {f" {last_word(line)}|" for line in self.lines}
        return [0.0 if each in ends else -1000.0 for each in beginnings]

    def weigh_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Generator[Piece]:
        (text,) = sampling.beginnings
        self.read.append((prompt, text))
        for at, word in enumerate(text.removesuffix("\n").split(" ")):
            nats = -20.0 if word == self.strange else -1.0 - 0.01 * len(word)
            yield Piece(f" {word}" if at else word, nats)
        yield Piece("\n", 0.0)


def draft(form: str = "redondilla", first: str = FIRST, lines: int = 4) -> Draft:
    found = find_form(form, "es")
    begun = Draft("es", find_voice("default"), "", found, found.plan(lines))
    begun.begin([first])
    return begun


def written(lane: Scripted, begun: Draft, **more: Any) -> tuple[list[str], str]:
    writing = write_verse([lane], begun, sampling=Sampling(1.0, 0.9, 1), ending=Ending(**more))
    lines = []
    while True:
        try:
            lines.append(next(writing))
        except StopIteration as end:
            return lines, end.value


def test_lines_that_fit_are_taken() -> None:
    lane = Scripted(*FITTING)
    begun = draft()
    lines, finish = written(lane, begun)
    assert finish == "complete"
    assert lines == [*FITTING[:2], FITTING[2] + "."]
    assert begun.let_off == [()] * 4
    prompt, _ = lane.heard[0]
    assert prompt.endswith(f"redondilla, verso a verso:\n8 puerta| {FIRST}\n8 encendida|")
    # The third line is told which words rhyme with the second, and not that word itself.
    offered = lane.asked[1][1]
    assert " vida|" in offered
    assert not any(
        prompt.endswith("\n8 encendida|") for prompt, _ in lane.heard if FITTING[0] in prompt
    )


def test_what_never_fits_is_let_off_and_told() -> None:
    lane = Scripted("rosa y vida", "una herida", "muy abierta")
    begun = draft(lines=4)
    lines, _ = written(lane, begun)
    assert len(lines) == 3
    assert all(begun.let_off[1:])
    assert begun.attempts > 3 * RELAXED_AFTER * TRIES
    assert begun.rejected["syllables"]


def test_the_best_of_those_that_fit_is_read_without_codes() -> None:
    others = ["con una rosa escondida", "con una rosa perdida", "con la rosa consumida"]
    lane = Scripted(*others, *FITTING[1:])
    lines, _ = written(lane, draft())
    read = [(prompt, text) for prompt, text in lane.read if prompt.endswith(f"{FIRST}\n")]
    assert 1 < len(read) == len(set(read)) <= 3
    assert all(prompt.endswith(f"redondilla:\n{FIRST}\n") for prompt, _ in read)
    # This reader finds a line likelier the shorter it is.
    assert f"{lines[0]}\n" == min((text for _, text in read), key=len)


def test_a_line_that_was_bent_is_taken_only_where_there_is_no_other() -> None:
    others = ["con una rosa escondida", "con una rosa perdida"]
    lines, _ = written(Scripted(*others, *FITTING[1:], strange="escondida"), draft())
    assert lines[0] == others[1]
    lane = Scripted(others[0], *FITTING[1:], strange="escondida")
    begun = draft()
    lines, _ = written(lane, begun)
    assert others[0] not in lines or begun.attempts > RELAXED_AFTER * TRIES
    lane = Scripted(*FITTING, strange="abierta")
    begun = draft()
    lines, finish = written(lane, begun)
    assert (lines[-1], finish) == (f"{FITTING[-1]}.", "complete")
    assert begun.attempts > RELAXED_AFTER * TRIES


def test_no_line_ends_in_a_word_that_leans() -> None:
    lane = Scripted("con una rosa entre tus", "y una rosa que se", *FITTING)
    lines, _ = written(lane, draft())
    assert lines[:2] == FITTING[:2]


def test_words_that_much_rhymes_with_come_first() -> None:
    lane = Scripted(*FITTING)
    written(lane, draft())
    offered = lane.asked[0][1]
    assert {" vida|", " día|"} <= set(offered)
    assert not {" noche|", " árbol|", " silencio|"} & set(offered)


def test_a_refrain_says_the_line_again() -> None:
    form = find_form("triolet", "en")
    begun = Draft("en", find_voice("default"), "", form, form.plan())
    begun.begin(["The snow fell all the night we talked"])
    lines = [
        "and covered up the way you came.",
        "I looked for where your boots had walked:",
        "and no one came, and no one balked,",
        "as though the year had lost your name.",
    ]
    told, finish = written(Scripted(*lines), begun)
    assert finish == "complete"
    poem = [begun.lines[0], *told]
    assert poem[3] == poem[6] == poem[0]
    assert poem[7] == poem[1]


def test_time_runs_out() -> None:
    lines, finish = written(Scripted(*FITTING), draft(), deadline=time.monotonic() - 1)
    assert (lines, finish) == ([], "deadline")


def test_it_can_be_stopped() -> None:
    lane = Scripted(*FITTING)
    lines, finish = written(lane, draft(), stopped=lambda: len(lane.heard) > TRIES)
    assert finish == "stopped"
    assert 1 <= len(lines) < 3


def test_an_end_in_the_middle_is_no_line() -> None:
    class Ending(Scripted):
        def continue_text(
            self, prompt: str, sampling: Sampling, *, max_tokens: int
        ) -> Generator[str]:
            if len(self.heard) % 2:
                self.heard.append((prompt, sampling))
                yield END_OF_TEXT
                return
            yield from super().continue_text(prompt, sampling, max_tokens=max_tokens)

    begun = draft()
    lines, finish = written(Ending(*FITTING), begun)
    assert (len(lines), finish) == (3, "complete")
    assert begun.rejected["unfinished"]


WANTED = Wanted("es", 8, kind="consonante", fellows=(FIRST,))
HELD: Sequence[tuple[str, Wanted, tuple[str, ...]]] = [
    ("es una ventana abierta", WANTED, ()),
    ("es una ventana vieja", WANTED, ("weak rhyme",)),
    ("es una ventana que brilla", WANTED, ("one syllable off", "no rhyme")),
    ("y la luna vio la puerta", Wanted("es", 8, used=frozenset({"puerta"})), ("stray rhyme",)),
    ("es una ventana abierta", Wanted("es", 11, strangers=(FIRST,)), ("syllables", "stray rhyme")),
    ("The heron waits until the pond forgets", Wanted("en", 10, "iambic pentameter"), ()),
    ("The heron waits until the pond forgets", Wanted("en", 10, "dactylic trimeter"), ("metre",)),
    ("The heron waits until the pond forgets", Wanted("en", 9, tolerance=1), ()),
    ("a las ocho hasta el tiempo", Wanted("es", 8), ("stretch",)),
    ("a las ocho hasta el tiempo", Wanted("es", 7), ()),
    ("To a baker who did not eat his bread", Wanted("en", 10, "iambic pentameter"), ("metre",)),
    ("月", WANTED, ("syllables", "no rhyme")),
]


@pytest.mark.parametrize(("line", "wanted", "expected"), HELD)
def test_faults(line: str, wanted: Wanted, expected: tuple[str, ...]) -> None:
    assert faults(line, wanted) == expected


def test_a_beginning_that_is_too_long_is_given_up() -> None:
    assert can_still_fit("es una ventana", "abierta", WANTED)
    assert not can_still_fit("es una ventana que mira", "abierta", WANTED)
    loose = loosened(WANTED, {"one syllable off"})
    assert can_still_fit("es una gran ventana", "abierta", loose)
    assert not can_still_fit("es una gran ventana", "abierta", WANTED)


def test_a_beginning_that_breaks_the_metre_is_given_up() -> None:
    iambic = Wanted("en", 10, "iambic pentameter")
    assert can_still_fit("The heron waits until the", "forgets", iambic)
    assert not can_still_fit("And when he should come and", "forgets", iambic)
    assert not can_still_fit("The heron waits until the", "forgetting", iambic)
    assert can_still_fit("And when he should come and", "forgets", loosened(iambic, {"metre"}))


def keeps_the_form(poem: Poem, lines: int, form: str) -> None:
    """Assert what a poem in a form promises, of the lines that were let off nothing."""
    said = [line for line in poem.lines if line]
    assert len(said) == lines
    told = [report for report in poem.report.lines if report.syllables]
    assert len(told) == lines
    plan = find_form(form, poem.lang).plan(lines)
    tolerance = find_form(form, poem.lang).tolerance
    for slot, line, report in zip(plan[1:], said[1:], told[1:], strict=True):
        scanned = scan(line, lang=poem.lang).lines[0]
        if not report.let_off:
            assert any(
                scanned.least - tolerance <= count <= scanned.most + tolerance
                for count in slot.syllables
            )
    last = [line.split()[-1].strip(".,;:!?»”") for line in said]
    assert max(Counter(last).values()) == 1


@pytest.mark.parametrize(
    ("form", "lang", "first_line", "lines"),
    [
        ("redondilla", "es", "Dejé la lámpara encendida", 8),
        ("haiku", "es", "Luna en el pozo", 3),
        ("couplet", "en", "The heron waits until the pond forgets", 8),
        ("limerick", "en", "There was an old clock in the hall", 5),
    ],
)
def test_poems_keep_their_form(
    form: str, lang: str, first_line: str, lines: int, engine: LlamaCpp
) -> None:
    poem = Composer(engine).compose(ask(first_line, form=form, lang=lang, seed=3, max_words=90))
    assert (poem.form, poem.finish) == (form, "complete")
    keeps_the_form(poem, lines, form)
    assert not engine._open
    assert engine._free.qsize() == engine.slots


def test_a_form_that_is_written_alone_comes_back(engine: LlamaCpp) -> None:
    composer = Composer(engine, seeded_alone=True)
    request = ask("Dejé la lámpara encendida", form="redondilla", seed=5, max_words=30)
    first = composer.compose(request)
    assert first.report.alone
    assert composer.compose(request) == first


def test_every_form_has_a_plan() -> None:
    for form in forms():
        if form.id != "free":
            assert all(slot.syllables for slot in form.plan()), form.id


@pytest.mark.parametrize("form", ["soneto", "free"])
def test_patience_ends_a_poem(engine: LlamaCpp, form: str) -> None:
    composer = Composer(engine, patience=0.01)
    poem = composer.compose(ask("Dejé la lámpara encendida", form=form, seed=5))
    assert poem.finish == "deadline"
    assert poem.lines[0] == "Dejé la lámpara encendida"
