"""A whole model: written as GGUF, held against transformers, refused where it differs, served."""

import json
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from typer.testing import CliRunner

from duende.cli import app
from duende.composer.engine import Sampling
from duende.composer.engines.llamacpp import LlamaCpp
from duende.errors import TrainingError, VoiceError
from duende.training import gguf_model, loading, served
from duende.training.export import export
from duende.voice.base import Base
from duende.voice.folder import read_manifest
from duende.voice.gguf_header import read_header
from duende.voice.voices import voice_at
from training.small_models import LINES, small_gpt2


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_gpt2(tmp_path_factory.mktemp("gpt2") / "model")


@pytest.mark.parametrize("kind", ["f16", "q8_0"])
def test_a_gpt2_is_exported_and_scored_as_it_was_trained(
    gpt2: Path, base: Base, tmp_path: Path, kind: str
) -> None:
    told: list[str] = []
    manifest = export(gpt2, tmp_path / "voice", base=base, kind=kind, say=told.append)
    assert manifest == read_manifest(tmp_path / "voice")
    assert (manifest.name, manifest.file.kind, manifest.base) == ("voice", "model", None)
    assert manifest.file.name == f"model-{kind}.gguf"
    assert 0 < manifest.scores["largest_logit_difference"] < 0.3
    assert any("agrees" in line for line in told)
    assert not (tmp_path / "voice" / "NOTICE").exists()
    assert "whole model" in (tmp_path / "voice" / "README.md").read_text()

    trained, tokenizer = loading.load_folder(gpt2)
    again, its_tokenizer = served.load_for_scoring(tmp_path / "voice", base)
    tokens = tokenizer(LINES[2])["input_ids"]
    assert its_tokenizer(LINES[2])["input_ids"] == tokens
    with torch.inference_mode():
        thought, thinks = (model(torch.tensor([tokens])).logits for model in (trained, again))
    assert torch.allclose(thought, thinks, atol=0.02 if kind == "f16" else 0.5)


def test_weights_have_the_type_that_was_asked_for(gpt2: Path, base: Base, tmp_path: Path) -> None:
    f32, f16, q8_0 = 0, 1, 8
    for kind, number in (("f16", f16), ("q8_0", q8_0)):
        export(gpt2, tmp_path / kind, base=base, kind=kind)
        header = read_header(tmp_path / kind / f"model-{kind}.gguf")
        kinds = {tensor.name: tensor.kind for tensor in header.tensors}
        assert kinds["blk.1.attn_qkv.weight"] == kinds["token_embd.weight"] == number
        assert kinds["blk.1.attn_qkv.bias"] == kinds["position_embd.weight"] == f32
        assert header.fields["tokenizer.ggml.add_bos_token"].value is False


def test_the_same_model_gives_the_same_bytes(gpt2: Path, base: Base, tmp_path: Path) -> None:
    first, second = (
        export(gpt2, tmp_path / each, base=base, name="voice") for each in ("one", "two")
    )
    assert first.file.sha256 == second.file.sha256


def test_a_row_that_is_no_whole_block_is_kept_in_16_bits(base: Base, tmp_path: Path) -> None:
    narrow = small_gpt2(tmp_path / "narrow", width=40)
    export(narrow, tmp_path / "voice", base=base, kind="q8_0")
    header = read_header(tmp_path / "voice" / "model-q8_0.gguf")
    kinds = {tensor.name: tensor.kind for tensor in header.tensors}
    assert kinds["token_embd.weight"] == 1
    assert kinds["blk.0.ffn_down.weight"] == 8  # 4 x 40 is whole blocks of 32


def test_a_wrong_file_is_refused_and_nothing_is_left(
    gpt2: Path, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The output of the attention is square: only the numbers tell that it was not transposed.
    monkeypatch.setattr(
        gguf_model, "TRANSPOSED", ("c_attn.weight", "c_fc.weight", "mlp.c_proj.weight")
    )
    with pytest.raises(TrainingError, match="disagree"):
        export(gpt2, tmp_path / "voice", base=base, kind="f16")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"activation_function": "relu"}, "activation"),
        ({"scale_attn_by_inverse_layer_idx": True}, "attention"),
    ],
)
def test_a_gpt2_that_llama_cpp_computes_otherwise_is_refused(
    base: Base, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    with pytest.raises(TrainingError, match=told):
        export(small_gpt2(tmp_path / "model", **change), tmp_path / "voice", base=base)


def test_another_architecture_is_refused(gpt2: Path, base: Base, tmp_path: Path) -> None:
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "llama")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "llama" / file).write_bytes((gpt2 / file).read_bytes())
    with pytest.raises(TrainingError, match="gpt2 and gemma3_text"):
        export(tmp_path / "llama", tmp_path / "voice", base=base)


