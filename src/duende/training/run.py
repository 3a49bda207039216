"""A run: a recipe followed from its corpus to a model that is ready to be exported.

A recipe, a corpus and a folder go in. In the folder stand, when it is done or was stopped:
`run.json` (what was asked for, what was read, what came of it), `best/` (the model that made the
validation poems likeliest: an adapter as peft writes it, or a model as transformers does),
`checkpoint/` (to go on from), `prepared/` (the tokens), `track.jsonl` (every step, unless MLflow
has them) and `losses.png`.

Several processes follow a recipe together (`accelerate launch`, `duende.training.cluster`): the
first prepares, speaks and writes, the others read what it prepared, so that all must see the
folder.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from duende.corpus.disk import replace_file
from duende.errors import TrainingError
from duende.settings import Tracking
from duende.training import loop, models, processes
from duende.training.checkpoints import Progress
from duende.training.curves import draw_losses
from duende.training.loading import quiet
from duende.training.loop import Step
from duende.training.poems import Source, in_order, read_poems, taught
from duende.training.recipe import Recipe
from duende.training.rows import (
    Rows,
    TokenisedPoem,
    lessons,
    pack,
    share_of_tokens,
    tokenise,
)
from duende.training.tracking import tracked
from duende.voice.prompts import VERSION

RUN = "run.json"
LOSSES = "losses.png"
VALIDATION_SEED = "validation"


@dataclass(frozen=True)
class Run:
    """A run that is over or was stopped: its folder, and how far it came."""

    folder: Path
    progress: Progress
    steps: int

    @property
    def over(self) -> bool:
        """Whether it is over: every step done, or stopped since it became no better."""
        return self.progress.step >= self.steps or self.progress.worse > 0


def follow(
    recipe: Recipe,
    folder: Path,
    *,
    recipe_folder: Path = Path(),
    tell: Callable[[Step], None] = lambda step: None,
    measured: Callable[[Progress], None] = lambda progress: None,
    preparing: Callable[[int, int], None] = lambda poems, tokens: None,
    stop_after: int = 0,
    tracking: Tracking = "file",
) -> Run:
    """Follow `recipe`, keeping everything in `folder`; go on if the same run was begun there.

    `tell` is called after each step, `measured` when the validation poems were measured and
    `preparing` with the poems and tokens prepared so far, in the first process alone. `stop_after`
    ends this call after so many steps of the whole. `tracking` is where steps are written down.

    Raises `TrainingError` where the corpus, the model or an earlier checkpoint cannot be used.
    """
    import torch

    corpus = corpus_of(recipe, recipe_folder)
    state = processes.join()
    with state.main_process_first():
        torch.manual_seed(recipe.schedule.seed)
        loaded = _load(recipe, folder, corpus)
        rows, validation = _prepared(recipe, folder, corpus, loaded, preparing)
    learning = partial(
        loop.train,
        loaded.model,
        rows,
        validation,
        recipe.schedule,
        folder=folder / "checkpoint",
        run=_name(recipe, rows),
        stop_after=stop_after,
    )
    steps = loop.count_steps(rows, recipe.schedule)
    if not state.is_main_process:
        return Run(folder, learning(keep_best=lambda model: None), steps)

    def keep_best(model: Any) -> None:
        with quiet():
            model.save_pretrained(folder / "best", safe_serialization=True)
        if recipe.model.method == "full":
            loaded.tokenizer.save_pretrained(folder / "best")

    about = _about(recipe, loaded, rows)
    with tracked(tracking, folder, about) as tracker:

        def note_step(step: Step) -> None:
            tracker.note(step.progress)
            tell(step)

        def note(progress: Progress) -> None:
            _write(folder, about, progress)
            tracker.note(progress)
            measured(progress)

        run = Run(folder, learning(keep_best=keep_best, tell=note_step, measured=note), steps)
        _write(folder, about, run.progress)
        tracker.end("finished" if run.over else "stopped")
    return run


def corpus_of(recipe: Recipe, recipe_folder: Path) -> Path:
    """Where the recipe's corpus is. Raises `TrainingError` where there is none."""
    if not recipe.data.corpus:
        raise TrainingError(
            "The recipe names no corpus: give one that `duende build` made, or a JSONL file, "
            "with --corpus."
        )
    corpus = recipe_folder / Path(recipe.data.corpus).expanduser()
    if not corpus.exists():
        raise TrainingError(f"There is no corpus at {corpus}: build one with `duende build`.")
    return corpus


def _load(recipe: Recipe, folder: Path, corpus: Path) -> models.Taught:
    if recipe.model.base == "scratch":
        from duende.training.tokenizer import make_tokenizer

        make_tokenizer(
            (poem.text for poem in read_poems(corpus, "train")),
            folder / "prepared",
            size=recipe.model.vocabulary,
            context=recipe.model.context,
        )
    return models.load(recipe.model, folder=folder / "prepared", half=recipe.schedule.half)


