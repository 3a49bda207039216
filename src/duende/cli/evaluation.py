"""The verb that measures a voice: its poems beside others', in a report."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duende.cli.telling import evaluate_extra, plain_errors, stopped, train_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duende.evaluation.evaluate import Score, Writer
    from duende.evaluation.people import HumanPoem
    from duende.poem import Language

BASE = "base"
FORM_POEMS = 30


def evaluate(
    voice: Annotated[str, typer.Argument(help="A voice's name, or its folder.")],
    out: Annotated[Path, typer.Option(help="The folder that poems and report go into.")],
    against: Annotated[
        list[str] | None,
        typer.Option(help="Another voice to stand beside it; the bare base always does."),
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(help="The corpus that it learnt from: held-out poems, copies, n-grams."),
    ] = None,
    poems: Annotated[int, typer.Option(min=1, help="At most so many poems a language.")] = 200,
    seeds: Annotated[int, typer.Option(min=1, help="Poems from each first line.")] = 4,
    pairs: Annotated[int, typer.Option(min=0, help="Poems paired for a blind reading.")] = 20,
    at_once: Annotated[
        int,
        typer.Option(
            min=1, help="Poems written at a time; a seed gives its poem again only with 1."
        ),
    ] = 4,
    scored: Annotated[
        int,
        typer.Option(min=0, help="Held-out poems a language for bits a byte; 0 for none."),
    ] = 100,
    ngram: Annotated[
        bool, typer.Option(help="Also measure a model that counts bytes, learnt from the corpus.")
    ] = True,
    forms: Annotated[
        bool,
        typer.Option(
            "--forms", help=f"Measure ten forms instead, up to {FORM_POEMS} poems of each."
        ),
    ] = False,
) -> None:
    """Measure a voice and its poems beside the bare base and poems by people.

    Writes a report with pictures (HTML and Markdown), the figures as JSON, and pairs of poems for a
    blind reading with their key apart. The same command goes on where it was stopped.
    """
    if forms:
        if against:
            raise typer.BadParameter("--forms measures one voice: leave --against out.")
        _evaluate_forms(voice, out, corpus, min(poems, FORM_POEMS))
        return
    with plain_errors(), evaluate_extra():
        from duende.evaluation.evaluate import evaluate as run

        names = list(dict.fromkeys([voice, *(against or []), BASE]))
        last = ""

        def say(sentence: str) -> None:
            nonlocal last
            typer.echo(f"\r{sentence:<{len(last)}}", nl=False, err=True)
            last = sentence

        try:
            page = run(
                [_writer(name, at_once) for name in names],
                out,
                corpus=corpus,
                poems=poems,
                seeds=seeds,
                pairs=pairs,
                ngram=ngram,
                scored=scored,
                score=_score(names) if scored and corpus else None,
                say=say,
            )
        except KeyboardInterrupt as stop:
            typer.echo(err=True)
            raise stopped() from stop
        typer.echo(err=True)
    typer.echo(page)


def _evaluate_forms(name: str, out: Path, corpus: Path | None, poems: int) -> None:
    """Write poems in ten forms, and a table of what they keep, beside people's from a corpus."""
    with plain_errors(), evaluate_extra():
        import duende
        from duende.evaluation.in_form import evaluate_forms, told
        from duende.evaluation.people import HumanPoem, read_split
        from duende.settings import read_settings
        from duende.voice.voices import shelf_of

        voice = shelf_of(read_settings().voices).open(name)
        # By its file too: a voice that was trained again begins anew.
        stem = (
            f"{voice.name}-{voice.file.sha256[:8]}-forms" if voice.file else f"{voice.name}-forms"
        )
        scored = _score([BASE]) if corpus else None

        def bits(texts: "Sequence[str]", lang: "Language") -> float:
            assert scored is not None
            return scored(BASE, [HumanPoem(lang, text) for text in texts], False)[lang]

        def compose(line: str, form: str, lang: "Language", seed: int) -> duende.Poem:
            return duende.compose(line, form=form, lang=lang, seed=seed, voice=name)

        try:
            figures = evaluate_forms(
                compose,
                out / f"{stem}.jsonl",
                poems=poems,
                people=list(read_split(corpus, "validation", "test")) if corpus else (),
                bits=bits if scored else None,
                say=lambda sentence: typer.echo(sentence, err=True),
            )
        except KeyboardInterrupt as stop:
            raise stopped() from stop
        page = out / f"{stem}.md"
        page.write_text(told(figures), encoding="utf-8")
    typer.echo(told(figures), nl=False)
    typer.echo(page)


