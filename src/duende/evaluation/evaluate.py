"""An evaluation, from first lines to the report; its list of steps.

write     poems.py                 every writer from the same lines and seeds; goes on if stopped
read      people.py                the corpus: poems to learn from, held-out poems beside ours
score     given                    bits a byte of each voice on the validation poems
compare   compare.py               all figures, language by language, the n-gram baseline's too
publish   told.py, blind.py        the report, the figures as JSON, pairs for a blind reading
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from duende.corpus import report
from duende.corpus.disk import replace_file
from duende.corpus.published import open_corpus
from duende.errors import VoiceError
from duende.evaluation import blind, told
from duende.evaluation.compare import Figures, compare
from duende.evaluation.floors import PEOPLE, verdicts
from duende.evaluation.ngram import NgramModel
from duende.evaluation.originality import TrainingText
from duende.evaluation.people import HELD_OUT, HumanPoem, beside, in_random_order, read_split
from duende.evaluation.poems import Sample, Task, Write, plan, write_poems
from duende.language import LANGUAGES
from duende.poem import Language

NGRAM = "n-gram"
TRAINING, VALIDATION = "train", "validation"
MAX_WORDS = 200

Score = Callable[[str, Sequence[HumanPoem], bool], Mapping[Language, float]]
Say = Callable[[str], None]
Sets = dict[str, list[Sample]]


@dataclass(frozen=True)
class Writer:
    """Somebody whose poems are measured: a name, a way to write, and what they are known by.

    `known_by` has what may not change while poems are written: hashes and versions. `at_once` is
    how many poems it can write at a time.
    """

    name: str
    write: Write
    known_by: Mapping[str, str] = field(default_factory=dict)
    at_once: int = 1


@dataclass(frozen=True)
class Library:
    """What a corpus has in one language: poems to learn from, others to score, others to measure.

    Some of the validation poems are scored; the held-out ones, all of them and the test poems,
    are measured.
    """

    training: Sequence[str] = ()
    validation: Sequence[HumanPoem] = ()
    held_out: Sequence[HumanPoem] = ()


def evaluate(
    writers: Sequence[Writer],
    out: Path,
    *,
    corpus: Path | None = None,
    poems: int = 200,
    seeds: int = 4,
    pairs: int = 20,
    ngram: bool = True,
    score: Score | None = None,
    scored: int = 100,
    say: Say = lambda sentence: None,
) -> Path:
    """Measure the poems of the first of the writers beside the others', and write a report.

    `corpus` is a built corpus, whose held-out poems stand beside them and whose training table they
    are compared with; with `ngram` a model that learns from it writes too. `poems` is how many are
    written a language, with `seeds` seeds; `pairs` how many are paired for a blind reading with
    those of the second writer. `score` gives bits a byte of a voice on poems, free or line by line,
    and is given `scored` validation poems a language. `say` hears what is
    being done. Gives the place of the report's page.

    Raises `VoiceError` where the folder has poems by another voice of that name, `SourceError`
    where the corpus cannot be read, and what the writers raise.
    """
    _check_names(writers)
    if corpus is not None:
        open_corpus(corpus)  # before hours are spent on poems
    tasks = plan(poems=poems, seeds=seeds)
    sets = {writer.name: _write(writer, tasks, out, say) for writer in writers}
    libraries = {lang: _library(corpus, lang, scored) for lang in LANGUAGES}
    bits = _score(score, writers, libraries, out, say)
    found = {}
    for lang, library in libraries.items():
        here: Sets = {name: [each for each in sets[name] if each.lang == lang] for name in sets}
        if ngram and library.training:
            here[NGRAM], bits[NGRAM, lang] = _ngrams(library, lang, tasks, out, say)
        if library.held_out:
            ordinary = [each for each in here[writers[0].name] if each.kind == "ordinary"]
            here[PEOPLE] = beside(ordinary, library.held_out)
        found[lang] = compare(
            here,
            lang,
            training=TrainingText(library.training) if library.training else None,
            bits=lambda name, lang: bits.get((name, lang), (None, None)),
            told=lambda name, lang=lang: say(f"measuring {name}, {lang}"),  # type: ignore[misc]
        )
    return _publish(found, sets, out, voice=writers[0].name, pairs=pairs, how=_how(seeds, corpus))


def _check_names(writers: Sequence[Writer]) -> None:
    names = [writer.name for writer in writers]
    reserved = {PEOPLE, NGRAM}
    for name in names:
        if names.count(name) > 1 or name in reserved or not name or Path(name).name != name:
            raise VoiceError(
                f"Two of what is compared would be called {name!r}: give each voice once, and "
                f"rename the folder of a voice called {' or '.join(sorted(reserved))}."
            )


def _write(writer: Writer, tasks: Sequence[Task], out: Path, say: Say) -> list[Sample]:
    return write_poems(
        tasks,
        out / "poems" / f"{writer.name}.jsonl",
        write=writer.write,
        writer={"name": writer.name, **writer.known_by},
        at_once=writer.at_once,
        told=lambda done, of: say(f"{writer.name}: {done} of {of} poems"),
    )


def _library(corpus: Path | None, lang: Language, scored: int) -> Library:
    if corpus is None:
        return Library()
    return Library(
        [poem.text for poem in read_split(corpus, TRAINING) if poem.lang == lang],
        in_random_order([each for each in read_split(corpus, VALIDATION) if each.lang == lang])[
            :scored
        ],
        [poem for poem in read_split(corpus, *HELD_OUT) if poem.lang == lang],
    )


def _score(
    score: Score | None,
    writers: Sequence[Writer],
    libraries: Mapping[Language, Library],
    out: Path,
    say: Say,
) -> dict[tuple[str, Language], tuple[float | None, float | None]]:
    """Bits a byte by voice and language, free and line by line; kept, since it takes minutes."""
    poems = [poem for library in libraries.values() for poem in library.validation]
    found: dict[tuple[str, Language], tuple[float | None, float | None]] = {}
    if score is None or not poems:
        return found
    scored = {"poems": _digest(poem.text for poem in poems)}
    for writer in writers:
        path = out / "scores" / f"{writer.name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if kept.get("of") != {**writer.known_by, **scored}:
            ways = {}
            for way, coded in (("free", False), ("coded", True)):
                say(f"scoring {writer.name}, {way}")
                ways[way] = dict(score(writer.name, poems, coded))
            kept = {"of": {**writer.known_by, **scored}, **ways}
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_json(path, kept)
        for lang in LANGUAGES:
            found[writer.name, lang] = kept["free"].get(lang), kept["coded"].get(lang)
    return found


def _digest(texts: Iterable[str]) -> str:
    return blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def _ngrams(
    library: Library, lang: Language, tasks: Sequence[Task], out: Path, say: Say
) -> tuple[list[Sample], tuple[float | None, float | None]]:
    """The poems of the n-gram baseline in one language, and its bits a byte."""
    say(f"{NGRAM}, {lang}: learning")
    # Each line has its break, the last too, as the voices' are counted.
    model = NgramModel(f"{text}\n" for text in library.training)

    def write(task: Task) -> Sample:
        text = model.write(task.first_line, seed=task.seed, max_words=MAX_WORDS)
        lines = tuple(line for line in text.split("\n")[1:] if line.strip())
        cut = len(text.split()) >= MAX_WORDS
        finish = "length" if cut else "complete"
        return Sample(lang, task.first_line, lines, finish, task.seed, task.kind)

    known_by = {"order": str(model.order), "learnt": _digest(library.training)}
    writer = Writer(f"{NGRAM}-{lang}", write, known_by)
    samples = _write(writer, [task for task in tasks if task.lang == lang], out, say)
    texts = [f"{poem.text}\n" for poem in library.validation]
    size = sum(len(text.encode()) for text in texts)
    return samples, (sum(map(model.bits, texts)) / size if size else None, None)


def _how(seeds: int, corpus: Path | None) -> list[str]:
    lines = f"Each of the first lines was given with {seeds} seeds, at most {MAX_WORDS} words."
    there_is_none = "No corpus was given, so that there are no poems by people and no originality."
    return [lines] if corpus else [lines, there_is_none]


def _publish(
    found: Mapping[Language, Mapping[str, Figures]],
    sets: Mapping[str, Sequence[Sample]],
    out: Path,
    *,
    voice: str,
    pairs: int,
    how: Sequence[str],
) -> Path:
    """Write everything that comes out of an evaluation."""
    figures = {
        lang: {name: _as_dict(each) for name, each in here.items()} for lang, here in found.items()
    }
    reached = {
        lang: [asdict(each) for each in verdicts(here, voice)] for lang, here in found.items()
    }
    _write_json(out / "figures.json", {"voice": voice, "figures": figures, "goals": reached})
    if len(sets) > 1 and pairs:
        read = blind.pairs(sets, count=pairs)
        replace_file(out / "blind.md", blind.sheet(read).encode())
        _write_json(out / "blind-key.json", blind.key(read))
    chapters = told.chapters(found, sets, voice=voice, how=how)
    return report.write(chapters, out / "report", title=f"The voice “{voice}”, measured")


def _as_dict(figures: Figures) -> dict[str, Any]:
    """The figures as they are kept: the report's rows, unrounded."""
    return {row.what: row.find(figures) for row in told.ROWS}


def _write_json(path: Path, content: Any) -> None:
    replace_file(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
