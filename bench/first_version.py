"""The first version's server, rebuilt to be measured: GPT-2 small behind `POST /generate/`.

Its shape and its settings are those of the first version; its weights are random, since speed
does not depend on them. It takes and gives token numbers, for its tokenizer must be fetched, and
it never ends early, for with random weights the end of the text means nothing.
"""

import time
from functools import cache
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from bench.record import Run

PROMPT = [464, 7850, 857, 407, 760, 616, 1438, 11]
"""Eight token numbers of its vocabulary: about a line of English."""
LONGEST = 150  # tokens, the prompt among them, as its API asked for unless told otherwise
TEMPERATURE = 1.2
TOP_P = 0.95
TOP_K = 50  # what its library did unless told otherwise
WARM_UP = 12

TOKENS_A_WORD = {"es": 1.9, "en": 1.3}
"""What its tokenizer makes of a word, on average."""
TOKENS_A_BREAK = 3
"""Its poems were double-spaced: each line ends in "\\n\\r\\n"."""
WORDS_A_LINE = 7


def tokens_a_word(lang: str) -> float:
    """Tokens that a word took with its share of the line breaks.

    >>> round(tokens_a_word("es"), 2)
    2.33
    """
    return TOKENS_A_WORD[lang] + TOKENS_A_BREAK / WORDS_A_LINE


@cache
def _model() -> Any:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    model: Any = GPT2LMHeadModel(GPT2Config())
    model.eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = GPT2Config().eos_token_id
    return model


def continue_tokens(prompt: list[int], longest: int) -> list[int]:
    """The prompt and what follows it, `longest` tokens in all."""
    import torch

    with torch.inference_mode():
        written = _model().generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_length=longest,
            do_sample=True,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            top_k=TOP_K,
        )
    tokens: list[int] = written[0].tolist()
    return tokens


def measure(longest: int) -> Run:
    """Write one text in this process; the model is loaded and warmed on the first call."""
    if not _model.cache_info().currsize:
        continue_tokens(PROMPT, len(PROMPT) + WARM_UP)
    begun = time.perf_counter()
    written = continue_tokens(PROMPT, longest)
    return Run(len(written) - len(PROMPT), time.perf_counter() - begun)


class Asked(BaseModel):
    """What a client sends."""

    prompt: list[int]
    max_length: int = LONGEST


class Written(BaseModel):
    """What it gets."""

    poem: list[int]


def create_app() -> FastAPI:
    """The first version's API: one route, which answers when the whole text is there."""
    app = FastAPI()
    continue_tokens(PROMPT, len(PROMPT) + WARM_UP)

    @app.post("/generate/")
    def generate(asked: Asked) -> Written:
        return Written(poem=continue_tokens(asked.prompt, asked.max_length))

    return app
