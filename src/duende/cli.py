"""The verbs of the command line, thin: each calls the room that does the work."""

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import duende
from duende.errors import DuendeError, SourceError
from duende.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

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
corpus_app = typer.Typer(
    help="The corpus: fetched from the web, shown, reported on, its words listed.",
    no_args_is_help=True,
)
app.add_typer(corpus_app, name="corpus")

Host = Annotated[str | None, typer.Option(help="The address to listen at.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The API's port.")]
PagePort = Annotated[int | None, typer.Option(min=1, max=65535, help="The page's port.")]


@contextmanager
def plain_errors() -> "Iterator[None]":
    """Print the sentence of a `DuendeError` instead of a traceback, and exit with 1."""
    try:
        yield
    except DuendeError as error:
        typer.echo(f"duende: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def compose(
    first_line: Annotated[str, typer.Argument(help="The poem's first line.")],
    lang: Annotated[str, typer.Option(help="en, es, or auto to find it out.")] = "auto",
    form: Annotated[str, typer.Option(help="The form to keep.")] = "free",
    max_words: Annotated[int, typer.Option(help="At most so many words, 1 to 200.")] = 200,
    temperature: Annotated[float, typer.Option(help="How bold, 0 to 2.")] = 1.0,
    top_p: Annotated[
        float, typer.Option(help="How much of the unlikely is left in, 0 to 1.")
    ] = 0.9,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same poem.")] = None,
    voice: Annotated[str, typer.Option(help="Who writes.")] = "default",
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


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
) -> None:
    """Start the API."""
    from duende.service.run import serve as run

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

    with plain_errors():
        run(read_settings(host=host, page_port=page_port, api=api))


