"""A whole model as transformers writes it, to one GGUF file that llama.cpp loads.

Two architectures are known: GPT-2 with its byte-level BPE, and Gemma 3 where it is the embedded
base with other weights (its vocabulary, and with it every field of the header, is the base's).
The names of the tensors are the `gguf` package's; the fields and the types of the weights are
those of llama.cpp's own convert_hf_to_gguf.py.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duende.errors import TrainingError
from duende.voice.gguf_header import read_header

if TYPE_CHECKING:
    from gguf import GGUFWriter
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

KINDS = ("q8_0", "f16")
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5  # GGUF's types of tokens
TRANSPOSED = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
"""GPT-2 keeps these as Conv1D does, inputs first."""
KEPT_EXACT = "position_embd.weight"
"""llama.cpp adds it as it is and asks for F32."""
OWN_FIELDS = ("general.architecture", "general.name", "general.file_type", "general.description")
CHANGED = "Changed by duende: trained further on poems, with the English-Spanish vocabulary."
GPT2_BYTES = 256


def write_model(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    target: Path,
    *,
    base: Path,
    name: str,
    kind: str,
) -> None:
    """Write `model` and its tokenizer to the GGUF file `target`.

    `kind` is q8_0 or f16; `base` is the embedded base, from which a Gemma 3 takes its vocabulary.
    The same model gives the same bytes. Raises `TrainingError` where llama.cpp could not run it.
    """
    from gguf import GGUFWriter, LlamaFileType

    layout = layout_of(model, tokenizer, base)
    writer = GGUFWriter(target, layout.architecture)
    layout.describe(writer)
    writer.add_name(name)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else LlamaFileType.MOSTLY_F16)
    for tensor, weight in layout.tensors():
        numbers, stored = _stored(tensor, weight, kind)
        writer.add_tensor(tensor, numbers, raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _stored(name: str, weight: "Tensor", kind: str) -> tuple[Any, Any]:
    """The numbers of a weight as the file has them, and their type."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import quantize

    stored = GGMLQuantizationType.Q8_0 if kind == "q8_0" else GGMLQuantizationType.F16
    if weight.dim() == 1 or name == KEPT_EXACT:
        stored = GGMLQuantizationType.F32
    elif weight.shape[-1] % GGML_QUANT_SIZES[stored][0]:
        stored = GGMLQuantizationType.F16  # a row must be whole blocks
    return quantize(weight.float().contiguous().numpy(), stored), stored


@dataclass(frozen=True)
class Layout:
    """How a model stands in a GGUF file: its architecture, its fields, its tensors by name."""

    architecture: str
    describe: "Callable[[GGUFWriter], None]"
    tensors: "Callable[[], Iterator[tuple[str, Tensor]]]"


