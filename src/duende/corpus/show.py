"""Finds one poem in a built corpus, kept or dropped, and tells what became of it.

The tables are read a batch at a time and searched as columns; only the poem that is shown is read
whole.
"""

import heapq
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from duende.corpus.chapter import language_name, number_of
from duende.corpus.published import SPLITS, Published, open_corpus
from duende.errors import SourceError

Among = Literal["all", "kept", "dropped"]

# How many other poems are named under the one that is shown.
OTHERS = 10

# So much of an id is no accident: "face" and "dead" may be words of a title as well.
SURE = 6

# Letters of a text among which its first line is looked for: no verse is longer.
FIRST_LINE = 250

_TABLES: dict[str, tuple[str, ...]] = {
    "all": (*SPLITS, "dropped"),
    "kept": SPLITS,
    "dropped": ("dropped",),
}


@dataclass(frozen=True, slots=True)
class Other:
    """Another poem that was found: enough to ask for it."""

    id: str
    title: str
    author: str
    table: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A poem as it lies in the corpus, and the best of the other poems that were found with it.

    `table` is its split, or "dropped". `found` counts all that were found, this one included.
    """

    row: dict[str, Any]
    table: str
    found: int = 1
    others: tuple[Other, ...] = ()

    def __str__(self) -> str:
        return render(self)


class _Place(NamedTuple):
    # In the order in which poems are preferred; the position settles every tie.
    rank: int
    table: int
    position: int
    other: Other


def find(
    folder: Path, which: str = "", *, seed: int | None = None, lang: str = "", among: Among = "all"
) -> Shown:
    """A poem by the beginning of its id, by words of its title, first line or author, or at random.

    Case and accents do not matter. With nothing to look for, one is drawn: the same for the same
    seed. `lang` and `among` narrow what is looked at. A `SourceError` says that nothing was found.
    """
    corpus = open_corpus(folder)
    if not which.strip():
        return _draw(corpus, seed, lang, among)
    count = 0
    # Only the best are kept, whatever is found: a heap whose smallest is the worst.
    best: list[tuple[tuple[int, int, int], _Place]] = []
    for place in _search(corpus, which.strip(), lang, among):
        count += 1
        worse = (-place.rank, -place.table, -place.position)
        if len(best) <= OTHERS:
            heapq.heappush(best, (worse, place))
        else:
            heapq.heappushpop(best, (worse, place))
    if not best:
        raise SourceError(
            f"no poem{_narrowed(lang, among)} in {folder} has an id that begins with, or words of "
            f"title, first line or author like “{which.strip()}”: try fewer or other words"
        )
    first, *others = sorted(place for _, place in best)
    table = _TABLES[among][first.table]
    row = corpus.row(table, first.position)
    return Shown(row, table, count, tuple(place.other for place in others))


def render(shown: Shown) -> str:
    """The poem for reading: itself, where it came from, and what was done to it.

    >>> row = {"id": "a1", "lang": "es", "title": "Bajo el sol", "text": "Bajo el sol\\ncanta."}
    >>> print(render(Shown(row, "train")))
    Bajo el sol
    author not known
    <BLANKLINE>
    Bajo el sol
    canta.
    <BLANKLINE>
    id        a1
    language  Spanish
    split     train
    """
    row = shown.row
    year = row.get("author_death_year")
    by = (row.get("author") or "author not known") + (f" (d. {year})" if year else "")
    blocks = [f"{_line(row.get('title') or 'Without a title')}\n{_line(by)}"]
    blocks.append(_safe(row.get("text") or ""))
    facts = [(name, _line(value)) for name, value in _facts(shown) if value]
    blocks.append("\n".join(f"{name:<9} {value}" for name, value in facts))
    removed = row.get("removed") or ()
    if removed:
        cut = "\n".join(f"  - {_line(line)}" for line in removed)
        blocks.append(f"Cut, as not the poem:\n{cut}")
    if shown.found > 1:
        more = "\n".join(_named(other) for other in shown.others)
        unnamed = shown.found - 1 - len(shown.others)
        rest = f"\n  and {unnamed:,} more" if unnamed else ""
        blocks.append(f"Found besides ({shown.found - 1:,}):\n{more}{rest}")
    return "\n\n".join(blocks)


def _facts(shown: Shown) -> list[tuple[str, str]]:
    row = shown.row
    lang = row.get("lang") or ""
    reason = row.get("reason") or "no reason is given"
    copy_of = row.get("copy_of")
    if copy_of:
        reason += f", a copy of {copy_of}"
    facts = [
        ("id", row.get("id") or ""),
        ("language", language_name(lang)),
        ("period", row.get("period") or ""),
        ("form", row.get("form") or ""),
        ("tags", ", ".join(row.get("tags") or ())),
        ("source", row.get("source") or ""),
        ("place", row.get("place") or ""),
        ("licence", row.get("licence") or ""),
        ("left out", reason) if shown.table == "dropped" else ("split", shown.table),
    ]
    if row.get("words_read") is not None:
        facts.append(
            (
                "length",
                f"{number_of(row['lines'], 'line')} and {number_of(row['words'], 'word')}; as it "
                f"was read, {row['lines_read']:,} and {row['words_read']:,}",
            )
        )
        facts.append(("mended", "; ".join(row.get("repairs") or ()) or "nothing"))
    if row.get("foreign_lines"):
        facts.append(("foreign", f"{number_of(row['foreign_lines'], 'line')} in another language"))
    return facts


def _named(other: Other) -> str:
    left_out = ", left out" if other.table == "dropped" else ""
    title, author = other.title or "Without a title", other.author or "author not known"
    return f"  {other.id}  {_line(title)}, {_line(author)}{left_out}"


def _search(corpus: Published, which: str, lang: str, among: Among) -> Any:
    import pyarrow
    import pyarrow.compute as compute

    wanted = _as_compared(pyarrow.array([which]))[0].as_py()
    words = wanted.split()
    for number, table in enumerate(_TABLES[among]):
        seen = 0
        for batch in corpus.batches(table, ["id", "lang", "title", "author", "text"]):
            first_lines = compute.replace_substring_regex(
                compute.utf8_slice_codeunits(batch.column("text"), 0, FIRST_LINE),
                pattern=r"(?s)\n.*",
                replacement="",
            )
            columns = [
                _as_compared(column)
                for column in (batch.column("title"), first_lines, batch.column("author"))
            ]
            together = compute.binary_join_element_wise(*columns, "")
            by_id = compute.starts_with(batch.column("id"), pattern=which)
            # Words made of nothing but signs are in no poem, not in all.
            by_words = compute.and_kleene(bool(words), compute.is_valid(batch.column("id")))
            for word in words:
                by_words = compute.and_(by_words, compute.match_substring(together, f" {word} "))
            found = compute.or_(compute.fill_null(by_id, False), by_words)
            if lang:
                found = compute.and_(found, compute.equal(batch.column("lang"), lang))
            for index in compute.indices_nonzero(compute.fill_null(found, False)).to_pylist():
                compared = [column[index].as_py().strip() for column in columns]
                id, title, author = (
                    batch.column(name)[index].as_py() or "" for name in ("id", "title", "author")
                )
                rank = _rank(id, which, wanted, compared)
                yield _Place(rank, number, seen + index, Other(id, title, author, table))
            seen += batch.num_rows


def _rank(id: str, which: str, wanted: str, compared: list[str]) -> int:
    """How well a poem answers, 0 the best; title, first line and author as they are compared."""
    title, first_line, author = compared
    wanted = wanted.strip()
    answers = (
        id == which,
        id.startswith(which) and len(which) >= SURE,
        title == wanted,
        first_line == wanted,
        author == wanted,
        title.startswith(wanted),
        first_line.startswith(wanted),
        f" {wanted} " in f" {title} ",
        f" {wanted} " in f" {first_line} ",
        set(wanted.split()) <= set(title.split()),
        set(wanted.split()) <= set(first_line.split()),
        set(wanted.split()) <= set(author.split()),
        not id.startswith(which),  # words of several of them
    )
    return answers.index(True) if True in answers else len(answers)


def _draw(corpus: Published, seed: int | None, lang: str, among: Among) -> Shown:
    import pyarrow.compute as compute

    def candidates() -> Any:
        for table in _TABLES[among]:
            seen = 0
            for batch in corpus.batches(table, ["lang"]):
                here = compute.fill_null(compute.equal(batch.column("lang"), lang), False)
                yield table, seen, here if lang else None, batch.num_rows
                seen += batch.num_rows

    total = sum(rows if here is None else here.true_count for _, _, here, rows in candidates())
    if not total:
        raise SourceError(f"there is no poem{_narrowed(lang, among)} in {corpus.folder}")
    number = random.Random(seed).randrange(total)
    for table, seen, here, rows in candidates():
        there = rows if here is None else here.true_count
        if number < there:
            index = number if here is None else compute.indices_nonzero(here)[number].as_py()
            return Shown(corpus.row(table, seen + index), table)
        number -= there
    raise AssertionError("a table changed while it was read")


def _as_compared(column: Any) -> Any:
    """Words in lower case without accents or punctuation, with one blank around each."""
    import pyarrow.compute as compute

    column = compute.utf8_normalize(compute.fill_null(column, ""), form="NFKD")
    column = compute.replace_substring_regex(column, pattern=r"\p{M}+", replacement="")
    column = compute.replace_substring_regex(
        compute.utf8_lower(column), pattern=r"[^\p{L}\p{N}]+", replacement=" "
    )
    return compute.binary_join_element_wise("", compute.utf8_trim(column, " "), "", " ")


def _narrowed(lang: str, among: Among) -> str:
    kept = {"all": "", "kept": " that was kept", "dropped": " that was left out"}[among]
    return (f" in {language_name(lang)}" if lang else "") + kept


def _line(text: str) -> str:
    return _safe(" ".join(text.split()))


def _safe(text: str) -> str:
    """Text that cannot order a terminal about: what was dropped may hold anything.

    >>> _safe("\\x1b[2Jsol\\n\\tluna")
    '\\ufffd[2Jsol\\n\\tluna'
    """
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)
