"""The verbs of the corpus: built, fetched, shown, reported on, counted."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from duende.cli.telling import corpus_extra, plain_errors, stopped

app = typer.Typer(
    help="The corpus: fetched from the web, shown, reported on.", no_args_is_help=True
)


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


@app.command("fetch")
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
        from duende.settings import read_settings

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


@app.command("show")
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


@app.command("report")
def corpus_report(
    corpus: Annotated[Path, typer.Argument(help="The folder of a corpus.")] = Path("corpus"),
) -> None:
    """Write a report with pictures, as HTML and Markdown, and print its place."""
    with plain_errors(), corpus_extra():
        from duende.corpus.report import report

        typer.echo(report(corpus))


@app.command("words")
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
