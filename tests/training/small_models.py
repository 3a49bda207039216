"""Models made on the spot, and the few lines of ours that their tokenizers are learnt from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from duende.training.tokenizer import make_tokenizer

LINES = (
    "The kettle clears its throat before the news.",
    "Nobody here has slept, says the chair, and the window agrees.",
    "Llueve en la estación y nadie espera.",
    "El reloj, pobre, pide perdón: ¿quién lo escucha?",
)
MODULES = ("self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj")


def small_gpt2(
    folder: Path, *, width: int = 64, context: int = 128, seed: int = 0, **more: Any
) -> Path:
    """A GPT-2 of two layers with random weights, large enough to prefer some tokens."""
    make_tokenizer(LINES * 5, folder, size=300, context=context)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    torch.manual_seed(seed)
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=context,
        n_embd=width,
        n_layer=2,
        n_head=2,
        initializer_range=0.2,
        bos_token_id=end,
        eos_token_id=end,
        **more,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def random_lora(
    folder: Path,
    model: torch.nn.Module,
    *,
    rank: int = 4,
    alpha: float = 8.0,
    size: float = 0.05,
    modules: Sequence[str] = MODULES,
    **more: Any,
) -> Path:
    """A LoRA of random numbers for some weights of `model`, in the files that PEFT writes."""
    draw = torch.Generator().manual_seed(0)
    weights = {}
    for name, module in model.named_modules():
        if name.endswith(tuple(modules)):
            height, width = module.weight.shape
            for side, shape in (("A", (rank, width)), ("B", (height, rank))):
                numbers = torch.randn(shape, generator=draw)
                key = f"base_model.model.{name}.lora_{side}.weight"
                weights[key] = numbers * (width**-0.5 if side == "A" else size)
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": alpha, "bias": "none", **more}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
