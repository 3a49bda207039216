"""The card of a voice: what it is, in words, for whoever finds its folder."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Template
from typing import Any

from duende.voice.folder import Manifest
from duende.voice.prompts import ERAS

LANGUAGES = {"en": "English", "es": "Spanish"}
GEMMA_LICENCE = (
    "The weights are a derivative of Gemma 3 and stand under the Gemma Terms of Use; `NOTICE` says "
    "where they are found. Whoever passes the folder on passes `NOTICE` on with it."
)
OWN_LICENCE = (
    "Whoever trained the voice says under which terms it is passed on. Where it began with the "
    "weights of another model, the terms of that model hold."
)


def card(manifest: Manifest, *, is_gemma: bool) -> str:
    """Write the card of a voice from its manifest: `voice_card.md` with the numbers put in.

    `is_gemma` says whether Gemma's terms hold for its weights.
    """
    file, base = manifest.file, manifest.base
    template = files("duende.training").joinpath("voice_card.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        name=manifest.name,
        english=manifest.description["en"],
        spanish=manifest.description["es"],
        languages=" and ".join(LANGUAGES[lang] for lang in manifest.languages),
        era=ERAS[manifest.era]["en"] if manifest.era else "none",
        file=file.name,
        size=f"{file.bytes / 1e6:.1f} MB",
        sha256=file.sha256,
        kind="a LoRA adapter" if base else "a whole model",
        base=f"{base.name}, SHA-256 `{base.sha256}`" if base else "none: the model is whole",
        prompt_version=manifest.prompt_version,
        recipe=_table(manifest.recipe),
        data=_table(manifest.data),
        scores=_table(manifest.scores),
        licence=GEMMA_LICENCE if is_gemma else OWN_LICENCE,
    )


def _table(table: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {_cell(value)} |" for name, value in _flat(table)]
    return "\n".join(["| what | how much |", "| --- | --- |", *rows]) if rows else "Not told."


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The entries of a table and of those in it, each with its whole name.

    >>> list(_flat({"data": {"poems": 3}, "rate": 0.1}))
    [('data poems', 3), ('rate', 0.1)]
    """
    for key, value in table.items():
        name = f"{above}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} ")
        elif value != "":
            yield name, value


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value).replace("|", "/").replace("<", "&lt;").split())
