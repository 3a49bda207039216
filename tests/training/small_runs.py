"""Runs of seconds: a GPT-2 of width 32, rows of made-up tokens, a recipe on our own few lines."""

import json
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import GPT2Config, GPT2LMHeadModel

from duende.training import loop
from duende.training.checkpoints import FILE, Progress
from duende.training.recipe import Data, Model, Recipe, Schedule
from duende.training.rows import Rows, TokenisedPoem, pack
from training.small_models import small_gpt2

BY_LANGUAGE = {
    "en": ("The rain came down all night.", "Nobody here has slept.", "The lamp is on."),
    "es": ("Dejé la luz abierta al mar.", "Llueve y nadie espera.", "El reloj pide perdón."),
}
VOCABULARY = 50
LENGTH = 32
SCHEDULE = Schedule(
    rate=1e-2, batch_tokens=4 * LENGTH, row_tokens=LENGTH, evaluate_every=10, half=False
)


def made_poems(count: int, *, seed: int = 0) -> list[TokenisedPoem]:
    """Poems of 6 to 16 tokens of which the first two are a header; some tokens often follow."""
    draw = random.Random(seed)
    poems = []
    for _ in range(count):
        size = draw.randint(6, 16)
        tokens = [draw.randrange(VOCABULARY)]
        while len(tokens) < size:
            tokens.append((3 * tokens[-1] + draw.choice((1, 1, 1, 5))) % VOCABULARY)
        learnt = [False, False, *[True] * (size - 2)]
        poems.append(TokenisedPoem(tokens, learnt, learnt, 3 * size))
    return poems


def made_rows(rows: int) -> Rows:
    """So many rows of poems."""
    packed = pack(made_poems(6 * rows), LENGTH)
    return Rows(packed.tokens[:rows], packed.learnt[:rows], packed.places[:rows], packed.poems)


def model(*, seed: int = 0) -> GPT2LMHeadModel:
    """The same little GPT-2 for the same seed; with dropout, whose chance must come back too."""
    torch.manual_seed(seed)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCABULARY,
            n_positions=2 * LENGTH,
            n_embd=32,
            n_layer=2,
            n_head=2,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def learn(folder: Path, *, steps: int = 40, schedule: Schedule = SCHEDULE, **more: Any) -> Progress:
    """Train the little GPT-2 for so many steps, or go on in `folder`."""
    torch.set_num_threads(1)
    given: dict[str, Any] = {"run": "made", "keep_best": lambda model: None, **more}
    held_out = {"en free": made_poems(8, seed=1), "es free": made_poems(8, seed=2)}
    validation = given.pop("validation", held_out)
    taught = given.pop("model", None) or model()
    return loop.train(taught, made_rows(4 * steps), validation, schedule, folder=folder, **given)


def kept(folder: Path) -> dict[str, torch.Tensor]:
    """What the checkpoint in `folder` holds: weights, moments, steps."""
    return dict(load_file(folder / FILE))


def recipe(folder: Path) -> Recipe:
    """A recipe of ten steps for a GPT-2 of width 32, on a corpus made of our lines.

    Without dropout, whose chance is another one in another process.
    """
    none = dict.fromkeys(("attn_pdrop", "embd_pdrop", "resid_pdrop"), 0.0)
    base = small_gpt2(folder / "base", width=32, **none)
    pairs = [(lang, *pair) for lang in BY_LANGUAGE for pair in permutations(BY_LANGUAGE[lang], 2)]
    poems = [
        {"lang": lang, "text": text}
        for lang, first, second in pairs
        for text in (f"{first}\n{second}", f"{first}\n\n{second}", f"{second}\n{first}\n{first}")
    ]
    corpus = folder / "poems.jsonl"
    corpus.write_text("".join(json.dumps(poem) + "\n" for poem in poems), encoding="utf-8")
    return Recipe(
        name="small",
        model=Model(base=str(base), method="full"),
        data=Data(corpus=str(corpus), tokens=4_000, validation=3, coded=0.0),
        schedule=Schedule(
            rate=3e-3,
            batch_tokens=512,
            row_tokens=128,
            rows_at_once=2,
            evaluate_every=4,
            half=False,
        ),
    )