@app.command()
def up(
    host: Host = None,
    port: Port = None,
    page_port: PagePort = None,
) -> None:
    """Start the API and the page; Ctrl-C stops both."""
    from duende.together import run

    with plain_errors():
        run(read_settings(host=host, port=port, page_port=page_port), say=typer.echo)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is installed and what is missing."""
    from duende.doctor import examine

    with plain_errors():
        findings = examine(read_settings())
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            mark = typer.style("✓", fg="green") if finding.well else typer.style("✗", fg="red")
            typer.echo(f"{mark} {finding.what:<12} {finding.found}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@base_app.command("build")
def base_build() -> None:
    """Build the embedded base and print its place."""
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


@app.command()
def build(
    source: Annotated[
        list[str],
        typer.Option(
            help="Where poems are: a file, a folder, or name=place with a name of the sources "
            "(poetry-foundation=archive.zip, hub=owner/name). May be given many times."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder that the corpus goes into.")],
    public_domain_only: Annotated[
        bool,
        typer.Option(
            "--public-domain-only",
            help="Keep only authors known to have been dead for 80 full years.",
        ),
    ] = False,
    engine: Annotated[
        str, typer.Option(help="local, or ray for a cluster that sees OUT on every machine.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one a processor by default.")
    ] = None,
) -> None:
    """Build a corpus of poems from any sources; a build that was stopped goes on.

    What a source holds is its authors': see to the licences, which the data card repeats.
    Exit status: 0 all was read; 3 built, but some of the input could not be read; 1 not built.
    """
    with plain_errors(), corpus_extra():
        from duende.corpus.build import build as run
        from duende.corpus.sources import resolve

        try:
            built = run(
                [resolve(each) for each in source],
                out,
                engine=engine,
                workers=workers or os.cpu_count() or 1,
                public_domain_only=public_domain_only,
                progress=True,
            )
        except KeyboardInterrupt as stop:
            typer.echo(err=True)
            raise stopped() from stop
    poems, problems = built.manifest["poems"], built.manifest["problems"]
    typer.echo(f"{out}: {poems['en']:,} poems in English, {poems['es']:,} in Spanish")
    if built.already:
        typer.echo("It was there already, built from just these sources.")
    for reason, langs in sorted(built.manifest["dropped"].items()):
        typer.echo(f"{sum(langs.values()):8,} left out: {reason}")
    for problem in problems["first"][:20]:
        typer.echo(f"duende: {problem}", err=True)
    if problems["count"]:
        typer.echo(f"duende: {problems['count']:,} places could not be read; see {out}", err=True)
        raise typer.Exit(3)


@corpus_app.command("fetch")
def corpus_fetch(
    site: Annotated[str, typer.Argument(help="A site of the table: poemas-del-alma, ciudadseva.")],
    out: Annotated[Path, typer.Option(help="The folder that the poems go into.")],
    contact: Annotated[
        str | None,
        typer.Option(help="Your e-mail or page, told to the site (or DUENDE_CONTACT)."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many poems.")] = None,
    public_domain_only: Annotated[
        bool,
        typer.Option(
            "--public-domain-only",
            help="Visit only authors known to have been dead for 80 full years.",
        ),
    ] = False,
) -> None:
    """Fetch the poems of a site, politely; a fetch that was stopped goes on.

    A site's terms and each poem's copyright are yours to respect: read them first.
    """
    with plain_errors(), corpus_extra():
        from datetime import date

        from duende.corpus.authors import in_public_domain
        from duende.corpus.crawl import fetch

        year = date.today().year
        fetched = fetch(
            site,
            out,
            contact=contact or read_settings().contact,
            limit=limit,
            public_domain=(
                (lambda name, died: in_public_domain(name, died, year=year))
                if public_domain_only
                else None
            ),
            say=typer.echo,
        )
    typer.echo(f"{fetched}")
    if fetched.ended == "interrupted":
        raise stopped()


@corpus_app.command("show")
def corpus_show(
    which: Annotated[
        str, typer.Argument(help="The start of an id, words of a title, first line or author.")
    ] = "",
    corpus: Annotated[Path, typer.Option(help="The folder of a corpus.")] = Path("corpus"),
    among: Annotated[
        Literal["kept", "dropped", "all"], typer.Option(help="Where to look.")
    ] = "all",
    seed: Annotated[int | None, typer.Option(help="For one at random: which.")] = None,
) -> None:
    """Show a poem, where it came from and what was done to it; without words, one at random."""
    with plain_errors(), corpus_extra():
        from duende.corpus.show import find

        looked_among = "kept" if not which and among == "all" else among
        typer.echo(str(find(corpus, which, seed=seed, among=looked_among)))


@corpus_app.command("report")
def corpus_report(
    corpus: Annotated[Path, typer.Argument(help="The folder of a corpus.")] = Path("corpus"),
) -> None:
    """Write a report with pictures, as HTML and Markdown, and print its place."""
    with plain_errors(), corpus_extra():
        from duende.corpus.report import report

        typer.echo(report(corpus))


@corpus_app.command("words")
def corpus_words(
    corpus: Annotated[
        Path | None, typer.Argument(help="The folder of a corpus; without, only the index is made.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Where the lists go, or are: of the rhyming dictionary.")
    ] = Path("words"),
) -> None:
    """List the words of a corpus with their frequencies, and index which of them rhyme."""
    with plain_errors(), corpus_extra():
        from duende.corpus.words import index_words, list_words

        if corpus is None:
            index_words(out)
            return
        from duende.voice import base

        with base.full_model() as full:
            tokens = base.vocabulary_of(full).texts
        for lang, size in list_words(corpus, out, tokens=tokens).items():
            typer.echo(f"{out}: {size:,} words in {lang}")


def stopped() -> typer.Exit:
    """Say that work was stopped and goes on, and give the exit of an interrupted program."""
    typer.echo("Stopped. The same command goes on from here.", err=True)
    return typer.Exit(130)


@contextmanager
def corpus_extra() -> "Iterator[None]":
    """Say which extra is missing where a library of the corpus is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("duende"):
            raise
        raise SourceError(f"{error.name} is not installed: pip install 'duende[corpus]'") from error


def main() -> None:
    """Run the command line."""
    app()
