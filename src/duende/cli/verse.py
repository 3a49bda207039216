"""The verbs of verse: a poem scanned, a word's rhymes."""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import duende
from duende.cli.telling import plain_errors
from duende.errors import SourceError

PoemFile = Annotated[
    str, typer.Argument(help="A file with a poem, or - for what comes on standard input.")
]
Lang = Annotated[str, typer.Option(help="en, es, or auto to find it out.")]
FormName = Annotated[str, typer.Option(help="The form that the poem keeps.")]
Era = Annotated[str, typer.Option(help="The time it is written in; the voice's own.")]
Temperature = Annotated[float, typer.Option(help="How bold, 0 to 2.")]
Seed = Annotated[int | None, typer.Option(help="The same seed, the same lines.")]
VoiceName = Annotated[
    str, typer.Option(help="Who writes: one of duende voices, or a voice's folder.")
]


def scan(
    file: PoemFile,
    lang: Lang = "auto",
    seseo: Annotated[
        bool, typer.Option("--seseo", help="In Spanish, let s and z rhyme as they do in America.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what each line of a poem is: its syllables, stresses, metre and rhyme."""
    with plain_errors(), _uncollected():
        scansion = duende.scan(_read(file), lang=lang, seseo=seseo)
        if as_json:
            typer.echo(scansion.as_json())
            return
        from duende.poetics.table import table

        typer.echo(table(scansion))


def rhymes(
    word: Annotated[str, typer.Argument(help="The word, or the end of a line.")],
    lang: Annotated[str, typer.Option(help="en or es.")],
    kind: Annotated[
        str | None,
        typer.Option(help="perfect, slant or eye; consonante or asonante. The strictest if none."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """Print the words that rhyme with one, those that poets use most first."""
    with plain_errors():
        for found in duende.rhymes(word, lang=lang, kind=kind, limit=limit):
            typer.echo(found)


def continue_(
    file: PoemFile,
    lang: Lang = "auto",
    form: FormName = "free",
    era: Era = "",
    max_words: Annotated[int, typer.Option(help="1 to 200, the poem's own counted.")] = 200,
    temperature: Temperature = 1.0,
    seed: Seed = None,
    voice: VoiceName = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Go on with a poem: print it, and more lines after it."""
    with plain_errors():
        poem = duende.continue_(
            _read(file),
            lang=lang,
            form=form,
            era=era,
            max_words=max_words,
            temperature=temperature,
            seed=seed,
            voice=voice,
        )
        typer.echo(poem.as_json() if as_json else poem.text)


def rewrite(
    file: PoemFile,
    line: Annotated[int, typer.Option(help="The line's number; blank ones are not counted.")],
    lang: Lang = "auto",
    form: FormName = "free",
    candidates: Annotated[int, typer.Option(help="How many other versions, 1 to 20.")] = 5,
    era: Era = "",
    temperature: Temperature = 1.0,
    seed: Seed = None,
    voice: VoiceName = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one line each.")] = False,
) -> None:
    """Print other versions of one line of a poem, the best first."""
    with plain_errors():
        found = duende.rewrite(
            _read(file).strip(),
            line=line,
            candidates=candidates,
            lang=lang,
            form=form,
            era=era,
            temperature=temperature,
            seed=seed,
            voice=voice,
        )
        for each in found:
            typer.echo(json.dumps(asdict(each), ensure_ascii=False) if as_json else each.text)


def forms(
    lang: Annotated[str, typer.Option(help="en or es: those of one language.")] = "",
) -> None:
    """List the forms that poems can be asked for in."""
    for each in duende.forms():
        if lang in ("", *each.lang):
            told = "es" if each.lang == ("es",) else "en"
            typer.echo(f"{each.id:<20} {'/'.join(each.lang):<6} {each.description[told]}")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave the collector of circular garbage off: a scan makes none, and is a fifth faster."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(file: str) -> str:
    """The text of a file or of standard input; a byte that is no UTF-8 costs its own letter."""
    try:
        read = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    return read.decode("utf-8-sig", errors="replace")
