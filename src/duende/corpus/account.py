"""What a corpus was made from, what was done to it, and what was left out: every number adds up."""

import re
from collections import Counter
from typing import Any

from duende.corpus.chapter import (
    NAMES,
    Cell,
    Chapter,
    Table,
    bars,
    both,
    language_name,
    merged,
    number_of,
    order_of,
    ranked,
    share,
    table,
)
from duende.corpus.published import SPLITS
from duende.corpus.tally import LANGUAGES, Names, Tally, people

REPAIRS = 16
ORIGINS = 40


def contents(tally: Tally) -> Chapter:
    """How many poems, authors, lines and words, and in which part."""
    kept = {lang: tally.kept(lang) for lang in LANGUAGES}
    told = [
        f"{number_of(sum(kept.values()), 'poem')}: "
        + " and ".join(f"{kept[lang]:,} in {NAMES[lang]}" for lang in LANGUAGES)
        + "."
    ]
    for lang in LANGUAGES:
        words, lines = _sum(tally.words[lang]), _sum(tally.lines[lang])
        authors = len(people(tally.authors[lang]))
        told.append(
            f"{NAMES[lang]}: {number_of(authors, 'author')}, {number_of(lines, 'line')}, "
            f"{number_of(words, 'word')}."
        )
    told.append(
        "The poems are in three parts: one to learn from (train), one to choose by (validation) "
        "and one to measure with (test)."
    )
    told.append(
        f"{number_of(len(tally.in_two_splits), 'author')} in two of them, which should not be: "
        f"{', '.join(sorted(tally.in_two_splits)[:5])}."
        if tally.in_two_splits
        else "No author is in two of them."
    )
    train = sum(tally.splits[lang]["train"] for lang in LANGUAGES)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (split, *(tally.splits[lang][split] for lang in LANGUAGES), both(tally.splits, split))
        for split in SPLITS
    )
    return Chapter(
        "What is in it",
        tuple(told),
        bars(
            "splits",
            list(SPLITS),
            tally.splits,
            f"{share(train, sum(kept.values()))} of the poems, {train:,}, are to learn from.",
        )
        if any(kept.values())
        else None,
        (
            Table(
                ("part", "English", "Spanish", "both"),
                (*rows, ("all", *(kept[lang] for lang in LANGUAGES), sum(kept.values()))),
            ),
        ),
    )


def kept_and_dropped(tally: Tally, manifest: dict[str, Any]) -> Chapter:
    """How many were read, kept and left out; says so where that does not add up."""
    languages = [*LANGUAGES, *tally.other_languages]
    rows: list[tuple[Cell, ...]] = []
    for lang in languages:
        kept, dropped = tally.kept(lang), tally.dropped(lang)
        rows.append(
            (language_name(lang), kept + dropped, kept, share(kept, kept + dropped), dropped)
        )
    kept, dropped = (sum(map(each, languages)) for each in (tally.kept, tally.dropped))
    rows.append(("all", kept + dropped, kept, share(kept, kept + dropped), dropped))
    told = [
        f"Of {number_of(kept + dropped, 'poem')} that were read, {kept:,} are in the corpus "
        f"({share(kept, kept + dropped)}) and {dropped:,} were left out, each for a reason."
    ]
    said = sum(_sums(manifest.get("read")).values())
    if said != kept + dropped:
        told.append(
            f"This does not add up: the manifest says that {said:,} were read, but the tables hold "
            f"{kept + dropped:,}."
        )
    for lang in LANGUAGES:
        said = _sums(manifest.get("poems"))[lang]
        if said != tally.kept(lang):
            told.append(
                f"This does not add up: the manifest says {said:,} poems in {NAMES[lang]}, but the "
                f"tables hold {tally.kept(lang):,}."
            )
    return Chapter(
        "Read, kept and left out",
        tuple(told),
        tables=(Table(("language", "read", "kept", "share kept", "left out"), tuple(rows)),),
    )


