"""From a recipe to a poem over HTTP, with the commands that a person uses."""

import json
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from duende.cli import app
from duende.composer.composer import Composer
from duende.composer.engines.llamacpp import LlamaCpp
from duende.voice.base import Base
from serving import serving

RECIPES = Path(__file__).parents[2] / "recipes"


def run(*words: object) -> str:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


def poem_over_http(base: Base, voices: Path, name: str) -> dict[str, object]:
    """Serve the voices in a folder and ask one of them for a poem."""
    asked = {"first_line": "The kettle is on", "lang": "en", "voice": name, "max_words": 30}
    with serving(lambda: Composer(LlamaCpp(base, slots=1)), slots=1, voices=voices) as address:
        answer = httpx2.post(f"{address}/v1/poems", json={**asked, "seed": 5}, timeout=60)
    assert answer.status_code == 201, answer.text
    poem: dict[str, object] = answer.json()
    return poem


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tiny recipe makes."""
    folder = tmp_path_factory.mktemp("tiny")
    run("train", RECIPES / "tiny.toml", "--out", folder)
    return folder


def test_the_tiny_recipe_ends_in_a_poem(tiny: Path, tmp_path: Path, base: Base) -> None:
    voices = tmp_path / "voices"
    told = json.loads((tiny / "run.json").read_text())
    before, best = (told["losses"][f"bits_per_byte_{when}"] for when in ("before", "best"))
    assert best["en free"] < 0.9 * before["en free"]
    assert best["es coded"] < 0.9 * before["es coded"]
    run("export", tiny, "--out", voices / "tiny")
    poem = poem_over_http(base, voices, "tiny")
    assert poem["voice"] == "tiny"
    assert str(poem["text"]).startswith("The kettle is on\n")


def test_the_gpt2_recipe_ends_in_a_poem(tiny: Path, tmp_path: Path, base: Base) -> None:
    """A GPT-2 made on the spot, the tiny one, stands for the hub's."""
    trained, voices = tmp_path / "run", tmp_path / "voices"
    run(
        "train", RECIPES / "gpt2.toml", "--base", tiny / "best", "--corpus",
        RECIPES / "poems.jsonl", "--out", trained, "--tokens", 40_000,
    )  # fmt: skip
    assert json.loads((trained / "run.json").read_text())["recipe"]["model"]["method"] == "full"
    run("export", trained, "--out", voices / "mine")
    assert poem_over_http(base, voices, "mine")["voice"] == "mine"


def test_a_run_left_before_it_was_measured_is_no_voice(tmp_path: Path) -> None:
    run("train", RECIPES / "tiny.toml", "--steps", 1, "--out", tmp_path / "run")
    words = ["export", str(tmp_path / "run"), "--out", str(tmp_path / "voice")]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1
    assert "evaluate_every" in refused.stderr
    assert not (tmp_path / "voice").exists()
