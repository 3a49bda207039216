"""A voice's folder: written and read back, and refused where anything in it is not as it says."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from duende.errors import VoiceError
from duende.voice.folder import (
    MANIFEST,
    BaseNeeded,
    Manifest,
    VoiceFile,
    check_files,
    read_manifest,
    write_manifest,
)

CONTENT = b"GGUF and the rest"


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        name="harbour",
        description={"en": 'A "test".', "es": "Una prueba: ¿sí?"},
        file=VoiceFile("adapter.gguf", "adapter", hashlib.sha256(CONTENT).hexdigest(), 17),
        base=BaseNeeded("a base", "0" * 64),
        era="golden-age",
        recipe={"rank": 32, "rate": 4e-4, "nested": {"a key": [1, 2.5, True, "\x7f\n"]}},
        scores={"bits": {"en": {"free": 1.5}}, "note": "näher"},
    )


@pytest.fixture
def folder(tmp_path: Path, manifest: Manifest) -> Path:
    """A whole voice, but that its file is no model."""
    (tmp_path / "adapter.gguf").write_bytes(CONTENT)
    write_manifest(tmp_path, manifest)
    return tmp_path


def test_what_is_written_is_read(folder: Path, manifest: Manifest) -> None:
    assert read_manifest(folder) == manifest
    assert check_files(folder, manifest) == folder / "adapter.gguf"


def test_a_whole_model_needs_no_base(tmp_path: Path, manifest: Manifest) -> None:
    model = replace(manifest, base=None, file=replace(manifest.file, kind="model"))
    write_manifest(tmp_path, model)
    assert read_manifest(tmp_path) == model


def test_what_toml_cannot_say(tmp_path: Path, manifest: Manifest) -> None:
    with pytest.raises(TypeError, match="cannot say"):
        write_manifest(tmp_path, replace(manifest, recipe={"path": tmp_path}))


def _tampered(folder: Path) -> None:
    (folder / "adapter.gguf").write_bytes(CONTENT[:-1] + b"!")


def _truncated(folder: Path) -> None:
    (folder / "adapter.gguf").write_bytes(CONTENT[:-1])


def _gone(folder: Path) -> None:
    (folder / "adapter.gguf").unlink()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (_tampered, "is not the file that voice.toml names"),
        (_truncated, "has 16 bytes instead of 17"),
        (_gone, "is gone: export the voice 'harbour' again"),
    ],
)
def test_a_file_that_is_another(
    folder: Path, manifest: Manifest, harm: Callable[[Path], None], sentence: str
) -> None:
    harm(folder)
    with pytest.raises(VoiceError, match=re.escape(sentence)):
        check_files(folder, manifest)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("format = 1", "format = 2", "has format 2, and this duende reads 1"),
        ("format = 1", "", "has format None"),
        ("prompt_version = 2", "prompt_version = 1", "was taught version 1 of the prompt"),
        ("prompt_version = 2", 'prompt_version = "2"', "not a whole number"),
        ('name = "harbour"', "", "'name' is missing"),
        ('era = "golden-age"', 'era = "jazz"', "There is no era 'jazz'"),
        ('"en", "es"', '"fr"', "'fr' is none of 'en', 'es'"),
        ('name = "adapter.gguf"', 'name = "../adapter.gguf"', "is not in the folder"),
        ('kind = "adapter"', 'kind = "pickle"', "'pickle' is none of"),
        ('sha256 = "000', 'sha256 = "x00', "not 64 hexadecimal digits"),
        ("[base]", "[basis]", "'base' is missing"),
        ("[file]", "[file", "cannot be read"),
    ],
)
def test_a_manifest_that_makes_no_sense(folder: Path, old: str, new: str, sentence: str) -> None:
    path = folder / MANIFEST
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(VoiceError, match=re.escape(sentence)):
        read_manifest(folder)


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="There is no voice in"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_bytes(b"\xff")
    with pytest.raises(VoiceError, match="cannot be read"):
        read_manifest(tmp_path)
