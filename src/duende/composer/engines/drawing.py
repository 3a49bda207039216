"""How llama.cpp is told to draw: a `Sampling` goes in, the fields of a request come out."""

from typing import Any

from duende.composer.engine import Sampling

RANDOM_SEED = 2**32 - 1
"""What llama.cpp takes for "draw one": not a seed that a reader can have."""

SAMPLERS: dict[str, Any] = {
    "samplers": ["top_k", "penalties", "dry", "min_p", "top_p", "temperature"],
    "top_k": 100,
}
PENALTIES: dict[str, Any] = {
    "presence_penalty": 0.7,
    "frequency_penalty": 0.2,
    "repeat_last_n": 256,
    "dry_multiplier": 1.0,
    "dry_base": 1.75,
    "dry_allowed_length": 2,
    "dry_sequence_breakers": ["\n", '"'],
}
"""Sampling that the reader does not set.

A small model falls into circles: DRY (https://github.com/oobabooga/text-generation-webui/pull/5677)
makes a run of words less likely the longer it has stood before, the presence penalty a word that
was used. Cutting off the unlikely (min-p, https://arxiv.org/abs/2407.01082) comes before the
temperature, so that a high temperature makes a poem bolder and not broken. The hundred likeliest
are picked first: penalties over all 42,000 tokens cost 5 to 10 % of the speed.
"""


def as_parameters(sampling: Sampling, *, context: int) -> dict[str, Any]:
    """The fields of a request that say how tokens are drawn, from a text of up to `context`.

    >>> as_parameters(Sampling(1.0, 0.9, 7, varied=False), context=768)["seed"]
    7
    """
    return {
        **SAMPLERS,
        **(PENALTIES | {"dry_penalty_last_n": context} if sampling.varied else {}),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "seed": sampling.seed % RANDOM_SEED,
        "ignore_eos": not sampling.may_end,
    }