def test_another_way_to_cut_text_is_refused(base: Base, tmp_path: Path) -> None:
    folder = small_gpt2(tmp_path / "model")
    whole = json.loads((folder / "tokenizer.json").read_text())
    whole["pre_tokenizer"]["add_prefix_space"] = True
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    with pytest.raises(TrainingError, match="byte-level BPE"):
        export(folder, tmp_path / "voice", base=base)


def test_pickled_weights_are_never_read(gpt2: Path, base: Base, tmp_path: Path) -> None:
    folder = small_gpt2(tmp_path / "model")
    model, _ = loading.load_folder(folder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(TrainingError, match="could not be loaded"):
        export(folder, tmp_path / "voice", base=base)


def test_what_cannot_be_exported_is_said(gpt2: Path, base: Base, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "poem.txt").write_text("mine")
    with pytest.raises(TrainingError, match="already"):
        export(gpt2, tmp_path / "there", base=base)
    assert (tmp_path / "there" / "poem.txt").read_text() == "mine"
    with pytest.raises(TrainingError, match="nothing to export"):
        export(tmp_path / "there", tmp_path / "voice", base=base)
    with pytest.raises(TrainingError, match="f32"):
        export(gpt2, tmp_path / "voice", base=base, kind="f32")
    with pytest.raises(TrainingError, match="name"):
        export(gpt2, tmp_path / "voice", base=base, name="a/b")


def test_the_verb_exports_a_run_and_the_engine_writes_with_it(
    gpt2: Path, base: Base, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "best").symlink_to(gpt2)
    told = {
        "recipe": {"name": "mine", "data": {"corpus": "/home/ana/poems", "languages": {"es": 1}}},
        "prompt_version": 2,
        "base": {"kind": "scratch", "name": "scratch", "sha256": ""},
        "data": {"readings": 12345},
        "losses": {"bits_per_byte_best": {"es free": 2.5}},
    }
    (run / "run.json").write_text(json.dumps(told))
    done = CliRunner().invoke(app, ["export", str(run), "--out", str(tmp_path / "mine")])
    assert done.exit_code == 0, done.output
    assert "nats at most" in done.output
    manifest = read_manifest(tmp_path / "mine")
    assert manifest.languages == ("es",)
    assert manifest.recipe["data"]["corpus"] == "poems"
    assert manifest.scores["bits_per_byte_best"] == {"es free": 2.5}
    assert "12.345" in manifest.description["es"]
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "/home/ana" not in card
    assert "| readings | 12,345 |" in card

    engine = LlamaCpp(base, slots=1)
    try:
        with engine.lane(voice=voice_at(tmp_path / "mine")) as lane:
            sampling = Sampling(temperature=1.0, top_p=0.9, seed=3, may_end=False)
            written = "".join(lane.continue_text("El reloj\n", sampling, max_tokens=20))
    finally:
        engine.close()
    assert written.strip()


def test_another_version_of_the_format_is_refused(gpt2: Path, base: Base, tmp_path: Path) -> None:
    (tmp_path / "best").symlink_to(gpt2)
    (tmp_path / "run.json").write_text(json.dumps({"prompt_version": 1}))
    with pytest.raises(TrainingError, match="version 1"):
        export(tmp_path, tmp_path / "voice", base=base)
    assert not (tmp_path / "voice").exists()


def test_a_damaged_voice_is_not_scored(gpt2: Path, base: Base, tmp_path: Path) -> None:
    export(gpt2, tmp_path / "voice", base=base)
    with (tmp_path / "voice" / "model-q8_0.gguf").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    with pytest.raises(VoiceError):
        served.load_for_scoring(tmp_path / "voice", base)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks for it
def test_an_adapter_of_a_gpt2_is_merged_into_it(gpt2: Path, base: Base, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    model, _ = loading.load_folder(gpt2)
    before = model.get_parameter("transformer.h.0.mlp.c_fc.weight").clone()
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["c_fc"], fan_in_fan_out=True)
    adapted = get_peft_model(model, config)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2)
    adapted.save_pretrained(tmp_path / "best")
    told = {"base": {"kind": "hub", "name": str(gpt2), "sha256": ""}}
    (tmp_path / "run.json").write_text(json.dumps(told))
    manifest = export(tmp_path, tmp_path / "voice", base=base, kind="f16")
    assert manifest.file.kind == "model"
    again, _ = served.load_for_scoring(tmp_path / "voice", base)
    merged = adapted.merge_and_unload().get_parameter("transformer.h.0.mlp.c_fc.weight")
    after = again.get_parameter("transformer.h.0.mlp.c_fc.weight")
    assert torch.allclose(after, merged, atol=2e-3)
    assert not torch.allclose(after, before, atol=2e-2)
