"""A run becomes a voice: a folder that is served, written whole or not at all.

What a run left (or a PEFT folder, or a folder that transformers saved) goes in; a voice's folder
comes out: its GGUF file, which has been held against the model that it was made from, its
`voice.toml`, its card, and the notice that Gemma's terms ask for.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from duende.errors import TrainingError
from duende.poem import Language
from duende.training import loading, served
from duende.training.agreement import Agreement, compare_adapter, compare_model
from duende.training.gguf_adapter import ADAPTER_CONFIG, read_adapter, read_peft, write_adapter
from duende.training.gguf_adapter import KINDS as ADAPTER_KINDS
from duende.training.gguf_model import KINDS as MODEL_KINDS
from duende.training.gguf_model import write_model
from duende.training.voice_card import card
from duende.voice.base import Base, file_sha256
from duende.voice.folder import BaseNeeded, Manifest, VoiceFile, check_files, write_manifest
from duende.voice.gguf_header import read_header
from duende.voice.prompts import VERSION, check_era

RUN, BEST = "run.json", "best"
MODEL_CONFIG = "config.json"
ERA = "early-20th-century"
"""The latest era of poems in the public domain, which a living poet is nearest to."""
NAME = re.compile(r"[\w][\w.-]*")
ROUNDING = 5e-3
"""What a change may lose by having its factors in 16 bits, as a share of its largest number."""


@dataclass(frozen=True)
class Learnt:
    """What was learnt, as it lies on the disk, and what its run tells of it."""

    folder: Path
    is_adapter: bool
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hub_base(self) -> str:
        """The model that an adapter was trained on, if it is not the embedded base."""
        base = self.told.get("base", {})
        return str(base.get("name", "")) if base.get("kind") == "hub" else ""


def export(
    place: Path,
    out: Path,
    *,
    base: Base,
    name: str = "",
    kind: str = "",
    era: str = ERA,
    say: Callable[[str], None] = lambda line: None,
) -> Manifest:
    """Export the run (or the saved model) at `place` as the voice's folder `out`.

    `base` is the embedded base, which an adapter must have been trained on. `name` is the voice's
    (the folder's, where not given), `kind` the type of the weights: for an adapter f16 or f32, for
    a model q8_0 or f16 (the first of each, where not given), and `era` what its prompts name
    unless the reader chooses. `say` is told what is being done.

    Raises `TrainingError` where there is nothing to export, where llama.cpp would not think what
    the model thinks, or where `out` is there already; nothing is then left behind.
    """
    name = name or out.resolve().name
    if not NAME.fullmatch(name):
        raise TrainingError(f"{name!r} cannot be a voice's name: use letters, digits, . _ and -.")
    check_era(era)
    learnt = find_learnt(place)
    check_base(learnt, base)
    check_taught(learnt)
    with _new_folder(out) as folder:
        write = _write_adapter if learnt.is_adapter and not learnt.hub_base else _write_model
        path, scores = write(learnt, folder, base, name, kind, say)
        manifest = _manifest(learnt, path, scores, base=base, name=name, era=era)
        write_manifest(folder, manifest)
        is_gemma = read_header(path).text("general.architecture").startswith("gemma")
        (folder / "README.md").write_text(card(manifest, is_gemma=is_gemma), encoding="utf-8")
        if is_gemma:
            notice = files("duende.training").joinpath("gemma_notice.txt")
            (folder / "NOTICE").write_text(notice.read_text(encoding="utf-8"), encoding="utf-8")
        check_files(folder, manifest)
    return manifest


def find_learnt(place: Path) -> Learnt:
    """What is to be exported at `place`: a run's folder, a PEFT folder or a model's.

    Raises `TrainingError` where there is none of them.
    """
    told: dict[str, Any] = {}
    for run in (place / RUN, place.parent / RUN):
        if run.is_file() and (run.parent == place or place.name == BEST):
            try:
                told = json.loads(run.read_text(encoding="utf-8"))
            except ValueError as error:
                raise TrainingError(f"{run} cannot be read ({error}): train again.") from error
            break
    folder = place / BEST if (place / RUN).is_file() else place
    for config, is_adapter in ((ADAPTER_CONFIG, True), (MODEL_CONFIG, False)):
        if (folder / config).is_file():
            return Learnt(folder, is_adapter, told)
    raise TrainingError(
        f"There is nothing to export in {place}: give the folder of a run (`duende train` writes "
        "it), of an adapter of PEFT, or of a model that transformers saved."
    )


def check_base(learnt: Learnt, base: Base) -> None:
    """Raise `TrainingError` where an adapter was trained on another base than `base`."""
    trained_on = learnt.told.get("base", {})
    wanted = trained_on.get("sha256", "")
    if learnt.is_adapter and not learnt.hub_base and wanted and wanted != base.sha256:
        raise TrainingError(
            f"This adapter was trained on {trained_on.get('name', 'another base')} "
            f"({wanted[:12]}…), and the base in use is {base.name} ({base.sha256[:12]}…): set "
            "DUENDE_BASE to the one that it was trained on."
        )


def check_taught(learnt: Learnt) -> None:
    """Raise `TrainingError` where a run was left before it kept anything that it learnt."""
    if learnt.told.get("losses", {}).get("measurements") == 1:
        raise TrainingError(
            "This run was not measured since it began, and has kept only the model that it began "
            "with. Let it go on (the same command does), with a smaller evaluate_every in its "
            "recipe if it is to be measured sooner."
        )


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, and else is removed."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise TrainingError(f"{out} is there already: remove it, or choose another folder.")
    waiting = out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir(parents=True)
        yield waiting
        waiting.replace(out)
    except OSError as error:
        raise TrainingError(f"The voice cannot be written to {out}: {error}") from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


Written = tuple[Path, dict[str, Any]]
"""A GGUF file, and how far it is from its model."""


def _write_adapter(
    learnt: Learnt, folder: Path, base: Base, name: str, kind: str, say: Callable[[str], None]
) -> Written:
    kind = _known(kind or "f16", tuple(ADAPTER_KINDS), "an adapter")
    factors = read_peft(learnt.folder)
    path = folder / "adapter.gguf"
    say(f"Writing an adapter of {len(factors)} weights.")
    write_adapter(factors, path, base=base.path, name=name, kind=kind)
    read_back = read_adapter(path, base=base.path)
    for module, each in factors.items():
        off = float((read_back[module].change - each.change).abs().max())
        if not off <= ROUNDING * float(each.change.abs().max()) + 1e-7:  # nor NaN
            raise TrainingError(f"{module} does not fit into {kind}: export it with --type f32.")
    model, tokenizer = loading.load_gguf(base.path)
    say("Comparing it with transformers.")
    exact_base = folder / "base-f16.gguf"
    write_model(model, tokenizer, exact_base, base=base.path, name="base", kind="f16")
    found = compare_adapter(
        path,
        base.path,
        exact_base,
        tokenizer,
        bare=model,
        merge=lambda: served.merge(model, factors),
    )
    exact_base.unlink()
    say(f"llama.cpp agrees with transformers: {found.exact}; on the base as served {found.served}")
    say(f"(the bare base as served: {found.bare}).")
    return path, {
        **_scores(found.exact),
        "as_served": _scores(found.served),
        "bare_base_as_served": _scores(found.bare),
    }


def _write_model(
    learnt: Learnt, folder: Path, base: Base, name: str, kind: str, say: Callable[[str], None]
) -> Written:
    kind = _known(kind or "q8_0", MODEL_KINDS, "a model")
    if learnt.is_adapter:
        model, tokenizer = served.load_merged(learnt.hub_base, learnt.folder)
    else:
        model, tokenizer = loading.load_folder(learnt.folder)
    path = folder / f"model-{kind}.gguf"
    say(f"Writing a {model.config.model_type} of {model.num_parameters():,} parameters.")
    write_model(model, tokenizer, path, base=base.path, name=name, kind=kind)
    say("Comparing it with transformers.")
    found = compare_model(path, model, tokenizer, kind=kind)
    say(f"llama.cpp agrees with transformers: {found}.")
    return path, _scores(found)


def _known(kind: str, kinds: tuple[str, ...], what: str) -> str:
    if kind not in kinds:
        raise TrainingError(f"{what} is not written as {kind}: choose {' or '.join(kinds)}.")
    return kind


def _scores(found: Agreement) -> dict[str, Any]:
    return {
        "largest_logit_difference": round(found.largest, 4),
        "mean_logit_difference": round(found.mean, 5),
        "compared": found.compared,
    }


def _manifest(
    learnt: Learnt, path: Path, scores: dict[str, Any], *, base: Base, name: str, era: str
) -> Manifest:
    told = learnt.told
    is_adapter = path.name.startswith("adapter")
    prompt_version = told.get("prompt_version", VERSION)
    if prompt_version != VERSION:
        raise TrainingError(
            f"This was taught version {prompt_version} of the prompt format, and this duende "
            f"writes version {VERSION}: train it again."
        )
    recipe = _without_folders(told.get("recipe", {}))
    return Manifest(
        name=name,
        description=_description(told),
        file=VoiceFile(
            name=path.name,
            kind="adapter" if is_adapter else "model",
            sha256=file_sha256(path),
            bytes=path.stat().st_size,
        ),
        base=BaseNeeded(base.name, base.sha256) if is_adapter else None,
        era=era,
        languages=tuple(recipe.get("data", {}).get("languages", {})) or ("en", "es"),
        recipe=recipe,
        data=_without_folders(told.get("data", {})),
        scores={**scores, **_without_folders(told.get("losses", {}))},
    )


def _description(told: Mapping[str, Any]) -> dict[Language, str]:
    readings = told.get("data", {}).get("readings")
    if not isinstance(readings, int):
        return {"en": "A voice of your own.", "es": "Una voz propia."}
    english = f"{readings:,}"
    return {
        "en": f"A voice trained on {english} readings of poems.",
        "es": f"Una voz entrenada con {english.replace(',', '.')} lecturas de poemas.",
    }


def _without_folders(value: Any) -> Any:
    """A table without the folders of the machine that it was written on, and without empty entries.

    >>> _without_folders({"corpus": "/home/ana/corpus", "base": "openai-community/gpt2", "x": None})
    {'corpus': 'corpus', 'base': 'openai-community/gpt2'}
    """
    if isinstance(value, Mapping):
        return {str(key): _without_folders(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_folders(each) for each in value]
    if isinstance(value, str) and Path(value).expanduser().is_absolute():
        return Path(value).name
    return value
