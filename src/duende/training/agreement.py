"""Whether an exported file thinks what its model thought: log-probabilities held side by side.

At places of a few short texts, llama.cpp is asked for the tokens that it finds likeliest,
and transformers for its log-probabilities of those. Both read the same token numbers, and both
must cut the texts into them alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duende.errors import TrainingError
from duende.training.next_tokens import NextTokens, open_model
from duende.voice.prompts import Code, encode

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

TEXTS = (
    encode(
        ["The kettle clears its throat before the news.", "Nobody here has slept, says the chair,"],
        lang="en",
        era="early-20th-century",
        form="free",
    ),
    encode(
        ["Llueve en la estación y nadie espera.", "El reloj, pobre, pide perdón:"],
        lang="es",
        era="early-20th-century",
        form="free",
    ),
    encode(
        ["I owe the baker seven loaves of light."],
        lang="en",
        codes=[Code(10, "light"), Code(10, "night")],
    ),
    encode(
        ["Guardo en un cajón la voz del río.", "¿Quién la oye? Tú, corazón mío."],
        lang="es",
        codes=[Code(10, "río"), Code(10, "mío"), Code(8, "frío")],
    ),
)
"""Ours, in both languages, free and coded."""
STRIDE = 3
"""Every third place of a text is compared: more take longer and find nothing else."""
LIKELIEST = 20
"""Tokens that are compared at each place: those that transformers finds likeliest."""
ASKED = 200
"""Tokens that llama.cpp is asked for, so that the likeliest of transformers are among them."""
LARGEST = {"f16": 0.1, "q8_0": 1.5}
MEAN = {"f16": 0.01, "q8_0": 0.2}
"""Nats that a whole model may be off by, at most and in the mean, at the likeliest tokens.

Rounding to F16 moves Gemma 3 270M by 0.024 at most and 0.003 in the mean; at Q8_0, where llama.cpp
rounds the activations too, it is off by 0.49 and 0.08 (2026-11-22). A transposed matrix or a norm
without its 1 is off by several nats in the mean.
"""
NOISE_LARGEST, NOISE_MEAN = 3.0, 2.0
"""How many times the noise of the bare base a base with its adapter may be off by, as served.

The base's weights have 4 to 8 bits and llama.cpp rounds the activations to 8, so that with no
adapter at all it is off by 0.6 nats at most and 0.10 in the mean; with an adapter of random numbers
by 0.8 and 0.11 (2026-11-22). What the adapter itself is off by is measured on the same base with
weights of 16 bits.
"""


@dataclass(frozen=True)
class Agreement:
    """How far llama.cpp and transformers are apart, in nats, over so many `compared` tokens."""

    largest: float
    mean: float
    compared: int

    def __str__(self) -> str:
        return f"{self.largest:.3f} nats at most, {self.mean:.4f} in the mean"


@dataclass(frozen=True)
class AdapterAgreement:
    """The same of an adapter: on weights of 16 bits, as served, and of the bare base as served."""

    exact: Agreement
    served: Agreement
    bare: Agreement


Places = list[dict[int, float]]
"""What llama.cpp says at each place of the texts: its likeliest tokens, their log-probabilities."""


def compare_model(
    path: Path, model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", *, kind: str
) -> Agreement:
    """Hold the GGUF model at `path` against the `model` that it was made from.

    `kind` is the type of its weights, f16 or q8_0. Raises `TrainingError` where they disagree.
    """
    with open_model(path) as llama:
        texts = _token_numbers(llama, tokenizer)
        places = _ask(llama, texts)
    agreement = _agreement(places, _log_probabilities(model, texts))
    if agreement.largest > LARGEST[kind] or agreement.mean > MEAN[kind]:
        raise TrainingError(
            f"llama.cpp and transformers disagree on the exported model by {agreement}, where "
            f"rounding explains {LARGEST[kind]} and {MEAN[kind]}: it is not kept."
        )
    return agreement


def compare_adapter(
    path: Path,
    base: Path,
    exact_base: Path,
    tokenizer: "PreTrainedTokenizerBase",
    *,
    bare: "PreTrainedModel",
    merge: Callable[[], None],
) -> AdapterAgreement:
    """Hold the adapter at `path` against the LoRA that it was made from.

    `base` is the base that it is served on, `exact_base` the same with weights of 16 bits, `bare`
    the same in transformers; `merge` puts the LoRA into it, and is called once the bare one was
    asked. Raises `TrainingError` where they disagree by more than rounding explains.
    """
    with open_model(base, adapters=[path]) as llama:
        texts = _token_numbers(llama, tokenizer)
        bare_places = _ask(llama, texts)
        places = _ask(llama, texts, adapter=0)
    with open_model(exact_base, adapters=[path]) as llama:
        exact_places = _ask(llama, texts, adapter=0)
    before = _log_probabilities(bare, texts)
    merge()
    after = _log_probabilities(bare, texts)
    found = AdapterAgreement(
        exact=_agreement(exact_places, after),
        served=_agreement(places, after),
        bare=_agreement(bare_places, before),
    )
    _check_adapter(found)
    return found


def _check_adapter(found: AdapterAgreement) -> None:
    exact, served, bare = found.exact, found.served, found.bare
    if exact.largest > LARGEST["f16"] or exact.mean > MEAN["f16"]:
        raise TrainingError(
            f"llama.cpp and transformers disagree on the exported adapter by {exact}, where "
            f"rounding explains {LARGEST['f16']} and {MEAN['f16']}: it is not kept."
        )
    if served.largest > NOISE_LARGEST * bare.largest or served.mean > NOISE_MEAN * bare.mean:
        raise TrainingError(
            f"On the base as it is served the exported adapter is off by {served}, the bare base "
            f"by {bare}: it is not kept. Train at a lower rate, or with a higher rank."
        )


def _agreement(places: Places, thought: "Tensor") -> Agreement:
    off = _differences(places, thought)
    return Agreement(max(off), sum(off) / len(off), len(off))


def _token_numbers(llama: NextTokens, tokenizer: "PreTrainedTokenizerBase") -> list[list[int]]:
    texts = []
    for text in TEXTS:
        theirs = llama.tokenize(text)
        if theirs != tokenizer(text, add_special_tokens=False)["input_ids"]:
            raise TrainingError(
                f"llama.cpp and transformers cut {text[:40]!r}… into different tokens: "
                "the tokenizer cannot be exported."
            )
        texts.append([*llama.begin, *theirs])
    return texts


def _ask(
    llama: NextTokens, texts: Sequence[Sequence[int]], *, adapter: int | None = None
) -> Places:
    return [
        llama.likeliest(text[:length], count=ASKED, adapter=adapter)
        for text in texts
        for length in range(STRIDE, len(text) + 1, STRIDE)
    ]


def _log_probabilities(model: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> "Tensor":
    """What transformers thinks at each place that llama.cpp is asked about, one row a place."""
    import torch

    with torch.inference_mode():
        logits = [
            model(torch.tensor([text])).logits[0, STRIDE - 1 :: STRIDE].float() for text in texts
        ]
        return torch.log_softmax(torch.cat(logits), dim=-1)


def _differences(places: Places, thought: "Tensor") -> list[float]:
    likeliest = thought.topk(LIKELIEST)
    return [
        # A token that llama.cpp does not name is at most as likely as the last that it does.
        abs(told.get(token, min(told.values())) - expected)
        for told, tokens, logs in zip(
            places, likeliest.indices.tolist(), likeliest.values.tolist(), strict=True
        )
        for token, expected in zip(tokens, logs, strict=True)
    ]