def reasons(tally: Tally) -> Chapter:
    """Why poems were left out."""
    total = sum(reasons.total() for reasons in tally.reasons.values())
    if not total:
        return Chapter("Why poems were left out", ("Nothing was left out.",))
    merged = _with_others(tally.reasons)
    order = order_of(merged)
    first = order[0]
    return Chapter(
        "Why poems were left out",
        (
            "The first reason that a poem met is the one that is counted. Every poem that was left "
            "out is in dropped.parquet.",
        ),
        bars(
            "reasons",
            order,
            merged,
            f"The commonest reason is “{first}”: {number_of(both(merged, first), 'poem')}, "
            f"{share(both(merged, first), total)} of all that were left out.",
            stacked=True,
        ),
        (table("reason", order, merged, total),),
    )


def repairs(tally: Tally) -> Chapter:
    """What was mended in the poems that stayed."""
    cut = sum(_sum(tally.removed[lang]) for lang in LANGUAGES)
    return ranked(
        "What was mended",
        "repairs",
        {lang: tally.repairs[lang] for lang in LANGUAGES},
        total=sum(map(tally.kept, LANGUAGES)),
        rows=REPAIRS,
        told="Poems of the corpus that were mended in some way, or in several ways. "
        f"{number_of(cut, 'line')} that were not the poem were cut.",
        head="repair",
        nothing="Nothing had to be mended.",
    )


def duplicates(tally: Tally) -> Chapter:
    """Copies: of which kind, how many of one poem, and the poems that had most."""
    kinds = {
        lang: Counter({why: n for why, n in tally.reasons[lang].items() if "duplicate" in why})
        for lang in LANGUAGES
    }
    copies = merged(kinds).total()
    if not copies:
        return Chapter("Copies", ("No poem was there twice.",))
    sizes = {lang: Counter[str]() for lang in LANGUAGES}
    for lang in LANGUAGES:
        for size, groups in tally.group_sizes[lang].items():
            sizes[lang][_size(size)] += groups
    order = [name for name in map(_size, (2, 3, 4, 5, 10)) if both(sizes, name)]
    groups = merged(sizes).total()
    caption = (
        f"{number_of(groups, 'poem')} of the corpus had {number_of(copies, 'copy', 'copies')}, "
        "which were left out."
    )
    largest = tuple(
        (group.title or "(no title)", group.author, group.copies, group.id)
        for group in tally.largest
    )
    return Chapter(
        "Copies",
        (
            "Of poems that are the same, or nearly the same, the most complete stays. The picture "
            "shows how many times a poem was there, the one that stays included.",
        ),
        bars("copies", order, sizes, caption),
        (
            table("kind of copy", order_of(kinds), kinds, copies),
            table("how many times", order, sizes, groups),
            Table(("most copies", "author", "copies left out", "id"), largest),
        ),
    )


def foreign_lines(tally: Tally) -> Chapter:
    """Lines in another language than their poem, and poems left out for theirs."""
    heading = "Lines in another language"
    lines = sum(_sum(tally.lines[lang]) for lang in LANGUAGES)
    foreign = sum(_sum(tally.foreign[lang]) for lang in LANGUAGES)
    wrong = sum(
        poems
        for reasons in tally.reasons.values()
        for why, poems in reasons.items()
        if "language" in why
    )
    told = [
        f"{number_of(wrong, 'poem')} in another language than English or Spanish, or with too many "
        "such lines, were left out.",
    ]
    languages = Counter(
        {language_name(lang): tally.dropped(lang) for lang in tally.other_languages}
    )
    tables = []
    if languages:
        tables.append(
            Table(("language of poems left out", "poems"), tuple(languages.most_common(12)))
        )
    if not foreign:
        return Chapter(
            heading, (*told, "No line of the corpus is in another language."), None, tuple(tables)
        )
    some = {lang: Counter[str]() for lang in LANGUAGES}
    for lang in LANGUAGES:
        for number, poems in tally.foreign[lang].items():
            if number:
                some[lang][_foreign(number)] += poems
    order = [name for name in map(_foreign, (1, 2, 3, 4, 5)) if both(some, name)]
    with_some = merged(some).total()
    total = sum(tally.kept(lang) for lang in LANGUAGES)
    caption = (
        f"{number_of(foreign, 'line')} of the corpus ({share(foreign, lines)}), in "
        f"{number_of(with_some, 'poem')}, are in another language than their poem."
    )
    return Chapter(
        heading,
        tuple(told),
        bars("foreign-lines", order, some, caption),
        (table("lines in another language", order, some, total), *tables),
    )


