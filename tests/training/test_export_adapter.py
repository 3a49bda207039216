"""A LoRA of the embedded base: written for llama.cpp, held against transformers, read back."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from duende.composer.composer import Composer
from duende.composer.engines.llamacpp import LlamaCpp
from duende.composer.request import ask
from duende.errors import TrainingError, VoiceError
from duende.training import export as exporting
from duende.training import loading, models, served
from duende.training.agreement import compare_model
from duende.training.export import export
from duende.training.gguf_adapter import Factors, read_adapter, read_peft, write_adapter
from duende.training.gguf_model import write_model
from duende.training.recipe import Model
from duende.voice.base import Base
from duende.voice.folder import read_manifest
from duende.voice.gguf_header import read_header
from duende.voice.voices import voice_at
from made_voices import adapter_voice
from training.small_models import random_lora

EVERYWHERE = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module", autouse=True)
def _few_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def loaded(base: Base) -> tuple[Any, Any]:
    """The embedded base in torch, unpacked once."""
    return loading.load_gguf(base.path)


@pytest.fixture
def base_in_torch(
    loaded: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], tuple[Any, Any]]:
    """The unpacked base in place of unpacking it again; each has a copy of its own to change."""

    def load(path: Path) -> tuple[Any, Any]:
        return copy.deepcopy(loaded[0]), loaded[1]

    monkeypatch.setattr(loading, "load_gguf", load)
    return load


@pytest.fixture(scope="module")
def lora(loaded: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA of every matrix of the base, scaled as rsLoRA does."""
    folder = tmp_path_factory.mktemp("lora") / "best"
    return random_lora(folder, loaded[0], modules=EVERYWHERE, size=0.01, use_rslora=True)


def small_gemma() -> Gemma3ForCausalLM:
    config = Gemma3TextConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
    )
    torch.manual_seed(0)
    return Gemma3ForCausalLM(config)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks for it
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"use_rslora": True},
        {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"down_proj": 3}},
        {"rank_pattern": {"v_proj": 8}, "use_rslora": True},
    ],
)
def test_what_is_read_changes_a_weight_as_peft_does(tmp_path: Path, more: dict[str, Any]) -> None:
    config = LoraConfig(r=4, lora_alpha=12, target_modules=list(EVERYWHERE), **more)
    model = get_peft_model(small_gemma(), config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    model.save_pretrained(tmp_path)
    factors = read_peft(tmp_path)
    assert len(factors) == 14
    for module, each in factors.items():
        expected = model.get_submodule(f"base_model.model.{module}").get_delta_weight("default")
        assert torch.allclose(each.change, expected, atol=1e-5), module


@pytest.mark.parametrize(
    "more", [{"use_dora": True}, {"bias": "all"}, {"modules_to_save": ["lm_head"]}]
)
def test_more_than_a_lora_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    folder = random_lora(tmp_path / "lora", small_gemma())
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, **more}))
    with pytest.raises(TrainingError, match="more than a plain LoRA"):
        read_peft(folder)


def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    folder = random_lora(tmp_path / "lora", small_gemma())
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(TrainingError, match="not a whole PEFT folder"):
        read_peft(folder)


@pytest.mark.parametrize(("kind", "off"), [("f32", 1e-6), ("f16", 2e-3)])
def test_an_adapter_is_read_back_as_it_was_written(
    base: Base, tmp_path: Path, kind: str, off: float
) -> None:
    """Whatever the scales and the ranks: llama.cpp has one alpha for all."""
    draw = torch.Generator().manual_seed(1)

    def factors(height: int, width: int, rank: int, scale: float) -> Factors:
        sides = (torch.randn(shape, generator=draw) for shape in ((rank, width), (height, rank)))
        return Factors(*sides, scale)

    written = {
        "model.layers.0.self_attn.q_proj": factors(1024, 640, 4, 0.5),
        "model.layers.3.self_attn.k_proj": factors(256, 640, 4, 0.5),
        "model.layers.3.mlp.down_proj": factors(640, 2048, 16, 2.0),
    }
    path = tmp_path / "adapter.gguf"
    write_adapter(written, path, base=base.path, name="mine", kind=kind)
    header = read_header(path)
    assert header.fields["adapter.lora.alpha"].value == 2.0
    assert {tensor.name: tensor.shape for tensor in header.tensors} == {
        "blk.0.attn_q.weight.lora_a": (640, 4),
        "blk.0.attn_q.weight.lora_b": (4, 1024),
        "blk.3.attn_k.weight.lora_a": (640, 4),
        "blk.3.attn_k.weight.lora_b": (4, 256),
        "blk.3.ffn_down.weight.lora_a": (2048, 16),
        "blk.3.ffn_down.weight.lora_b": (16, 640),
    }
    read = read_adapter(path, base=base.path)
    assert read.keys() == written.keys()
    for module, each in read.items():
        expected = written[module].change
        assert (each.change - expected).abs().max() <= off * expected.abs().max()


def test_an_adapter_of_another_base_is_refused(base: Base, tmp_path: Path) -> None:
    other = read_peft(random_lora(tmp_path / "lora", small_gemma()))
    with pytest.raises(TrainingError, match="trained on another base"):
        write_adapter(other, tmp_path / "adapter.gguf", base=base.path, name="mine")


def test_a_run_on_another_base_is_refused(base: Base, lora: Path, tmp_path: Path) -> None:
    told = {"base": {"kind": "embedded", "name": "an older base", "sha256": "0" * 64}}
    (tmp_path / "run.json").write_text(json.dumps(told))
    (tmp_path / "best").symlink_to(lora)
    with pytest.raises(TrainingError, match="an older base"):
        export(tmp_path, tmp_path / "voice", base=base)


