"""Voices made on the spot: random adapters of the base, and a GPT-2 as small as one can be."""

from pathlib import Path

import gguf
import numpy

from duende.voice.base import Base, file_sha256
from duende.voice.folder import BaseNeeded, Kind, Manifest, VoiceFile, write_manifest
from duende.voice.gguf_header import read_header
from duende.voice.prompts import END_OF_TEXT

ANY_BASE = Base(Path("nowhere.gguf"), "0" * 64, "no base at all")


def write_voice(
    folder: Path,
    file: Path | None = None,
    *,
    kind: Kind = "adapter",
    base: Base = ANY_BASE,
    name: str = "",
    **more: object,
) -> Path:
    """Write a manifest beside `file`, or beside a file that is no model, and give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if file is None:
        file = folder / "adapter.gguf"
        file.write_bytes(f"no model: {folder.name}".encode())
    made = VoiceFile(file.name, kind, file_sha256(file), file.stat().st_size)
    manifest = Manifest(
        name=name or folder.name,
        description={"en": f"Made for a test: {folder.name}.", "es": f"De prueba: {folder.name}."},
        file=made,
        base=BaseNeeded(base.name, base.sha256) if kind == "adapter" else None,
        **more,  # type: ignore[arg-type]
    )
    write_manifest(folder, manifest)
    return folder


def random_adapter(path: Path, base: Base, *, seed: int = 0, scale: float = 0.02) -> Path:
    """Write a LoRA of `base` with random numbers, so weak that its text is still text."""
    draw = numpy.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "gemma3")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for tensor in read_header(base.path).tensors:
        if tensor.name.endswith(("attn_q.weight", "ffn_down.weight")):
            width, height = tensor.shape
            for side, shape in (("a", (8, width)), ("b", (height, 8))):
                numbers = (draw.standard_normal(shape) * scale).astype(numpy.float16)
                writer.add_tensor(f"{tensor.name}.lora_{side}", numbers)
    _close(writer)
    return path


def adapter_voice(folder: Path, base: Base, *, seed: int = 0, **more: object) -> Path:
    """The folder of a voice that is a random adapter of `base`."""
    folder.mkdir(parents=True)
    file = random_adapter(folder / "adapter.gguf", base, seed=seed)
    return write_voice(folder, file, base=base, **more)  # type: ignore[arg-type]


def gpt2_voice(folder: Path) -> Path:
    """The folder of a voice that is a whole GPT-2: one layer, a token a byte, random weights."""
    folder.mkdir(parents=True)
    file, width, context = folder / "model.gguf", 32, 96
    # All bytes but the one that stands for the end of a text.
    letters = [letter for byte, letter in _bytes_as_letters().items() if byte != ord(END_OF_TEXT)]
    tokens = [*letters, "ĊĊ", "<|endoftext|>"]
    draw = numpy.random.default_rng(0)
    writer = gguf.GGUFWriter(str(file), "gpt2")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(4 * width)
    writer.add_head_count(2)
    writer.add_layer_norm_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - 1) + [3])
    writer.add_token_merges(["Ċ Ċ"])
    writer.add_bos_token_id(len(tokens) - 1)
    writer.add_eos_token_id(len(tokens) - 1)
    shapes = {
        "token_embd.weight": (len(tokens), width),
        "position_embd.weight": (context, width),
        "blk.0.attn_qkv.weight": (3 * width, width),
        "blk.0.attn_output.weight": (width, width),
        "blk.0.ffn_up.weight": (4 * width, width),
        "blk.0.ffn_down.weight": (width, 4 * width),
    }
    sides = {"attn_qkv": 3 * width, "attn_output": width, "ffn_up": 4 * width, "ffn_down": width}
    for name, shape in shapes.items():
        writer.add_tensor(name, draw.standard_normal(shape).astype(numpy.float32))
    for name, size in sides.items():
        writer.add_tensor(f"blk.0.{name}.bias", numpy.zeros(size, numpy.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", numpy.ones(width, numpy.float32))
        writer.add_tensor(f"{name}.bias", numpy.zeros(width, numpy.float32))
    _close(writer)
    return write_voice(folder, file, kind="model")


def _bytes_as_letters() -> dict[int, str]:
    """The letter that GPT-2's tokenizer writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(plain))
    return letters


def _close(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
