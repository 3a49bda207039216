"""Models as transformers loads them: from the hub, from a folder, from a GGUF file.

A name or a path goes in, a model in float32 and its tokenizer come out. No remote code is run and
nothing is unpickled.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duende.errors import TrainingError
from duende.voice.gguf_header import Header, read_header

if TYPE_CHECKING:
    from transformers import GPT2Config, PreTrainedModel, PreTrainedTokenizerBase

    Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase]


def load_named(name: str) -> "Loaded":
    """A causal model by its name on the hub, or a folder that holds one.

    Raises `TrainingError` where it cannot be loaded.
    """
    return _load(name)


def load_folder(folder: Path) -> "Loaded":
    """A model that transformers saved in `folder`; nothing is fetched.

    Raises `TrainingError` where it cannot be loaded.
    """
    return _load(str(folder), local_files_only=True)


def load_gguf(path: Path) -> "Loaded":
    """A GGUF model, its weights unpacked.

    Raises `TrainingError` where transformers does not know the model.
    """
    given: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    header = read_header(path)
    if header.text("general.architecture") == "gpt2":
        given["config"] = _gpt2_config(header)
    return _load(str(path.parent), **given)


def _load(place: str, **given: Any) -> "Loaded":
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    given["trust_remote_code"] = False
    what, hint = place, ""
    if "gguf_file" in given:
        what = f"{place}/{given['gguf_file']}"
    else:
        given["use_safetensors"] = True
        hint = (
            ": name a causal model on the hub, or a folder with config.json, model.safetensors "
            "and its tokenizer"
        )
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(place, **given)
            model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32, **given)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise TrainingError(f"{what} could not be loaded ({reason}){hint}.") from error
    return model.eval(), tokenizer


def _gpt2_config(header: Header) -> "GPT2Config":
    """The shape of a GPT-2; transformers itself would read all but its context."""
    from transformers import GPT2Config

    def number(name: str) -> Any:
        return header.fields[f"gpt2.{name}"].value

    end: Any = header.fields["tokenizer.ggml.eos_token_id"].value
    return GPT2Config(
        vocab_size=len(header.items("tokenizer.ggml.tokens")),
        n_positions=number("context_length"),
        n_embd=number("embedding_length"),
        n_layer=number("block_count"),
        n_head=number("attention.head_count"),
        n_inner=number("feed_forward_length"),
        layer_norm_epsilon=number("attention.layer_norm_epsilon"),
        tie_word_embeddings=all(each.name != "output.weight" for each in header.tensors),
        bos_token_id=end,
        eos_token_id=end,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the bars and the warnings of transformers and peft out of ours in this block."""
    from transformers.utils import logging

    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if shown:
            bars.enable_progress_bar()
