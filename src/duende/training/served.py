"""What is served, in torch: the base, an adapter on it, or a whole model, read from GGUF.

A poem is scored with the very weights that write it; only the arithmetic is torch's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duende.errors import TrainingError, VoiceError
from duende.training import loading
from duende.training.gguf_adapter import Factors, read_adapter
from duende.voice.base import Base
from duende.voice.folder import check_files, read_manifest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from duende.training.loading import Loaded


def load_for_scoring(folder: Path | None, base: Base) -> "Loaded":
    """The model and the tokenizer of the voice in `folder`, or of the bare `base` without one.

    The model is in float32, on the processor, set to evaluate. Raises `VoiceError` where the
    voice is damaged or made for another base, and `TrainingError` where transformers cannot
    load it.
    """
    if folder is None:
        return loading.load_gguf(base.path)
    manifest = read_manifest(folder)
    path = check_files(folder, manifest)
    if manifest.base is None:
        return loading.load_gguf(path)
    if manifest.base.sha256 != base.sha256:
        raise VoiceError(
            f"The voice {manifest.name!r} was made for {manifest.base.name} "
            f"({manifest.base.sha256[:12]}…), and the base in use is {base.name} "
            f"({base.sha256[:12]}…): set DUENDE_BASE to the one that it was made for."
        )
    model, tokenizer = loading.load_gguf(base.path)
    merge(model, read_adapter(path, base=base.path))
    return model, tokenizer


def load_merged(base: str, adapter: Path) -> "Loaded":
    """The model `base` (a folder, or a name on the hub) with the PEFT folder `adapter` merged in.

    Raises `TrainingError` as `load_folder` does.
    """
    from peft import PeftModel

    model, tokenizer = loading.load_named(base)
    try:
        merged: Any = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{adapter} is not an adapter of {base}: {error}") from error
    return merged.eval(), tokenizer


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
