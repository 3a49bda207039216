"""Turns what was measured into a table that a reader understands. Measures nothing itself.

Each figure is the median over the rounds. A ratio is taken within each round, where both sides
met the same machine, and then the median of those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench import first_version
from bench.record import EngineRun, Poems, Results, Round

START, END = "<!-- bench:start -->", "<!-- bench:end -->"
LANGUAGES = {"es": "Spanish", "en": "English"}


@dataclass(frozen=True)
class Spread:
    """The median of some numbers, with the least and the most of them."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> "Spread":
        """The spread of `numbers`, of which there must be one at least.

        >>> Spread.of([3, 1, 2])
        Spread(middle=2, least=1, most=3)
        """
        known = list(numbers)
        return cls(median(known), min(known), max(known))

    def told(self, digits: int = 0, unit: str = "") -> str:
        """As text: `21 (19–22)`; the span is left out where it would be the number again.

        >>> Spread(2.04, 1.9, 2.1).told(1, "×")
        '2.0× (1.9–2.1)'
        """
        middle, least, most = (
            f"{each:.{digits}f}" for each in (self.middle, self.least, self.most)
        )
        span = "" if least == most else f" ({least}–{most})"
        return f"{middle}{unit}{span}"


@dataclass(frozen=True)
class Target:
    """A number that must be reached: at least `least`, or less than `below`."""

    told: str
    least: float | None = None
    below: float | None = None

    def met(self, found: float) -> bool:
        """Whether `found` reaches it.

        >>> Target("≥ 2×", least=2).met(1.99), Target("< 1 s", below=1).met(0.4)
        (False, True)
        """
        enough = self.least is None or found >= self.least
        return enough and (self.below is None or found < self.below)

    def verdict(self, found: float) -> str:
        """The target and whether it is met, as text."""
        return f"{self.told}: {'met' if self.met(found) else '**not met**'}"


@dataclass(frozen=True)
class Row:
    """A row of the table, its cells as text."""

    what: str
    first: str = "–"
    ours: str = "–"
    ratio: str = "–"
    target: str = "–"


