"""A LoRA as PEFT writes it, to the adapter that llama.cpp loads, and back into its factors.

What is written is what llama.cpp's own convert_lora_to_gguf.py writes: for each weight W of the
base two tensors, `….lora_a` and `….lora_b`, and one `adapter.lora.alpha` for all. llama.cpp adds
alpha / rank x B A to W; where PEFT scales by alpha / √rank (rsLoRA), or differently from weight to
weight, B takes up the difference.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duende.errors import TrainingError
from duende.voice.gguf_header import Header, read_header
from duende.voice.gguf_header import Tensor as PlacedTensor

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
ARCHITECTURE = "gemma3"
MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""The weights of a block that a LoRA may change, as transformers and as llama.cpp calls them."""
LORA_A, LORA_B = ".lora_a", ".lora_b"
ALPHA = "adapter.lora.alpha"
KINDS = {"f32": 0, "f16": 1}
"""The types that an adapter may have; both GGUF's number of the type and of the file."""
UNKNOWN_PARTS = (
    *("use_dora", "use_qalora", "use_bdlora", "lora_bias", "layer_replication"),
    *("modules_to_save", "trainable_token_indices", "target_parameters"),
)
"""What PEFT can add to a LoRA and llama.cpp cannot apply."""


@dataclass(frozen=True)
class Factors:
    """What LoRA adds to one weight: `scale` x `b` @ `a`."""

    a: "Tensor"
    b: "Tensor"
    scale: float

    @property
    def rank(self) -> int:
        """How many columns of freedom the weight is given."""
        return int(self.a.shape[0])

    @property
    def change(self) -> "Tensor":
        """What is added to the weight."""
        return self.scale * (self.b @ self.a)


def read_peft(folder: Path) -> dict[str, Factors]:
    """Read a PEFT folder: the factors by the name of the weight's module in transformers.

    Raises `TrainingError` where the folder is not a LoRA, or has parts that llama.cpp cannot apply.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / ADAPTER_WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(f"{folder} is not a whole PEFT folder: {error}") from error
    _check_config(config, folder)
    factors = {}
    for module, (a, b) in _pairs(weights, folder).items():
        rank = int(a.shape[0])
        alpha = _pattern(config.get("alpha_pattern"), module, config["lora_alpha"])
        scale = alpha / (sqrt(rank) if config.get("use_rslora") else rank)
        factors[module] = Factors(a.float(), b.float(), scale)
    return factors


def _check_config(config: dict[str, Any], folder: Path) -> None:
    unknown = [part for part in UNKNOWN_PARTS if config.get(part)]
    if config.get("peft_type") != "LORA" or unknown or config.get("bias", "none") != "none":
        raise TrainingError(
            f"{folder} is more than a plain LoRA ({', '.join(unknown) or 'see its config'}), which "
            "llama.cpp cannot apply: train without it, or merge the adapter and export the model."
        )


def _pairs(weights: Mapping[str, "Tensor"], folder: Path) -> dict[str, tuple["Tensor", "Tensor"]]:
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        module, _, part = name.removeprefix(PREFIX).partition(".lora_")
        if part not in ("A.weight", "B.weight"):
            raise TrainingError(f"{folder} has {name}, which is no part of a plain LoRA.")
        parts.setdefault(module, {})[part[0]] = tensor
    incomplete = [module for module, pair in parts.items() if len(pair) != 2]
    if incomplete or not parts:
        raise TrainingError(f"{folder} lacks a half of {', '.join(incomplete) or 'everything'}.")
    return {module: (pair["A"], pair["B"]) for module, pair in parts.items()}


def _pattern(patterns: dict[str, float] | None, module: str, default: float) -> float:
    """What PEFT's `alpha_pattern` says of a module: the first key that ends its name."""
    for key, value in (patterns or {}).items():
        if module == key or module.endswith(f".{key}"):
            return value
    return default