def layout_of(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", base: Path) -> Layout:
    """How `model` is laid out; raises `TrainingError` for an architecture that is not known."""
    kind = model.config.model_type
    if kind == "gpt2":
        return _gpt2(model, tokenizer)
    if kind == "gemma3_text":
        return _gemma3(model, base)
    raise TrainingError(
        f"The model is of the architecture {kind}: gpt2 and gemma3_text are the ones that are "
        "exported. Serve it with a program that knows it."
    )


def _gpt2(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> Layout:
    config = model.config
    _check_gpt2(config)
    tokens = _Tokens.read(tokenizer, size=config.vocab_size)

    def describe(writer: "GGUFWriter") -> None:
        writer.add_block_count(config.n_layer)
        writer.add_context_length(config.n_positions)
        writer.add_embedding_length(config.n_embd)
        writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
        writer.add_head_count(config.n_head)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        tokens.describe(writer)

    def tensors() -> "Iterator[tuple[str, Tensor]]":
        for name, weight in _named(model, "gpt2", config.n_layer):
            yield name[1], weight.T if name[0].endswith(TRANSPOSED) else weight

    return Layout("gpt2", describe, tensors)


def _check_gpt2(config: Any) -> None:
    known = (
        config.activation_function in ("gelu_new", "gelu_pytorch_tanh")
        and config.scale_attn_weights
        and not config.scale_attn_by_inverse_layer_idx
        and not config.add_cross_attention
    )
    if not known:
        raise TrainingError(
            "The model is a GPT-2 with another activation or attention than llama.cpp computes: "
            "train one with the settings that GPT-2 has."
        )


def _gemma3(model: "PreTrainedModel", base: Path) -> Layout:
    header = read_header(base)
    shapes = {each.name: tuple(reversed(each.shape)) for each in header.tensors}
    weights = dict(_unnamed(model, "gemma3", model.config.num_hidden_layers))
    if {name: tuple(weight.shape) for name, weight in weights.items()} != shapes:
        raise TrainingError(
            f"This Gemma 3 does not have the vocabulary and the shapes of {base}: only a further "
            "training of the embedded base is exported."
        )

    def describe(writer: "GGUFWriter") -> None:
        from gguf import GGUFValueType

        for key, field in header.fields.items():
            if key not in OWN_FIELDS:
                item_kind = None if field.item_kind is None else GGUFValueType(field.item_kind)
                writer.add_key_value(key, field.value, GGUFValueType(field.kind), item_kind)
        writer.add_description(CHANGED)

    def tensors() -> "Iterator[tuple[str, Tensor]]":
        for name, weight in weights.items():
            # Gemma's norms multiply by 1 + w; llama.cpp keeps the sum.
            yield name, weight + 1 if name.endswith("norm.weight") else weight

    return Layout("gemma3", describe, tensors)


def _unnamed(
    model: "PreTrainedModel", architecture: str, blocks: int
) -> "Iterator[tuple[str, Tensor]]":
    for (_, name), weight in _named(model, architecture, blocks):
        yield name, weight


def _named(
    model: "PreTrainedModel", architecture: str, blocks: int
) -> "Iterator[tuple[tuple[str, str], Tensor]]":
    """Each weight once, with its name in transformers and in GGUF."""
    from gguf import MODEL_ARCH, MODEL_ARCH_NAMES, get_tensor_name_map

    (known,) = (each for each in MODEL_ARCH if MODEL_ARCH_NAMES[each] == architecture)
    names = get_tensor_name_map(known, blocks)
    tied = model.config.tie_word_embeddings
    for name, weight in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        found = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if found is None:
            raise TrainingError(f"llama.cpp has no place for {name} in a {architecture}.")
        yield (name, found), weight


@dataclass(frozen=True)
class _Tokens:
    """A byte-level BPE as GGUF writes it."""

    texts: list[str]
    kinds: list[int]
    merges: list[str]
    end: int

    @classmethod
    def read(cls, tokenizer: "PreTrainedTokenizerBase", *, size: int) -> "_Tokens":
        """Read a tokenizer, which must cut as GPT-2's does; `size` is the model's."""
        if not tokenizer.is_fast:
            raise TrainingError("The tokenizer has no tokenizer.json: save the model with one.")
        whole = json.loads(tokenizer.backend_tokenizer.to_str())
        _check_byte_level(whole)
        vocabulary: dict[str, int] = whole["model"]["vocab"]
        added = {each["id"]: each for each in whole.get("added_tokens", ())}
        by_number = {number: text for text, number in vocabulary.items()}
        by_number |= {number: each["content"] for number, each in added.items()}
        if max(by_number) >= size:
            raise TrainingError(
                "The tokenizer has more tokens than the model has rows: it is another model's."
            )
        texts = [by_number.get(number, f"[PAD{number}]") for number in range(size)]
        kinds = [_kind(number, by_number, added) for number in range(size)]
        merges = [
            each if isinstance(each, str) else " ".join(each) for each in whole["model"]["merges"]
        ]
        if tokenizer.eos_token not in texts:
            raise TrainingError(
                "The tokenizer names no token that ends a text: set eos_token in "
                "tokenizer_config.json."
            )
        return cls(texts, kinds, merges, end=texts.index(tokenizer.eos_token))

    def describe(self, writer: "GGUFWriter") -> None:
        """Write the fields of the tokenizer."""
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_list(self.texts)
        writer.add_token_types(self.kinds)
        writer.add_token_merges(self.merges)
        writer.add_bos_token_id(self.end)
        writer.add_eos_token_id(self.end)
        writer.add_add_bos_token(False)


def _kind(number: int, known: dict[int, str], added: dict[int, Any]) -> int:
    if number in added:
        return CONTROL if added[number].get("special") else USER_DEFINED
    return NORMAL if number in known else UNUSED


def _check_byte_level(whole: dict[str, Any]) -> None:
    model, cut = whole.get("model") or {}, whole.get("pre_tokenizer") or {}
    as_gpt2 = (
        model.get("type") == "BPE"
        and not model.get("ignore_merges")
        and cut.get("type") == "ByteLevel"
        and not cut.get("add_prefix_space")
        and cut.get("use_regex", True)
        and whole.get("normalizer") is None
    )
    letters = [text for text in model.get("vocab", ()) if len(text) == 1]
    if not as_gpt2 or len(letters) < GPT2_BYTES:
        raise TrainingError(
            "The tokenizer does not cut text as GPT-2's byte-level BPE does, all 256 bytes "
            'included, and llama.cpp would read other tokens: make one as base = "scratch" does.'
        )