def render(results: Results) -> str:
    """The table in Markdown, with a sentence on the machine before it and how to read it after."""
    head = ("What", "First version", "duende", "Ratio", "Target")
    rows = [(row.what, row.first, row.ours, row.ratio, row.target) for row in rows_of(results)]
    lines = [head, tuple("---" for _ in head), *rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{_machine(results)}\n\n{table}\n\n{_notes(results)}"


def rows_of(results: Results) -> list[Row]:
    """The rows, in the order in which a reader asks."""
    rounds = results.rounds
    return [
        *_engine_rows(results),
        *(_word_row(results, lang) for lang in LANGUAGES),
        *(_delivered_row(rounds, lang) for lang in LANGUAGES),
        *(_crowd_row(rounds, lang) for lang in LANGUAGES),
        *_http_rows(rounds),
        *_waiting_rows(results),
        *_memory_rows(results),
    ]


def _engine_rows(results: Results) -> list[Row]:
    rounds = results.rounds
    first = Spread.of(each.first_direct.speed for each in rounds)
    writing = Spread.of(_one(each).writing.speed for each in rounds)
    whole = Spread.of(_one(each).whole.speed for each in rounds)
    crowd = Spread.of(_many(each).writing.speed for each in rounds)
    ratio = Spread.of(_one(each).writing.speed / each.first_direct.speed for each in rounds)
    with_prompt = Spread.of(_one(each).whole.speed / each.first_direct.speed for each in rounds)
    gain = Spread.of(_many(each).writing.speed / _one(each).writing.speed for each in rounds)
    crowd_with_prompts = Spread.of(
        _many(each).whole.speed / _one(each).whole.speed for each in rounds
    )
    share = results.base_bytes * writing.middle / results.bandwidth
    readers = _many(rounds[0]).readers
    return [
        Row(
            "The model alone, one reader: tokens a second",
            first.told(),
            writing.told(),
            ratio.told(1, "×"),
            Target("≥ 3.5×", least=3.5).verdict(ratio.middle),
        ),
        Row(
            "… with the reading of its prompt counted in",
            first.told(),
            whole.told(),
            with_prompt.told(1, "×"),
        ),
        Row(
            f"The model alone, {_number(readers)} readers: tokens a second for all",
            "–",
            crowd.told(),
            f"{gain.told(1, '×')} one reader",
            Target("≥ 2× one reader", least=2).verdict(gain.middle),
        ),
        Row(
            "… with the reading of their prompts counted in",
            "–",
            Spread.of(_many(each).whole.speed for each in rounds).told(),
            f"{crowd_with_prompts.told(1, '×')} one reader",
        ),
        Row(
            "Share of the memory's speed that one reader uses",
            "–",
            f"{share:.0%} of {results.bandwidth / 1e9:.1f} GB/s",
        ),
    ]


def _word_row(results: Results, lang: str) -> Row:
    """Words a second at the model's own speed: tokens a second by the tokens a word takes."""
    taken = tokens_a_word(results.rounds, lang)
    theirs = first_version.tokens_a_word(lang)
    first = Spread.of(each.first_direct.speed / theirs for each in results.rounds)
    if not taken:
        return Row(f"{LANGUAGES[lang]} words a second at that speed", first.told(1))
    ours = Spread.of(_one(each).writing.speed / taken for each in results.rounds)
    ratio = Spread.of(
        (_one(each).writing.speed / taken) / (each.first_direct.speed / theirs)
        for each in results.rounds
    )
    target = Target("≥ 6× (the aim: 10×)", least=6).verdict(ratio.middle) if lang == "es" else "–"
    return Row(
        f"{LANGUAGES[lang]} words a second at that speed",
        first.told(1),
        ours.told(1),
        ratio.told(1, "×"),
        target,
    )


def _delivered_row(rounds: Sequence[Round], lang: str) -> Row:
    """Words a second that one reader is given over HTTP, in whole poems."""
    theirs = first_version.tokens_a_word(lang)
    first = Spread.of(each.first_http.speed / theirs for each in rounds)
    ours = Spread.of(words_a_second(each, "http", lang, 1) for each in rounds)
    ratio = Spread.of(
        words_a_second(each, "http", lang, 1) / (each.first_http.speed / theirs) for each in rounds
    )
    return Row(
        f"{LANGUAGES[lang]} words a second in whole poems, over HTTP, one reader",
        first.told(1),
        ours.told(1),
        ratio.told(1, "×"),
    )


def _crowd_row(rounds: Sequence[Round], lang: str) -> Row:
    readers = _many(rounds[0]).readers
    ours = Spread.of(words_a_second(each, "http", lang, readers) for each in rounds)
    gain = Spread.of(
        words_a_second(each, "http", lang, readers) / words_a_second(each, "http", lang, 1)
        for each in rounds
    )
    return Row(
        f"… {LANGUAGES[lang]}, {_number(readers)} readers, for all",
        "–",
        ours.told(1),
        f"{gain.told(1, '×')} one reader",
    )


def _http_rows(rounds: Sequence[Round]) -> list[Row]:
    many = _many(rounds[0]).readers
    rows = []
    for readers, told in ((1, "one reader, the same poems"), (many, f"{_number(many)} readers")):
        share = Spread.of(
            100 * words_a_second(each, "http", None, readers) / direct
            for each in rounds
            if (direct := words_a_second(each, "direct", None, readers))
        )
        target = Target("≥ 90 %", least=90).verdict(share.middle)
        what = f"Over HTTP against direct: words a second, {told}"
        rows.append(Row(what, ours=share.told(0, " %"), target=target))
    return rows


def _waiting_rows(results: Results) -> list[Row]:
    rounds = results.rounds
    many = _many(rounds[0]).readers
    first = Spread.of(each.first_http.seconds for each in rounds)
    alone = Spread.of(_first_words(rounds, 1))
    crowd = Spread.of(_first_words(rounds, many))
    ready = Spread.of(each.ready_seconds for each in rounds)
    rows = [
        Row(
            "From the request to the first words of the poem, one reader",
            f"{first.told(1)} s, with the last",
            f"{alone.told(2)} s",
            "–",
            Target("< 1 s", below=1).verdict(alone.middle),
        ),
        Row(f"… {_number(many)} readers", "–", f"{crowd.told(2)} s"),
        Row("From the start to the first request answered", "–", f"{ready.told(1)} s"),
    ]
    if results.build_seconds is not None:
        rows.append(Row("Building the base, once", "–", f"{results.build_seconds:.1f} s"))
    return rows


def _memory_rows(results: Results) -> list[Row]:
    rounds = results.rounds
    first = Spread.of(each.first_megabytes for each in rounds)
    api = Spread.of(each.api_megabytes for each in rounds)
    both = api.middle + results.page_megabytes
    many = _number(_many(rounds[0]).readers)
    page = "the page, open in a browser" if results.page_opened else "the page, fetched once"
    return [
        Row(
            f"Memory of the API after {many} readers",
            f"{first.told()} MB, one reader",
            f"{api.told()} MB",
            f"{api.middle / first.middle:.2f}×",
            Target("< 450 MB", below=450).verdict(api.middle),
        ),
        Row(
            f"… and {page}",
            "–",
            f"{both:.0f} MB",
            "–",
            Target("< 900 MB", below=900).verdict(both),
        ),
    ]


def tokens_a_word(rounds: Sequence[Round], lang: str) -> float:
    """Tokens a word of our own poems in `lang`, line breaks included; 0 where nobody counted."""
    written = [poems for each in rounds for poems in each.poems if poems.lang == lang]
    return sum(poems.tokens for poems in written) / sum(poems.words for poems in written)


def words_a_second(each: Round, way: str, lang: str | None, readers: int) -> float:
    """Words a second in a round: all words by all seconds of the poems that fit."""
    chosen = [
        poems
        for poems in each.poems
        if poems.way == way and poems.readers == readers and lang in (None, poems.lang)
    ]
    return sum(poems.words for poems in chosen) / sum(poems.seconds for poems in chosen)


def same_poems(rounds: Sequence[Round]) -> tuple[int, int]:
    """How many poems for one reader came out the same both ways, and how many there were."""

    def alone(way: str) -> list[list[Poems]]:
        return [[it for it in each.poems if it.way == way and it.readers == 1] for each in rounds]

    pairs = [
        (one.sent, other.sent)
        for ours, others in zip(alone("direct"), alone("http"), strict=True)
        for one, other in zip(ours, others, strict=True)
    ]
    return sum(one == other for one, other in pairs), len(pairs)


def put(page: str, table: str, opening: str = START, closing: str = END) -> str:
    """`page` with `table` between its two marks.

    >>> put(f"a {START} old {END} z", "new") == f"a {START}\\nnew\\n{END} z"
    True

    Raises `ValueError` where the marks are not there.
    """
    before, start, rest = page.partition(opening)
    _, end, after = rest.partition(closing)
    if not (start and end):
        raise ValueError(f"The page has no {opening} … {closing}: put both where it should be.")
    return f"{before}{opening}\n{table.strip()}\n{closing}{after}"


def _one(each: Round) -> EngineRun:
    return each.engine[0]


def _many(each: Round) -> EngineRun:
    return each.engine[-1]


def _first_words(rounds: Sequence[Round], readers: int) -> list[float]:
    return [
        seconds
        for each in rounds
        for poems in each.poems
        if poems.way == "http" and poems.readers == readers
        for seconds in poems.first_words
    ]


def _number(readers: int) -> str:
    return {2: "two", 4: "four", 8: "eight"}.get(readers, str(readers))


def _machine(results: Results) -> str:
    facts = results.machine
    versions = facts["versions"]
    named = ("duende", "xllamacpp", "torch", "transformers")
    told = ", ".join(f"{name} {versions[name]}" for name in named if name in versions)
    rounds = f"{_count(len(results.rounds), 'round')} by turns"
    quick = " A quick run: its numbers mean little." if results.quick else ""
    return (
        f"Measured on {facts['date']}: {facts['processors']} × {facts['processor']}, "
        f"{facts['system']}, Python {versions['python']}, {told}; {rounds}, median (least–most)."
        f"{quick}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _notes(results: Results) -> str:
    taken = {lang: tokens_a_word(results.rounds, lang) for lang in LANGUAGES}
    theirs = {lang: first_version.tokens_a_word(lang) for lang in LANGUAGES}
    ours = " and ".join(f"{taken[lang]:.2f} ({LANGUAGES[lang]})" for lang in LANGUAGES)
    first = " and ".join(f"{theirs[lang]:.2f} ({LANGUAGES[lang]})" for lang in LANGUAGES)
    same, pairs = same_poems(results.rounds)
    return (
        "The first version is its server rebuilt: GPT-2 small in transformers, 32-bit, with its "
        "settings and random weights, which are as fast as any. Its words are computed from its "
        f"tokens, {first} a word, for {first_version.WORDS_A_LINE} words a line and "
        f"{first_version.TOKENS_A_BREAK} tokens a line break. Ours are counted: our poems took "
        f"{ours} tokens a word. “At that speed” is the model writing without pause; “in whole "
        "poems” counts only the words that reach the reader, while the time holds everything: "
        "the reading of the prompt and the lines that were written and dropped. Of "
        f"{pairs} poems for one reader, {same} came out word for word the same both ways. "
        "Memory is resident memory of all processes together; the base's file, shared between "
        "processes that use it, is counted in. The share of the memory's speed is the base's "
        f"{results.base_bytes / 1e6:.0f} MB, read once a token, against what numpy reads with as "
        "many threads."
    )
