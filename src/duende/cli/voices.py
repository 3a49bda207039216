"""`duende voices`: who can write, as a table or as JSON."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duende.cli.telling import plain_errors

if TYPE_CHECKING:
    from duende.voice.voices import Voice


def voices(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the voices: the package's, and your own from the folder DUENDE_VOICES."""
    from duende.settings import read_settings
    from duende.voice.voices import shelf_of

    with plain_errors():
        shelf = shelf_of(read_settings().voices)
    if as_json:
        told = [_row(voice) for voice in shelf.voices]
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        for voice in shelf.voices:
            typer.echo(_paragraph(voice))
    for fault in shelf.faults.values():
        typer.echo(f"duende: {fault}", err=True)
    if shelf.faults:
        raise typer.Exit(1)


def _row(voice: "Voice") -> dict[str, Any]:
    """A voice as JSON: what it is, which base it is for, its size, era and scores."""
    manifest, file = voice.manifest, voice.file
    base = manifest.base if manifest else None
    return {
        "name": voice.name,
        "description": dict(voice.description),
        "languages": list(voice.languages),
        "kind": file.kind if file else "bare base",
        "base": base.name if base else None,
        "bytes": file.bytes if file else 0,
        "sha256": file.sha256 if file else "",
        "era": voice.era,
        "scores": manifest.scores if manifest else {},
        "folder": str(voice.folder) if voice.folder else None,
    }


def _paragraph(voice: "Voice") -> str:
    """A voice in a few lines: its name and description, then what is known of it."""
    row = _row(voice)
    known = [row["kind"]]
    if row["base"]:
        known.append(f"for {row['base']}")
    if row["bytes"]:
        known.append(f"{row['bytes'] / (1 << 20):.1f} MB")
    known.append(" and ".join(voice.languages))
    if voice.era:
        known.append(voice.era)
    scores = [
        f"{name} {value:g}"
        for name, value in row["scores"].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    lines = [voice.description["en"], ", ".join(known), *([", ".join(scores)] if scores else [])]
    return "\n".join([voice.name, *(f"    {line}" for line in lines)])
