"""A recipe: how a voice is trained, read from a TOML file and checked.

A file goes in, a `Recipe` comes out. It knows what may be asked for and does none of it.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duende.errors import TrainingError
from duende.poem import Language
from duende.voice.prompts import ERAS

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Table):
    """What is taught.

    `base` is `embedded`, `scratch`, a model on the Hugging Face hub or a folder that holds one.
    With `lora` a low-rank adapter of `rank` learns beside the frozen base
    (https://arxiv.org/abs/2106.09685), scaled by `alpha / rank`; with `full` every weight does.
    `voice` is one, by name or folder, whose adapter goes on learning instead of one from nothing.
    `layers`, `width`, `heads`, `context` and `vocabulary` are the shape of a model from scratch.
    """

    base: str = "embedded"
    method: Literal["lora", "full"] = "lora"
    rank: int = Field(default=32, ge=1, le=256)
    alpha: int = Field(default=32, gt=0)
    dropout: Share = 0.0
    voice: str = ""
    layers: int = Field(default=12, ge=1)
    width: int = Field(default=768, ge=8)
    heads: int = Field(default=12, ge=1)
    context: int = Field(default=1024, ge=16)
    vocabulary: int = Field(default=32_000, ge=300)

    @model_validator(mode="after")
    def _possible(self) -> "Model":
        if self.base == "scratch" and self.method == "lora":
            raise ValueError("a model from scratch is trained in full: set method = 'full'")
        if self.voice and (self.base, self.method) != ("embedded", "lora"):
            raise ValueError("a voice goes on learning as an adapter of the embedded base alone")
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")
        return self


class Data(_Table):
    """What it is taught from.

    `corpus` is a folder that `duende build` made or a JSONL file, seen from the recipe's folder.
    `languages` are shares of the tokens. `eras` weigh poems against each other: one of weight 2 is
    twice as likely to be among the first; what is not named weighs 1. `forms` are the shares of a
    form's poems that are taken, all of them where it is not named. `coded` is the share of poems
    whose lines follow their codes, `bare` the share of headers that name neither era nor form.
    Poems are cut at the end of a stanza to `words`. `tokens` is how much is read in all (0: every
    poem `passes` times), `validation` how many poems a language are measured on the way.
    """

    corpus: str = ""
    languages: dict[Language, Weight] = Field(default={"en": 0.5, "es": 0.5}, min_length=1)
    eras: dict[str, Weight] = {}
    forms: dict[str, Share] = {}
    coded: Share = 0.5
    bare: Share = 0.25
    words: int = Field(default=200, ge=8)
    tokens: int = Field(default=0, ge=0)
    passes: int = Field(default=1, ge=1)
    validation: int = Field(default=60, ge=1)

    @model_validator(mode="after")
    def _known(self) -> "Data":
        if unknown := set(self.eras) - {*ERAS, "unknown"}:
            raise ValueError(f"there is no era {min(unknown)!r}: choose one of {', '.join(ERAS)}")
        return self


class Schedule(_Table):
    """How it is taught.

    AdamW with a learning `rate` that rises over the share `warmup` of the steps and falls with a
    cosine to a tenth. A step sees `batch_tokens`, in rows of `row_tokens`, `rows_at_once` at a
    time. Gradients are clipped to `clip`. Every `evaluate_every` steps the validation poems are
    measured; after `patience` measurements in a row that were no better training stops (0: never).
    A checkpoint is kept every `checkpoint_minutes`. `half` computes in bfloat16 where the machine
    can, `compile` lets torch compile the model.
    """

    rate: float = Field(default=1e-3, gt=0)
    warmup: Share = 0.05
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    batch_tokens: int = Field(default=4096, ge=16)
    row_tokens: int = Field(default=512, ge=16)
    rows_at_once: int = Field(default=4, ge=1)
    evaluate_every: int = Field(default=100, ge=1)
    patience: int = Field(default=0, ge=0)
    checkpoint_minutes: float = Field(default=10, ge=0)
    seed: int = Field(default=7, ge=0)
    half: bool = True
    compile: bool = False

    @model_validator(mode="after")
    def _whole_rows(self) -> "Schedule":
        if self.batch_tokens % self.row_tokens:
            raise ValueError("batch_tokens must be a multiple of row_tokens")
        return self


class Recipe(_Table):
    """A recipe: its name, a sentence on it, and its three tables."""

    name: str
    description: str = ""
    model: Model = Model()
    data: Data = Data()
    schedule: Schedule = Schedule()


def read_recipe(path: Path, **changes: dict[str, Any]) -> Recipe:
    """Read the recipe at `path`; `changes` are entries to put in place of its own, by table.

    Raises `TrainingError` that names what is wrong.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"The recipe {path} cannot be read: {error}.") from error
    tables.setdefault("name", path.stem)
    for table, entries in changes.items():
        tables[table] = {**tables.get(table, {}), **entries}
    try:
        return Recipe.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the recipe"
        raise TrainingError(f"{path}, {place}: {first['msg']}.") from error
