"""The model that is taught: the embedded base, one of Hugging Face's, or one made on the spot.

A recipe goes in, a transformers model and its tokenizer come out, with the adapter that learns
beside them if the recipe says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duende.errors import BaseError, TrainingError
from duende.settings import Settings
from duende.training import loading
from duende.training.recipe import Model
from duende.voice.base import file_sha256, locate
from duende.voice.voices import shelf_of

LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Where an adapter learns: every matrix of every layer, which does better than attention alone."""
GPT2_LAYERS = ("c_attn", "c_proj", "c_fc")


@dataclass(frozen=True)
class Taught:
    """A model to be taught, its tokenizer, and what it was made from."""

    model: Any
    tokenizer: Any
    base: Mapping[str, str]

    @property
    def context(self) -> int:
        """How many tokens it can see."""
        return int(self.model.config.max_position_embeddings)


def load(choice: Model, *, folder: Path, half: bool, settings: Settings | None = None) -> Taught:
    """Load the model that a recipe names.

    `folder` is where a model from scratch finds the tokenizer that was made for it. With `half`
    what does not learn is kept in bfloat16. Raises `TrainingError` where it cannot be loaded.
    """
    if choice.base == "embedded":
        loaded = _embedded(settings)
    elif choice.base == "scratch":
        loaded = _from_scratch(choice, folder)
    else:
        loaded = _from_hub(choice.base)
    if choice.method == "full":
        return loaded
    if half:
        import torch

        loaded.model.to(torch.bfloat16)
    model = adapted(loaded.model, choice)
    if choice.voice:
        go_on_from(choice.voice, model, choice, loaded.base["sha256"], settings or Settings())
    return Taught(model, loaded.tokenizer, loaded.base)


def go_on_from(name: str, model: Any, choice: Model, base: str, settings: Settings) -> None:
    """Give the new adapter of `model` the weights of a voice's, so that it goes on from there.

    `base` is the hash of the base that is taught. Raises `TrainingError` where the voice has no
    adapter of this base and rank, and `UnknownVoice` or `VoiceError` where it cannot be read.
    """
    import torch

    from duende.training.gguf_adapter import read_adapter

    voice = shelf_of(settings.voices).open(name)
    manifest = voice.manifest
    if manifest is None or manifest.base is None or manifest.base.sha256 != base:
        raise TrainingError(f"The voice {name!r} is not an adapter of this base: choose another.")
    factors = read_adapter(voice.checked_file(), base=embedded_path(settings))
    inner = model.get_base_model()
    with torch.no_grad():
        for module, each in factors.items():
            if each.rank != choice.rank:
                raise TrainingError(
                    f"The voice {name!r} has rank {each.rank}, the recipe {choice.rank}: "
                    "let the recipe have the same."
                )
            layer = inner.get_submodule(module)
            stretch = each.scale * choice.rank / choice.alpha
            layer.lora_A["default"].weight.copy_(each.a)
            layer.lora_B["default"].weight.copy_(each.b * stretch)


def embedded_path(settings: Settings | None = None) -> Path:
    """Where the embedded base is, built if need be."""
    try:
        return locate(cache=(settings or Settings()).cache).path
    except BaseError as error:
        raise TrainingError(str(error)) from error


def _embedded(settings: Settings | None) -> Taught:
    path = embedded_path(settings)
    model, tokenizer = loading.load_gguf(path)
    base = {"kind": "embedded", "name": path.stem, "sha256": file_sha256(path)}
    return Taught(model, tokenizer, base)


def adapted(model: Any, choice: Model) -> Any:
    """The model with an adapter beside every matrix of its layers; only the adapter learns."""
    from peft import LoraConfig, get_peft_model

    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    targets = [name for name in (*LAYERS, *GPT2_LAYERS) if name in names]
    if not targets:
        raise TrainingError(
            f"It is not known where an adapter learns in a {type(model).__name__}: "
            "set method = 'full' in the recipe."
        )
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=choice.rank,
        lora_alpha=choice.alpha,
        lora_dropout=choice.dropout,
        target_modules=targets,
        fan_in_fan_out="c_attn" in targets,
    )
    return get_peft_model(model, config)


def _from_hub(name: str) -> Taught:
    model, tokenizer = loading.load_named(name)
    if tokenizer.eos_token_id is None:
        raise TrainingError(f"{name} has no end-of-text token, so a poem could never end.")
    if not tokenizer.is_fast:
        raise TrainingError(f"{name} has no fast tokenizer (tokenizer.json).")
    return Taught(model, tokenizer, {"kind": "hub", "name": name, "sha256": ""})


def _from_scratch(choice: Model, folder: Path) -> Taught:
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=choice.context,
        n_embd=choice.width,
        n_layer=choice.layers,
        n_head=choice.heads,
        resid_pdrop=choice.dropout,
        embd_pdrop=choice.dropout,
        attn_pdrop=choice.dropout,
        bos_token_id=end,
        eos_token_id=end,
    )
    return Taught(
        GPT2LMHeadModel(config), tokenizer, {"kind": "scratch", "name": "scratch", "sha256": ""}
    )