def score(
    file: Annotated[
        Path, typer.Argument(help="JSONL of poems with lang and text, gzipped or not.")
    ],
    voice: Annotated[str, typer.Option(help="A voice's name or folder, or base.")] = "default",
    coded: Annotated[
        bool, typer.Option("--coded", help="Give each line's code before it, uncounted.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with a score for each poem.")
    ] = False,
) -> None:
    """Say how likely a voice finds poems: bits per byte, the header given and not counted."""
    with plain_errors(), train_extra():
        from tqdm import tqdm

        from duende.evaluation.score import Scorer
        from duende.settings import read_settings
        from duende.training.poems import read_jsonl
        from duende.voice.base import locate
        from duende.voice.voices import shelf_of

        settings = read_settings()
        chosen = shelf_of(settings.voices).open(voice)
        base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
        poems = list(read_jsonl(file))
        scorer = Scorer(chosen, base)
        with tqdm(desc="Scoring", unit=" poems", disable=None) as bar:

            def tell(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            scores = scorer.score(poems, coded=coded, tell=tell)
    if as_json:
        typer.echo(json.dumps(scores.as_dict(), ensure_ascii=False))
        return
    for lang, told in scores.as_dict()["languages"].items():
        typer.echo(
            f"{lang}: {told['bits_per_byte']:.3f} bits per byte, perplexity "
            f"{told['perplexity_a_word']:.0f} a word, over {told['poems']} poems"
        )


def _score(names: list[str]) -> "Score | None":
    """What scores these voices, if the libraries of training are installed, and says so if not."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        typer.echo("No bits a byte: pip install 'duende[train]' for them.", err=True)
        return None
    from duende.evaluation.score import Scorer
    from duende.settings import read_settings
    from duende.training.poems import Source
    from duende.voice.base import locate
    from duende.voice.prompts import ERAS
    from duende.voice.voices import shelf_of

    settings = read_settings()
    shelf = shelf_of(settings.voices)
    voices = {voice.name: voice for voice in map(shelf.open, names)}
    base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)

    loaded: dict[str, Scorer] = {}

    def bits(name: str, poems: "Sequence[HumanPoem]", coded: bool) -> "dict[Language, float]":
        sources = [
            Source(each.lang, each.text, each.period if each.period in ERAS else "")
            for each in poems
        ]
        if name not in loaded:
            loaded.clear()  # one model in memory at a time
            loaded[name] = Scorer(voices[name], base)
        scores = loaded[name].score(sources, coded=coded)
        langs = {poem.lang for poem in scores.poems}
        return {lang: scores.bits_per_byte(lang) for lang in langs}

    return bits


def _writer(name: str, at_once: int) -> "Writer":
    """A voice as the evaluation knows it: it writes through the door, as anybody's poem is."""
    import duende
    from duende.composer.request import TEMPERATURE, TOP_P
    from duende.evaluation.evaluate import MAX_WORDS, Writer
    from duende.evaluation.poems import Sample, Task
    from duende.settings import read_settings
    from duende.voice.prompts import VERSION
    from duende.voice.voices import shelf_of

    settings = read_settings()
    voice = shelf_of(settings.voices).open(name)

    def write(task: Task) -> Sample:
        poem = duende.compose(
            task.first_line, lang=task.lang, max_words=MAX_WORDS, seed=task.seed, voice=name
        )
        lines = tuple(line for line in poem.lines[1:] if line)
        return Sample(task.lang, task.first_line, lines, poem.finish, task.seed, task.kind)

    known_by = {
        "sha256": voice.file.sha256 if voice.file else "",
        "base": settings.base or "embedded",
        "engine": settings.engine,
        "duende": duende.__version__,
        "prompt_version": str(VERSION),
        "sampling": f"temperature {TEMPERATURE}, top_p {TOP_P}",
    }
    return Writer(voice.name, write, known_by, at_once)
