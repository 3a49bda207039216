"""The voices: found by name and by path, refused where they cannot write."""

import re
from pathlib import Path

import pytest

from duende.errors import UnknownVoice, VoiceError
from duende.voice import voices as room
from duende.voice.base import Base
from duende.voice.voices import Voice, fit, shelf_of, voice_at
from made_voices import ANY_BASE, write_voice

OTHER_BASE = Base(Path("other.gguf"), "1" * 64, "another base")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a trained default."""
    folder = tmp_path / "shipped"
    monkeypatch.setattr(room, "SHIPPED", folder)
    write_voice(folder / "default", era="19th-century")
    return folder


def names(folder: Path | None = None) -> list[str]:
    return [voice.name for voice in shelf_of(folder).voices]


def test_what_the_package_brings() -> None:
    shelf = shelf_of()
    assert shelf.voices[0].name == "default"
    assert shelf.voices[-1].name == "base"
    assert not shelf.faults
    base = shelf.find("base")
    assert (base.trained, base.era, base.file) == (False, "", None)
    assert all(base.examples[lang] for lang in ("en", "es"))


def test_a_folder_of_ones_own(tmp_path: Path, shipped: Path) -> None:
    write_voice(tmp_path / "mine" / "harbour", name="a name that its folder overrules")
    write_voice(tmp_path / "mine" / ".hidden")
    (tmp_path / "mine" / "a file").write_text("and no folder")
    assert names(tmp_path / "mine") == ["default", "harbour", "base"]
    assert names(tmp_path / "nowhere") == ["default", "base"]
    voice = shelf_of(tmp_path / "mine").find("harbour")
    assert voice.trained
    assert not voice.examples
    with pytest.raises(UnknownVoice, match="choose one of default, harbour, base"):
        shelf_of(tmp_path / "mine").find("harbor")


def test_ones_own_default_stands_before_the_package_s(tmp_path: Path, shipped: Path) -> None:
    assert shelf_of().find("default").era == "19th-century"
    write_voice(tmp_path / "mine" / "default", era="golden-age")
    assert shelf_of(tmp_path / "mine").find("default").era == "golden-age"
    assert names(tmp_path / "mine") == ["default", "base"]


def test_what_is_no_voice_is_said(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "empty").mkdir(parents=True)
    write_voice(mine / "base")
    write_voice(mine / "whole")
    shelf = shelf_of(mine)
    assert [voice.name for voice in shelf.voices] == ["default", "whole", "base"]
    assert set(shelf.faults) == {"base", "empty"}
    assert not shelf.find("base").trained
    with pytest.raises(VoiceError, match="There is no voice in"):
        shelf.find("empty")


def test_a_voice_by_its_path(tmp_path: Path) -> None:
    folder = write_voice(tmp_path / "harbour")
    shelf = shelf_of()
    assert shelf.open(str(folder)) == shelf.open(str(folder / "adapter.gguf"))
    assert shelf.open(str(folder)).name == "harbour"
    assert shelf.open("base").name == "base"
    (folder / "other.gguf").touch()
    with pytest.raises(VoiceError, match="is not the file of the voice beside it"):
        shelf.open(str(folder / "other.gguf"))
    with pytest.raises(VoiceError, match="There is no voice in"):
        shelf.open(str(tmp_path))
    with pytest.raises(UnknownVoice, match="choose one of"):
        shelf.open(str(tmp_path / "nowhere"))


def test_a_name_is_no_path(tmp_path: Path) -> None:
    """What the API is asked for is looked for on the shelf and nowhere else."""
    with pytest.raises(UnknownVoice):
        shelf_of().find(str(write_voice(tmp_path / "harbour")))


def test_a_voice_fits_its_base_alone(tmp_path: Path) -> None:
    adapter = voice_at(write_voice(tmp_path / "harbour"))
    assert fit(adapter, ANY_BASE) is fit(adapter, None) is adapter
    sentence = "'harbour' was made for the base no base at all (SHA-256 0000000000000000…), and "
    with pytest.raises(VoiceError, match=re.escape(sentence + "another base")):
        fit(adapter, OTHER_BASE)
    model = voice_at(write_voice(tmp_path / "whole", kind="model"))
    assert fit(model, OTHER_BASE) is model
    bare: Voice = shelf_of().find("base")
    assert fit(bare, OTHER_BASE) is bare


def test_the_packages_default_gives_way_to_another_base(tmp_path: Path, shipped: Path) -> None:
    default = shelf_of().find("default")
    assert fit(default, ANY_BASE).trained
    bare = fit(default, OTHER_BASE)
    assert (bare.name, bare.trained, bool(bare.examples)) == ("default", False, True)
    own = voice_at(write_voice(tmp_path / "default"))
    with pytest.raises(VoiceError, match="was made for the base"):
        fit(own, OTHER_BASE)
    assert [voice.trained for voice in shelf_of().usable(OTHER_BASE)] == [False, False]


def test_the_era_that_is_named(tmp_path: Path) -> None:
    trained = voice_at(write_voice(tmp_path / "harbour", era="18th-century"))
    bare = shelf_of().find("base")
    assert [trained.era_of(""), trained.era_of("modern")] == ["18th-century", "modern"]
    assert bare.era_of("modern") == ""
