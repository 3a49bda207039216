"""Asks llama.cpp what comes next: token numbers go in, log-probabilities come out.

The engine of the composer samples and never shows a probability; here nothing is sampled. It is
how a file is compared with the model that it was made from.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from duende.composer.engines.llama_server import LlamaServer

CONTEXT = 512
"""Tokens of the longest text that is asked about."""
PICKED = 1e4
THREADS = 1
"""Two that wait for each other beside a training run take minutes for what one does in seconds."""


def open_model(path: Path, *, adapters: Sequence[Path] = ()) -> "closing[NextTokens]":
    """The GGUF model at `path` with its `adapters`, closed when the block ends.

    Raises `EngineMissing` where llama.cpp is not installed and `EngineError` where it cannot load.
    """
    return closing(NextTokens(path, slots=1, threads=THREADS, context=CONTEXT, adapters=adapters))


class NextTokens(LlamaServer):
    """A model in llama.cpp that tells what it finds likely."""

    def likeliest(
        self, tokens: Sequence[int], *, count: int, adapter: int | None = None
    ) -> dict[int, float]:
        """The `count` tokens that are likeliest to follow, with their natural log-probabilities.

        `adapter` is the number of the one that is put on.
        """
        answer = self._ask(
            "/completion",
            prompt=list(tokens),
            n_predict=1,
            n_probs=count,
            temperature=0,
            # Of a token that is half a character the server tells nothing; the letter is picked
            # after the probabilities are told, and changes none of them.
            logit_bias=[[self.tokenize("a")[-1], PICKED]],
            cache_prompt=True,  # the texts are read place by place
            **self._wearing(adapter),
        )
        (place,) = answer["completion_probabilities"]
        return {each["id"]: each["logprob"] for each in place["top_logprobs"]}
