"""Recipes: what ships can be followed, and what cannot be followed is refused in a sentence."""

from pathlib import Path

import pytest

from duende.errors import TrainingError
from duende.training.recipe import Recipe, read_recipe

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_that_ships_can_be_read(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.name == path.stem
    assert recipe.description


def test_the_recipes_that_are_promised_ship() -> None:
    assert {path.stem for path in RECIPES.glob("*.toml")} >= {
        "embedded", "gpt2", "scratch", "tiny",
    }  # fmt: skip


def test_changes_stand_in_place_of_the_recipes_own() -> None:
    recipe = read_recipe(RECIPES / "gpt2.toml", model={"base": "a/b"}, data={"tokens": 9})
    assert (recipe.model.base, recipe.model.method, recipe.data.tokens) == ("a/b", "full", 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[model\n", "cannot be read"),
        ("[model]\nrang = 3\n", "model.rang"),
        ("[model]\nbase = 'scratch'\n", "method = 'full'"),
        ("[model]\nbase = 'scratch'\nmethod = 'full'\nwidth = 65\nheads = 2\n", "multiple"),
        ("[data]\neras = { yesterday = 1 }\n", "yesterday"),
        ("[data]\ncoded = 2\n", "data.coded"),
        ("[data]\nlanguages = { fr = 1 }\n", "languages"),
        ("[schedule]\nbatch_tokens = 1000\nrow_tokens = 512\n", "multiple of row_tokens"),
        ("[schedule]\nrate = 0\n", "schedule.rate"),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match=told):
        read_recipe(path)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")


def test_a_recipe_survives_being_written_down() -> None:
    recipe = read_recipe(RECIPES / "embedded.toml")
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
