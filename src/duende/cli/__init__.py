"""The verbs of the command line, thin: each calls the room that does the work."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import duende
from duende.cli import corpus as corpus_verbs
from duende.cli import evaluation as evaluation_verbs
from duende.cli import training as training_verbs
from duende.cli import verse
from duende.cli import voices as voice_verbs
from duende.cli.telling import plain_errors, tell_findings

app = typer.Typer(
    help="A first line goes in, a poem comes out, in English or in Spanish.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
base_app = typer.Typer(
    help="The base model: where it is, and how it is made.", no_args_is_help=True
)
app.add_typer(base_app, name="base")

Host = Annotated[str | None, typer.Option(help="The address to listen at.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The API's port.")]
PagePort = Annotated[int | None, typer.Option(min=1, max=65535, help="The page's port.")]


@app.command()
def compose(
    first_line: Annotated[str, typer.Argument(help="The poem's first line.")],
    lang: Annotated[str, typer.Option(help="en, es, or auto to find it out.")] = "auto",
    form: Annotated[str, typer.Option(help="The form to keep: one of duende forms.")] = "free",
    era: Annotated[
        str, typer.Option(help="The time it is written in, such as golden-age; the voice's own.")
    ] = "",
    max_words: Annotated[int, typer.Option(help="At most so many words, 1 to 200.")] = 200,
    temperature: Annotated[float, typer.Option(help="How bold, 0 to 2.")] = 1.0,
    top_p: Annotated[
        float, typer.Option(help="How much of the unlikely is left in, 0 to 1.")
    ] = 0.9,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same poem.")] = None,
    voice: Annotated[
        str, typer.Option(help="Who writes: one of duende voices, or a voice's folder.")
    ] = "default",
    variants: Annotated[int, typer.Option(min=1, max=20, help="How many versions.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one poem a line.")] = False,
) -> None:
    """Write a poem, and print it as it is written."""
    with plain_errors():
        for number in range(variants):
            writing = duende.stream(
                first_line,
                lang=lang,
                form=form,
                era=era,
                max_words=max_words,
                temperature=temperature,
                top_p=top_p,
                seed=None if seed is None else (seed + number) % 2**32,
                voice=voice,
            )
            if as_json:
                typer.echo(writing.poem.as_json())
                continue
            if number:
                typer.echo()
            for text in writing:
                typer.echo(text, nl=False)
            typer.echo()
            if sys.stdout.isatty() or variants > 1:
                typer.echo(f"— {_colophon(writing.poem)}", err=not variants > 1)


def _colophon(poem: duende.Poem) -> str:
    found = " (assumed)" if poem.lang_assumed else ""
    return f"{poem.lang}{found}, {poem.words} words, seed {poem.seed}, {poem.finish}"


app.command("continue")(verse.continue_)
app.command()(verse.rewrite)
app.command()(verse.forms)
app.command()(verse.scan)
app.command()(verse.rhymes)
app.command()(voice_verbs.voices)
app.command()(training_verbs.train)
app.command()(training_verbs.export)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
) -> None:
    """Start the API."""
    from duende.service.run import serve as run
    from duende.settings import read_settings

    with plain_errors():
        run(read_settings(host=host, port=port))


@app.command()
def page(
    host: Host = None,
    page_port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="The page's port.")
    ] = None,
    api: Annotated[str | None, typer.Option(help="The API's address.")] = None,
) -> None:
    """Start the page, which talks to the API."""
    from duende.page.run import show as run
    from duende.settings import read_settings

    with plain_errors():
        run(read_settings(host=host, page_port=page_port, api=api))


@app.command()
def up(
    host: Host = None,
    port: Port = None,
    page_port: PagePort = None,
) -> None:
    """Start the API and the page; Ctrl-C stops both."""
    from duende.settings import read_settings
    from duende.together import run

    with plain_errors():
        run(read_settings(host=host, port=port, page_port=page_port), say=typer.echo)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is installed and what is missing."""
    from duende.doctor import examine
    from duende.settings import read_settings

    with plain_errors():
        tell_findings(examine(read_settings()), as_json=as_json)


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="Where it is, as https://poems.example.org.")],
    patience: Annotated[
        float, typer.Option(help="Seconds it may take until it is ready.", min=0)
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at a service from outside: does it write in both languages, is it guarded?"""
    from duende.check import look

    with plain_errors():
        tell_findings(look(url, patience=patience), as_json=as_json)


@base_app.command("build")
def base_build() -> None:
    """Build the embedded base and print its place."""
    from duende.settings import read_settings
    from duende.voice.base import locate

    with plain_errors():
        settings = read_settings()
        base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
        typer.echo(f"{base.path}\n{base.name}, SHA-256 {base.sha256}")


@base_app.command("vocabulary")
def base_vocabulary(
    corpus: Annotated[
        list[Path], typer.Option(help="JSONL of poems with lang and text, gzipped or not.")
    ],
    out: Annotated[Path, typer.Option(help="Where the list goes.")] = Path("kept_tokens.txt"),
    build: Annotated[
        Path | None, typer.Option(help="Build a base of these tokens here, and print its hash.")
    ] = None,
) -> None:
    """Choose the tokens to keep from a corpus."""
    from duende.voice import base, vocabulary

    with plain_errors():
        with base.full_model() as full:
            tokens = base.vocabulary_of(full)
        counts = vocabulary.count(vocabulary.read_corpora(corpus), tokens)
        kept = vocabulary.choose(counts, tokens)
        vocabulary.write_kept_tokens(kept, out)
        typer.echo(f"{out}: {len(kept)} of {len(tokens.texts)} tokens")
        for lang, share in vocabulary.coverage(counts, kept).items():
            typer.echo(f"{lang}: {share:.2%} of the running tokens are kept")
        if build is not None:
            typer.echo(f"{build}: SHA-256 {base.build(build, kept=kept)}")


app.command()(evaluation_verbs.evaluate)
app.command()(evaluation_verbs.score)
app.command()(corpus_verbs.build)
app.add_typer(corpus_verbs.app, name="corpus")


def main() -> None:
    """Run the command line."""
    app()
