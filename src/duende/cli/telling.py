"""How the command line tells what went wrong: a sentence and an exit status, no traceback."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import typer

from duende.errors import DuendeError, EngineMissing, SourceError

if TYPE_CHECKING:
    from duende.doctor import Finding


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print the sentence of a `DuendeError` instead of a traceback, and exit with 1."""
    try:
        yield
    except DuendeError as error:
        typer.echo(f"duende: {error}", err=True)
        raise typer.Exit(1) from error


def tell_findings(findings: Iterable["Finding"], *, as_json: bool) -> None:
    """Print what was found, each as it comes or all as JSON; exit with 1 unless all is well."""
    all_well, rows = True, []
    for finding in findings:
        all_well = all_well and finding.well
        rows.append(vars(finding))
        if not as_json:
            mark = typer.style("✓", fg="green") if finding.well else typer.style("✗", fg="red")
            typer.echo(f"{mark} {finding.what:<12} {finding.found}")
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    if not all_well:
        raise typer.Exit(1)


def stopped() -> typer.Exit:
    """Say that work was stopped and goes on, and give the exit of an interrupted program."""
    typer.echo("Stopped. The same command goes on from here.", err=True)
    return typer.Exit(130)


def train_extra() -> AbstractContextManager[None]:
    """Say which extra is missing where a library of the training is not installed."""
    return _extra("train", EngineMissing)


def corpus_extra() -> AbstractContextManager[None]:
    """Say which extra is missing where a library of the corpus is not installed."""
    return _extra("corpus", SourceError)


def evaluate_extra() -> AbstractContextManager[None]:
    """Say which extra is missing where a library of the evaluation is not installed."""
    return _extra("evaluate", EngineMissing)


@contextmanager
def _extra(name: str, missing: type[DuendeError]) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("duende"):
            raise
        raise missing(f"{error.name} is not installed: pip install 'duende[{name}]'") from error
