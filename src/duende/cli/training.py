"""The verbs of training: a recipe followed, a voice exported."""

from pathlib import Path
from typing import Annotated, Any

import typer

from duende.cli.telling import plain_errors, stopped, train_extra

Recipe = Annotated[Path, typer.Argument(help="A recipe, such as recipes/embedded.toml.")]


def train(
    recipe: Recipe,
    corpus: Annotated[
        Path | None,
        typer.Option(help="What to learn from: a folder that duende build made, or JSONL."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; runs/NAME by default.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(help="Another base: embedded, scratch, a model on the hub, a folder."),
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option("--from", help="A voice that goes on learning: its name or folder."),
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(min=1, help="How many tokens to read in all.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many of the steps, and go on later.")
    ] = None,
    ray: Annotated[
        int | None,
        typer.Option(min=1, help="Train with so many workers of a Ray cluster (RAY_ADDRESS)."),
    ] = None,
) -> None:
    """Train a voice; a run that was stopped goes on where it stood."""
    with plain_errors(), train_extra():
        from duende.settings import read_settings
        from duende.training.recipe import read_recipe
        from duende.training.run import follow
        from duende.training.telling import Telling

        changes: dict[str, dict[str, Any]] = {}
        if corpus is not None:
            changes["data"] = {"corpus": str(corpus.resolve())}
        if tokens is not None:
            changes.setdefault("data", {})["tokens"] = tokens
        if base is not None:
            changes["model"] = {"base": base}
        if voice is not None:
            changes.setdefault("model", {})["voice"] = voice
        asked = read_recipe(recipe, **changes)
        folder = out or Path("runs", asked.name)
        how: dict[str, Any] = {
            "recipe_folder": recipe.parent,
            "stop_after": steps or 0,
            "tracking": read_settings().tracking,
        }
        with Telling() as telling:
            try:
                if ray is not None:
                    from duende.training.cluster import follow_on_cluster

                    run = follow_on_cluster(asked, folder, workers=ray, **how)
                else:
                    run = follow(
                        asked,
                        folder,
                        tell=telling.step,
                        measured=telling.measured,
                        preparing=telling.preparing,
                        **how,
                    )
            except KeyboardInterrupt as stop:
                typer.echo(err=True)
                raise stopped() from stop
        telling.end(run)


def export(
    run: Annotated[
        Path,
        typer.Argument(help="A run's folder, an adapter as PEFT writes it, or a saved model."),
    ],
    out: Annotated[Path, typer.Option(help="The voice's folder, which must be new.")],
    name: Annotated[str, typer.Option(help="The voice's name; the folder's by default.")] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            help="How the weights are written: f16 or f32 for an adapter, q8_0 or f16 for a model.",
        ),
    ] = "",
    era: Annotated[
        str, typer.Option(help="What its prompts name unless the reader chooses; '' names none.")
    ] = "early-20th-century",
) -> None:
    """Export what was trained as a voice, once llama.cpp thinks what the trained model thinks."""
    with plain_errors(), train_extra():
        from duende.settings import read_settings
        from duende.training.export import export as run_export
        from duende.voice.base import locate

        settings = read_settings()
        base = locate(settings.base, cache=settings.cache, sha256=settings.base_sha256)
        made = run_export(run, out, base=base, name=name, kind=kind, era=era, say=typer.echo)
        typer.echo(f"{out}: the voice {made.name!r}, {made.file.bytes / 1e6:.1f} MB")
        typer.echo(f'Try it: duende compose --voice {out} "…"')
