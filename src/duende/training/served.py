"""What is served, in torch: the base, an adapter on it, or a whole model, read from GGUF.

A poem is scored with the very weights that write it; only the arithmetic is torch's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duende.errors import TrainingError, VoiceError
from duende.training import models
from duende.training.gguf_adapter import Factors, read_adapter
from duende.voice.base import Base
from duende.voice.folder import check_files, read_manifest
from duende.voice.gguf_header import Header, read_header

if TYPE_CHECKING:
    from transformers import GPT2Config, PreTrainedModel, PreTrainedTokenizerBase

    Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase]


def load_for_scoring(folder: Path | None, base: Base) -> "Loaded":
    """The model and the tokenizer of the voice in `folder`, or of the bare `base` without one.

    The model is in float32, on the processor, set to evaluate. Raises `VoiceError` where the
    voice is damaged or made for another base, and `TrainingError` where transformers cannot
    load it.
    """
    if folder is None:
        return load_gguf(base.path)
    manifest = read_manifest(folder)
    path = check_files(folder, manifest)
    if manifest.base is None:
        return load_gguf(path)
    if manifest.base.sha256 != base.sha256:
        raise VoiceError(
            f"The voice {manifest.name!r} was made for {manifest.base.name} "
            f"({manifest.base.sha256[:12]}…), and the base in use is {base.name} "
            f"({base.sha256[:12]}…): set DUENDE_BASE to the one that it was made for."
        )
    model, tokenizer = load_gguf(base.path)
    merge(model, read_adapter(path, base=base.path))
    return model, tokenizer


def load_gguf(path: Path) -> "Loaded":
    """A GGUF model in torch, its weights unpacked to float32, and its tokenizer.

    Raises `TrainingError` where transformers does not know the model.
    """
    header = read_header(path)
    if header.text("general.architecture") == "gpt2":
        config = _gpt2_config(header)
        return _from(str(path.parent), local_only=True, gguf_file=path.name, config=config)
    try:
        taught = models.load_gguf(path)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"transformers cannot load {path}: {error}") from error
    return taught.model.eval(), taught.tokenizer


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


def load_folder(folder: Path) -> "Loaded":
    """A model that transformers saved, in float32, and its tokenizer; only safetensors are read.

    Raises `TrainingError` where transformers cannot load it.
    """
    return _from(str(folder), local_only=True)


def load_merged(base: str, adapter: Path) -> "Loaded":
    """The model `base` (a folder, or a name on the hub) with the PEFT folder `adapter` merged in.

    Raises `TrainingError` as `load_folder` does.
    """
    from peft import PeftModel

    model, tokenizer = _from(base, local_only=False)
    try:
        merged: Any = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{adapter} is not an adapter of {base}: {error}") from error
    return merged.eval(), tokenizer


def _from(place: str, *, local_only: bool, **more: Any) -> "Loaded":
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    how: dict[str, Any] = {"trust_remote_code": False, "local_files_only": local_only, **more}
    if "gguf_file" not in more:
        how["use_safetensors"] = True
    try:
        with models.quiet():
            tokenizer = AutoTokenizer.from_pretrained(place, **how)
            model: Any = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32, **how)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise TrainingError(f"transformers cannot load the model in {place}: {reason}") from error
    return model.eval(), tokenizer


def merge(model: "PreTrainedModel", factors: Mapping[str, Factors]) -> None:
    """Add a LoRA to the weights of `model`, for good.

    Raises `TrainingError` where the model has no such weight.
    """
    import torch

    with torch.no_grad():
        for module, each in factors.items():
            try:
                model.get_parameter(f"{module}.weight").add_(each.change)
            except (AttributeError, RuntimeError) as error:
                raise TrainingError(
                    f"The adapter changes {module}, which the base does not have in this shape."
                ) from error
