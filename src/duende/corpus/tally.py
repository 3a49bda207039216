"""Counts a published corpus: tables go in a batch at a time, counters come out.

What is kept in memory does not grow with the poems: histograms, one number for each author, and one
for each poem that has copies. It knows nothing of words or pictures.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from duende.corpus.authors import identity
from duende.corpus.published import SPLITS, Published

LANGUAGES = ("en", "es")

# In the order of time; whatever else a table says comes after these.
PERIODS = (
    "medieval",
    "golden-age",
    "18th-century",
    "19th-century",
    "early-20th-century",
    "modern",
    "unknown",
)

LARGEST_GROUPS = 10

COLUMNS = [
    *("id", "lang", "title", "author", "author_death_year", "period", "text", "form", "repairs"),
    *("removed", "words", "lines", "words_read", "lines_read", "foreign_lines"),
]
DROPPED_COLUMNS = ["lang", "words_read", "lines_read", "reason", "copy_of"]

_EQUAL = {
    2: "couplets",
    3: "tercets",
    4: "quatrains",
    5: "stanzas of 5",
    6: "stanzas of 6",
    7: "stanzas of 7",
    8: "octaves",
    9: "stanzas of 9",
    10: "stanzas of 10",
}
_SONNETS = {(4, 4, 3, 3), (4, 4, 4, 2), (8, 6)}

Value = TypeVar("Value", bound=Hashable)
Numbers = dict[str, Counter[int]]
Names = dict[str, Counter[str]]


def _by_each() -> dict[str, Any]:
    # English first and Spanish second in every table and legend, whoever comes first in the files.
    return defaultdict(Counter, {lang: Counter() for lang in LANGUAGES})


@dataclass(frozen=True, slots=True)
class Group:
    """A poem that was kept, and how many copies of it were dropped."""

    id: str
    copies: int
    title: str = ""
    author: str = ""


@dataclass(slots=True)
class Tally:
    """Everything that is counted, each by language: how many poems have this or that.

    `words` and `lines` are of kept poems as published; `words_read` and `lines_read` of all that
    were read, before anything was mended or dropped. `reasons` holds every language that was met.
    `in_two_splits` are authors who should be in one only.
    """

    splits: Names = field(default_factory=_by_each)
    words: Numbers = field(default_factory=_by_each)
    lines: Numbers = field(default_factory=_by_each)
    words_read: Numbers = field(default_factory=_by_each)
    lines_read: Numbers = field(default_factory=_by_each)
    periods: Names = field(default_factory=_by_each)
    centuries: Numbers = field(default_factory=_by_each)
    authors: Names = field(default_factory=_by_each)
    forms: Names = field(default_factory=_by_each)
    shapes: Names = field(default_factory=_by_each)
    repairs: Names = field(default_factory=_by_each)
    removed: Numbers = field(default_factory=_by_each)
    foreign: Numbers = field(default_factory=_by_each)
    reasons: Names = field(default_factory=_by_each)
    group_sizes: Numbers = field(default_factory=_by_each)
    largest: tuple[Group, ...] = ()
    in_two_splits: set[str] = field(default_factory=set)

    def kept(self, lang: str) -> int:
        """How many poems of a language are in the corpus."""
        return self.splits[lang].total()

    def dropped(self, lang: str) -> int:
        """How many poems of a language were left out."""
        return self.reasons[lang].total()

    @property
    def other_languages(self) -> list[str]:
        """The languages of dropped poems that are neither English nor Spanish, sorted."""
        return sorted(lang for lang in self.reasons if lang not in LANGUAGES)


def count(corpus: Published) -> Tally:
    """Read every table once and count."""
    tally = Tally()
    copies: dict[str, Counter[str]] = defaultdict(Counter)
    for batch in corpus.batches("dropped", DROPPED_COLUMNS):
        for lang, rows in _by_language(batch):
            _count_dropped(tally, rows, lang, copies[lang])
    for lang, groups in copies.items():
        tally.group_sizes[lang].update(number + 1 for number in groups.values())
    wanted = _largest(copies)
    named: dict[str, tuple[str, str]] = {}
    split_of: dict[str, str] = {}
    for split in SPLITS:
        for batch in corpus.batches(split, COLUMNS):
            for lang, rows in _by_language(batch):
                _count_kept(tally, rows, lang, split)
            for author in batch.column("author").unique().to_pylist():
                # Who is called in two ways is one author here, as where the splits are made.
                if author and split_of.setdefault(identity(author), split) != split:
                    tally.in_two_splits.add(author)
            if wanted:
                _name(batch, wanted, named)
    tally.largest = tuple(
        Group(id, number, *named.get(id, ("", ""))) for id, number in wanted.items()
    )
    return tally


def shape(text: str) -> str:
    """The name of a poem's stanzas: what a reader sees before reading.

    >>> shape("a\\nb\\n\\nc\\nd")
    'couplets'
    >>> shape("a\\nb\\nc\\nd\\n\\na\\nb\\nc\\nd\\n\\na\\nb\\nc\\n\\na\\nb\\nc")
    '4 + 4 + 3 + 3'
    >>> shape("a\\nb\\n\\nc")
    'stanzas of different lengths'
    """
    stanzas = [stanza.count("\n") + 1 for stanza in text.split("\n\n")]
    if len(stanzas) == 1:
        return "no stanza break"
    if len(set(stanzas)) == 1:
        return _EQUAL.get(
            stanzas[0], "equal stanzas, longer" if stanzas[0] > 10 else "single lines"
        )
    if tuple(stanzas) in _SONNETS:
        return " + ".join(map(str, stanzas))
    if set(stanzas[:-1]) == {3} and stanzas[-1] in (1, 4):
        return "tercets and a close"
    return "stanzas of different lengths"


def people(authors: Counter[str]) -> Counter[str]:
    """Authors by the name that is most in use, however it is turned or accented; nobody left out.

    >>> people(Counter({"Bécquer, Gustavo": 1, "Gustavo Bécquer": 2, "": 5}))
    Counter({'Gustavo Bécquer': 3})
    """
    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    for name, poems in sorted(authors.items(), key=lambda item: (-item[1], item[0])):
        if name:
            found[names.setdefault(identity(name) or name, name)] += poems
    return found


def quantile(numbers: Counter[int], share: float) -> int:
    """The number that a share of all are no greater than; 0 where there are none.

    >>> quantile(Counter([1, 2, 3, 4]), 0.5)
    2
    """
    wanted = share * numbers.total()
    seen = 0
    for number in sorted(numbers):
        seen += numbers[number]
        if seen >= wanted:
            return number
    return 0


def _by_language(batch: Any) -> Iterator[tuple[str, Any]]:
    import pyarrow.compute as compute

    langs = compute.fill_null(batch.column("lang"), "")
    for lang in sorted(langs.unique().to_pylist()):
        yield lang, batch.filter(compute.equal(langs, lang))


def _count_dropped(tally: Tally, rows: Any, lang: str, copies: Counter[str]) -> None:
    tally.reasons[lang].update(_values(rows.column("reason"), ""))
    tally.words_read[lang].update(_values(rows.column("words_read"), 0))
    tally.lines_read[lang].update(_values(rows.column("lines_read"), 0))
    copies.update(_values(rows.column("copy_of"), ""))
    del copies[""]


def _count_kept(tally: Tally, rows: Any, lang: str, split: str) -> None:
    import pyarrow.compute as compute

    tally.splits[lang][split] += rows.num_rows
    for name in ("words", "lines", "words_read", "lines_read"):
        getattr(tally, name)[lang].update(_values(rows.column(name), 0))
    tally.periods[lang].update(_values(rows.column("period"), "unknown"))
    years: Counter[int] = _values(rows.column("author_death_year"), 0)
    for year, poems in years.items():
        # 0 stands for an unknown year: there was none in any calendar.
        tally.centuries[lang][(year - 1) // 100 + 1 if year else 0] += poems
    tally.authors[lang].update(_values(rows.column("author"), ""))
    tally.forms[lang].update(_values(rows.column("form"), ""))
    tally.foreign[lang].update(_values(rows.column("foreign_lines"), 0))
    tally.removed[lang].update(_values(compute.list_value_length(rows.column("removed")), 0))
    tally.shapes[lang].update(map(shape, rows.column("text").to_pylist()))
    for repairs in rows.column("repairs").to_pylist():
        # Once a poem, however many times it was mended.
        tally.repairs[lang].update({each.partition(":")[0].strip() for each in repairs or ()})


def _values(column: Any, instead_of_null: Value) -> Counter[Value]:
    counted = column.value_counts()
    values, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    result: Counter[Value] = Counter()
    for value, number in zip(values, counts, strict=True):
        result[instead_of_null if value is None else value] += number
    return result


def _largest(copies: dict[str, Counter[str]]) -> dict[str, int]:
    together = sum(copies.values(), Counter[str]())
    order = sorted(together.items(), key=lambda item: (-item[1], item[0]))
    return dict(order[:LARGEST_GROUPS])


def _name(batch: Any, wanted: dict[str, int], named: dict[str, tuple[str, str]]) -> None:
    import pyarrow
    import pyarrow.compute as compute

    found = compute.is_in(batch.column("id"), value_set=pyarrow.array(wanted, pyarrow.string()))
    for row in batch.select(["id", "title", "author"]).filter(found).to_pylist():
        named[row["id"]] = (row["title"] or "", row["author"] or "")