def sources(manifest: dict[str, Any]) -> Chapter:
    """Sources with their licences, the files that were read and those that were made."""
    sources = manifest.get("sources") or []
    rows: list[tuple[Cell, ...]] = []
    files: list[tuple[Cell, ...]] = []
    for source in sources:
        name = str(source.get("name", ""))
        rows.append(
            (
                *(
                    name,
                    str(source.get("address") or ""),
                    str(source.get("licence") or "not known"),
                ),
                *(int(source.get("read") or 0), int(source.get("kept") or 0)),
            )
        )
        files += [
            (name, str(file.get("name")), int(file.get("bytes") or 0), str(file.get("sha256")))
            for file in source.get("files") or []
        ]
    published = tuple(
        (name, int(file.get("rows") or 0), str(file.get("sha256")))
        for name, file in sorted((manifest.get("files") or {}).items())
    )
    return Chapter(
        "Where they come from",
        (
            "The licence is what the source says of itself; each poem's own rights are for the "
            "user of this corpus to respect.",
        ),
        tables=(
            Table(("source", "address", "licence", "read", "kept"), tuple(rows)),
            Table(("where a source has them from", "licence", "poems"), _origins(manifest)),
            Table(("source", "file read", "bytes", "SHA-256"), tuple(files)),
            Table(("file of the corpus", "poems", "SHA-256"), published),
        ),
    )


def problems(manifest: dict[str, Any]) -> Chapter:
    """What could not be read."""
    problems = manifest.get("problems") or {}
    count, first = (
        int(problems.get("count") or 0),
        [str(each) for each in problems.get("first") or ()],
    )
    if not count:
        return Chapter("What could not be read", ("Everything could be read.",))
    which = "These are the first" if len(first) < count else "All of them"
    told = f"{number_of(count, 'place')} could not be read. {which}:"
    return Chapter("What could not be read", (told,), listed=tuple(first))


def _with_others(counts: Names) -> Names:
    """The same, with all languages but ours as one."""
    result = {lang: counts[lang] for lang in LANGUAGES}
    others = merged({lang: each for lang, each in counts.items() if lang not in LANGUAGES})
    return {**result, "other": others} if others else result


def _origins(manifest: dict[str, Any]) -> tuple[tuple[Cell, ...], ...]:
    """Whom the sources name for their poems, the licence with each author's year left out."""
    kept: Counter[tuple[str, str]] = Counter()
    for origin in manifest.get("origins") or ():
        licence = re.sub(r"\bd\. \d+", "d. …", str(origin.get("licence") or "not known"))
        kept[str(origin.get("name", "")), licence] += int(origin.get("kept") or 0)
    order = sorted(kept.items(), key=lambda item: (-item[1], item[0]))
    return tuple((name, licence, poems) for (name, licence), poems in order[:ORIGINS])


def _sum(numbers: Counter[int]) -> int:
    return sum(number * times for number, times in numbers.items())


def _sums(said: Any) -> Counter[str]:
    return Counter({lang: int(number) for lang, number in (said or {}).items()})


def _size(copies: int) -> str:
    if copies < 5:
        return {2: "twice", 3: "three times", 4: "four times"}[copies]
    return "five to nine times" if copies < 10 else "ten times or more"


def _foreign(lines: int) -> str:
    return number_of(lines, "line") if lines < 5 else "5 lines or more"