def _prepared(
    recipe: Recipe,
    folder: Path,
    corpus: Path,
    loaded: models.Taught,
    preparing: Callable[[int, int], None],
) -> tuple[Rows, dict[str, list[TokenisedPoem]]]:
    """The rows of the run and its validation poems; made once, then read again."""
    length = recipe.schedule.row_tokens
    if length > loaded.context:
        raise TrainingError(
            f"row_tokens is {length} and the model sees {loaded.context}: set it lower."
        )
    validation = validation_poems(recipe, corpus, loaded.tokenizer)
    wanted = _fingerprint(recipe, corpus)
    place = folder / "prepared" / f"rows-{wanted}.npz"
    if place.is_file():
        return Rows.load(place), validation
    place.parent.mkdir(parents=True, exist_ok=True)
    poems = lessons(
        read_poems(corpus, "train"),
        recipe.data,
        loaded.tokenizer,
        seed=recipe.schedule.seed,
        longest=length,
    )
    rows = pack(_counted(poems, preparing), length)
    half_done = place.with_name(f".{place.name}")
    rows.save(half_done)
    half_done.replace(place)
    return rows, validation


def _counted(
    poems: Iterable[TokenisedPoem], preparing: Callable[[int, int], None]
) -> Iterator[TokenisedPoem]:
    tokens = 0
    for number, poem in enumerate(poems, start=1):
        tokens += len(poem.tokens)
        preparing(number, tokens)
        yield poem


def validation_poems(
    recipe: Recipe, corpus: Path, tokenizer: Any
) -> dict[str, list[TokenisedPoem]]:
    """The poems that are measured on the way: the same ones free and coded, by language."""
    held_out = read_poems(corpus, "validation")
    found: dict[str, list[TokenisedPoem]] = {}
    for lang in recipe.data.languages:
        own = [poem for poem in held_out if poem.lang == lang]
        chosen = in_order(own, recipe.data.model_copy(update={"eras": {}}), seed=VALIDATION_SEED)
        for kind, coded in (("free", 0.0), ("coded", 1.0)):
            if coded and not recipe.data.coded:
                continue
            found[f"{lang} {kind}"] = _measured(
                chosen[: recipe.data.validation], recipe, coded, tokenizer
            )
    return {kind: poems for kind, poems in found.items() if poems}


def _measured(
    poems: Iterable[Source], recipe: Recipe, coded: float, tokenizer: Any
) -> list[TokenisedPoem]:
    """Poems with a full header, all of them coded or none."""
    data = recipe.data.model_copy(update={"coded": coded, "bare": 0.0, "forms": {}})
    lessons = (taught(poem, data, seed=VALIDATION_SEED) for poem in poems)
    return [
        tokenise(poem, tokenizer, longest=recipe.schedule.row_tokens)
        for poem in lessons
        if poem is not None and (poem.codes is not None) == bool(coded)
    ]


def _fingerprint(recipe: Recipe, corpus: Path) -> str:
    """What the rows follow from: the corpus, the format, and what the recipe says of both."""
    told = (corpus / "manifest.json") if corpus.is_dir() else corpus
    says = [
        told.read_bytes() if told.is_file() else str(corpus).encode(),
        recipe.data.model_dump_json(exclude={"corpus", "validation"}).encode(),
        recipe.model.base.encode(),
        f"{VERSION} {recipe.schedule.seed} {recipe.schedule.row_tokens}".encode(),
    ]
    return sha256(b"\x00".join(says)).hexdigest()[:16]


def _name(recipe: Recipe, rows: Rows) -> str:
    """What a checkpoint belongs to: the rows, the model and the schedule, but for its manners."""
    manners = {"checkpoint_minutes", "evaluate_every", "patience", "rows_at_once", "compile"}
    says = (
        rows.tokens.tobytes(),
        recipe.model.model_dump_json().encode(),
        recipe.schedule.model_dump_json(exclude=manners).encode(),
    )
    return sha256(b"\x00".join(says)).hexdigest()


def _about(recipe: Recipe, loaded: models.Taught, rows: Rows) -> dict[str, Any]:
    """What a run is: the recipe, the base, the data."""
    return {
        "recipe": recipe.model_dump(),
        "prompt_version": VERSION,
        "base": dict(loaded.base),
        "data": {
            "readings": rows.poems,
            "tokens": int(rows.tokens.size),
            **{name: round(share, 3) for name, share in share_of_tokens(rows).items()},
        },
    }


def _write(folder: Path, about: Mapping[str, Any], progress: Progress) -> None:
    first, best = progress.validation[:1], _best(progress)
    losses = {
        "steps": progress.step,
        "tokens_read": progress.tokens,
        "minutes": round(progress.seconds / 60, 1),
        "measurements": len(progress.validation),
        "bits_per_byte_before": first[0] if first else {},
        "bits_per_byte_best": best,
    }
    told = json.dumps({**about, "losses": losses}, ensure_ascii=False, indent=1)
    replace_file(folder / RUN, told.encode())
    if progress.curve:
        replace_file(folder / LOSSES, draw_losses(progress))


def _best(progress: Progress) -> Mapping[str, float]:
    return next((each for each in progress.validation if each["step"] == progress.best_step), {})