def write_adapter(
    factors: Mapping[str, Factors], target: Path, *, base: Path, name: str, kind: str = "f16"
) -> None:
    """Write `adapter.gguf` for the base model at `base`, whose weights it must fit.

    `kind` is f16 or f32. The same factors give the same bytes. Raises `TrainingError` where a
    module or a shape is not one of the base.
    """
    from gguf import GGUFWriter

    header = read_header(base)
    architecture = header.text("general.architecture")
    if architecture != ARCHITECTURE:
        raise TrainingError(
            f"{base} is {architecture or 'unknown'}: adapters are exported for {ARCHITECTURE} "
            "only; merge the adapter and export the whole model."
        )
    named = _gguf_names(factors, header)
    # One alpha for all: that of the most weights, so that most factors stay as they were learnt.
    alpha = Counter(each.scale * each.rank for each in factors.values()).most_common(1)[0][0]
    writer = GGUFWriter(target, ARCHITECTURE)
    writer.add_type("adapter")
    writer.add_name(name)
    writer.add_file_type(KINDS[kind])
    writer.add_string("adapter.type", "lora")
    writer.add_float32(ALPHA, alpha)
    for tensor, each in sorted(named.items()):
        stretch = each.scale * each.rank / alpha
        writer.add_tensor(tensor + LORA_A, _numbers(each.a, kind))
        writer.add_tensor(tensor + LORA_B, _numbers(each.b * stretch, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _numbers(tensor: "Tensor", kind: str) -> Any:
    import torch

    return tensor.to(torch.float16 if kind == "f16" else torch.float32).contiguous().numpy()


def _gguf_names(factors: Mapping[str, Factors], header: Header) -> dict[str, Factors]:
    """The factors by the name of the weight in the GGUF file, their shapes compared with it."""
    names = _weights_by_module(header)
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    named = {}
    for module, each in factors.items():
        tensor = names.get(module, "")
        if shapes.get(tensor) != (each.a.shape[1], each.b.shape[0]):
            raise TrainingError(
                f"The adapter changes {module}, which the base does not have in this shape: "
                "it was trained on another base."
            )
        named[tensor] = each
    return named


def _weights_by_module(header: Header) -> dict[str, str]:
    blocks = header.fields[f"{ARCHITECTURE}.block_count"].value
    assert isinstance(blocks, int)
    return {
        f"model.layers.{block}.{module}": f"blk.{block}.{weight}.weight"
        for block in range(blocks)
        for module, weight in MODULES.items()
    }


def read_adapter(path: Path, *, base: Path) -> dict[str, Factors]:
    """Read `adapter.gguf` back: the factors by the name of the weight's module in transformers.

    `base` is the base model that it was made for. Raises `BaseCorrupt` where the file is not GGUF
    and `TrainingError` where it is not an adapter of that base.
    """
    import numpy

    header, base_header = read_header(path), read_header(base)
    if header.text("adapter.type") != "lora" or ALPHA not in header.fields:
        raise TrainingError(f"{path} is not a LoRA adapter: export it again with duende export.")
    alpha = header.fields[ALPHA].value
    assert isinstance(alpha, float)
    numbers = numpy.memmap(path, dtype=numpy.uint8, mode="r", offset=header.data_start)
    tensors = {tensor.name: _tensor(numbers, tensor) for tensor in header.tensors}
    modules = {weight: module for module, weight in _weights_by_module(base_header).items()}
    factors = {}
    for weight in sorted({name.rpartition(".lora_")[0] for name in tensors}):
        a, b = tensors.get(weight + LORA_A), tensors.get(weight + LORA_B)
        if weight not in modules or a is None or b is None:
            raise TrainingError(f"{path} changes {weight}, which is not a weight of its base.")
        factors[modules[weight]] = Factors(a, b, alpha / a.shape[0])
    _gguf_names(factors, base_header)
    return factors


def _tensor(numbers: Any, tensor: PlacedTensor) -> "Tensor":
    import numpy
    import torch

    wanted = {number: kind for kind, number in KINDS.items()}[tensor.kind]
    kind = numpy.dtype(numpy.float16 if wanted == "f16" else numpy.float32)
    raw = numbers[tensor.offset : tensor.offset + tensor.elements * kind.itemsize]
    shape = tuple(reversed(tensor.shape))  # GGUF names the innermost first
    return torch.from_numpy(raw.view(kind).reshape(shape).astype(numpy.float32))