@pytest.mark.usefixtures("base_in_torch")
def test_an_adapter_is_exported_scored_and_served(
    base: Base, engine: LlamaCpp, lora: Path, loaded: tuple[Any, Any], tmp_path: Path
) -> None:
    manifest = export(lora, tmp_path / "voice", base=base)
    assert manifest == read_manifest(tmp_path / "voice")
    assert manifest.base is not None
    assert manifest.base.sha256 == base.sha256
    scores = manifest.scores
    assert 0 < scores["largest_logit_difference"] < 0.1 < scores["as_served"]["compared"]
    assert scores["largest_logit_difference"] < scores["as_served"]["largest_logit_difference"]
    assert sorted(path.name for path in (tmp_path / "voice").iterdir()) == [
        "NOTICE",
        "README.md",
        "adapter.gguf",
        "voice.toml",
    ]
    assert "Gemma Terms of Use" in (tmp_path / "voice" / "NOTICE").read_text()
    assert "Gemma Terms of Use" in (tmp_path / "voice" / "README.md").read_text()

    scoring, _ = served.load_for_scoring(tmp_path / "voice", base)
    weights = load_file(lora / "adapter_model.safetensors")
    name = "model.layers.5.mlp.gate_proj"
    a, b = (weights[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
    change = 8.0 / 4**0.5 * (b @ a)  # alpha / root of the rank
    expected = loaded[0].get_parameter(f"{name}.weight") + change
    assert torch.allclose(scoring.get_parameter(f"{name}.weight"), expected, atol=1e-3)

    with pytest.raises(VoiceError, match="was made for"):
        served.load_for_scoring(tmp_path / "voice", Base(base.path, "1" * 64, "another"))

    voice, line = voice_at(tmp_path / "voice"), "The kettle clears its throat"
    own = LlamaCpp(base, slots=1, voices=[voice])
    try:
        request = ask(line, lang="en", max_words=16, seed=3, voice=voice)
        poem = Composer(own).compose(request)
    finally:
        own.close()
    bare = Composer(engine).compose(ask(line, lang="en", max_words=16, seed=3, voice="base"))
    assert poem.lines[0] == line != poem.text != bare.text


@pytest.mark.usefixtures("base_in_torch")
def test_an_adapter_that_is_scaled_wrongly_is_refused(
    base: Base, lora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be if the root of rsLoRA were forgotten on one of the two sides."""
    factors = read_peft(lora)

    def write_half(given: dict[str, Factors], *rest: Any, **more: Any) -> None:
        halved = {name: Factors(each.a, each.b, each.scale / 2) for name, each in given.items()}
        write_adapter(halved, *rest, **more)

    monkeypatch.setattr(exporting, "write_adapter", write_half)
    with pytest.raises(TrainingError, match="does not fit"):
        export(lora, tmp_path / "voice", base=base)
    monkeypatch.setattr(exporting, "read_adapter", lambda *rest, **more: factors)
    with pytest.raises(TrainingError, match="disagree"):
        export(lora, tmp_path / "voice", base=base)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_gemma_is_the_base_with_other_weights(
    base: Base, base_in_torch: Callable[[Path], tuple[Any, Any]], tmp_path: Path
) -> None:
    model, tokenizer = base_in_torch(base.path)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            near = 0.1 if name.endswith("norm.weight") else 0.1 * float(weight.std())
            weight += near * torch.randn(weight.shape, generator=draw)
    path = tmp_path / "model-f16.gguf"
    write_model(model, tokenizer, path, base=base.path, name="mine", kind="f16")
    try:
        found = compare_model(path, model, tokenizer, kind="f16")
        was, became = read_header(base.path), read_header(path)
    finally:
        path.unlink()  # a quarter of a gigabyte
    assert found.largest < 0.1
    assert {each.name: each.shape for each in became.tensors} == {
        each.name: each.shape for each in was.tensors
    }
    changed = {key for key, field in was.fields.items() if became.fields.get(key) != field}
    assert changed == {"general.name", "general.file_type", "general.description"}


def test_a_gemma_with_another_vocabulary_is_refused(
    base: Base, loaded: tuple[Any, Any], tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="embedded base"):
        write_model(
            small_gemma(),
            loaded[1],
            tmp_path / "model.gguf",
            base=base.path,
            name="mine",
            kind="f16",
        )


@pytest.mark.usefixtures("base_in_torch")
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_a_voice_goes_on_learning_where_it_was(
    base: Base,
    tmp_path: Path,
) -> None:
    voice = adapter_voice(tmp_path / "mine", base)
    factors = read_adapter(voice_at(voice).checked_file(), base=base.path)
    rank = next(iter(factors.values())).rank
    choice = Model(rank=rank, alpha=3 * rank, voice=str(voice))
    taught = models.load(choice, folder=tmp_path, half=False).model.get_base_model()
    for module, each in factors.items():
        change = taught.get_submodule(module).get_delta_weight("default")
        assert torch.allclose(change, each.change, atol=1e-6)
    with pytest.raises(TrainingError, match="rank"):
        models.load(choice.model_copy(update={"rank": rank + 1}), folder=tmp_path, half=False)
    with pytest.raises(TrainingError, match="not an adapter"):
        models.load(choice.model_copy(update={"voice": "base"}), folder=tmp_path, half=False)
