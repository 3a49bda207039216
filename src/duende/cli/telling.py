"""How the command line tells what went wrong: a sentence and an exit status, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from duende.errors import DuendeError, EngineMissing, SourceError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print the sentence of a `DuendeError` instead of a traceback, and exit with 1."""
    try:
        yield
    except DuendeError as error:
        typer.echo(f"duende: {error}", err=True)
        raise typer.Exit(1) from error


def stopped() -> typer.Exit:
    """Say that work was stopped and goes on, and give the exit of an interrupted program."""
    typer.echo("Stopped. The same command goes on from here.", err=True)
    return typer.Exit(130)


@contextmanager
def train_extra() -> Iterator[None]:
    """Say which extra is missing where a library of the training is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("duende"):
            raise
        raise EngineMissing(
            f"{error.name} is not installed: pip install 'duende[train]'"
        ) from error


@contextmanager
def corpus_extra() -> Iterator[None]:
    """Say which extra is missing where a library of the corpus is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("duende"):
            raise
        raise SourceError(f"{error.name} is not installed: pip install 'duende[corpus]'") from error


@contextmanager
def evaluate_extra() -> Iterator[None]:
    """Say which extra is missing where a library of the evaluation is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("duende"):
            raise
        raise EngineMissing(
            f"{error.name} is not installed: pip install 'duende[evaluate]'"
        ) from error
