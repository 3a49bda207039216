"""The command line: poems printed, errors as sentences, servers that start and stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

import duende
from duende.cli import app
from made_voices import write_voice
from serving import free_port, wait_until_ready

DUENDE = [sys.executable, "-m", "duende"]
ECHO = {**os.environ, "DUENDE_ENGINE": "echo"}


def run(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*DUENDE, *arguments], capture_output=True, text=True, env=env or ECHO, timeout=120
    )


def test_a_poem_from_the_real_engine() -> None:
    """As a newcomer calls it; and the same seed gives the same poem in another process."""
    arguments = ("compose", "Bajo el sol", "--seed", "7", "--max-words", "40")
    text = run(*arguments, env=dict(os.environ))
    assert text.returncode == 0, text.stderr
    assert text.stdout.startswith("Bajo el sol\n")
    poem = json.loads(run(*arguments, "--json", env=dict(os.environ)).stdout)
    assert poem["text"] + "\n" == text.stdout
    assert (poem["lang"], poem["seed"], poem["report"]["alone"]) == ("es", 7, True)
    assert poem["text"] == duende.compose("Bajo el sol", seed=7, max_words=40).text


def test_variants() -> None:
    result = run("compose", "Under the sun", "--variants", "3", "--seed", "5", "--json")
    poems = [json.loads(line) for line in result.stdout.splitlines()]
    assert [poem["seed"] for poem in poems] == [5, 6, 7]
    assert len({poem["text"] for poem in poems}) == 3
    text = run("compose", "Under the sun", "--variants", "2").stdout
    assert text.count("Under the sun\n") == text.count("— en (assumed)") == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("compose", ""), "The first line is empty"),
        (("compose", "sun", "--max-words", "0"), "1 to 200 words"),
        (("compose", "sun", "--lang", "fr"), "'en', 'es' or 'auto'"),
        (("compose", "sun", "--voice", "x"), "choose one of default, base"),
        (("base", "vocabulary", "--corpus", "/nowhere.jsonl", "--out", os.devnull), "nowhere"),
    ],
)
def test_errors_are_sentences(arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_base_that_is_not_there() -> None:
    env = {**os.environ, "DUENDE_BASE": "/nowhere/model.gguf"}
    result = run("compose", "sun", env=env)
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "There is no base model at /nowhere/model.gguf" in result.stderr
    doctor = run("doctor", env=env)
    assert doctor.returncode == 1
    assert "✗ base" in doctor.stdout


def test_the_doctor(tmp_path: Path) -> None:
    result = run("doctor", env=dict(os.environ))
    assert result.returncode == 0, result.stdout
    assert "Gemma 3 270m English-Spanish" in result.stdout
    findings = json.loads(run("doctor", "--json", env=dict(os.environ)).stdout)
    assert all(finding["well"] for finding in findings)


def test_the_base_is_built_where_it_is_asked_for(tmp_path: Path) -> None:
    result = run("base", "build", env={**os.environ, "DUENDE_CACHE": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    path = Path(result.stdout.splitlines()[0])
    assert path.parent == tmp_path
    assert path.is_file()


def test_a_vocabulary_of_ones_own(tmp_path: Path) -> None:
    """From a corpus to a list, to a base that the environment can name, to a poem."""
    corpus = tmp_path / "poems.jsonl"
    poems = [("en", "the moon on the river"), ("es", "la luna sobre el río\nla luna")]
    corpus.write_text(
        "".join(json.dumps({"lang": lang, "text": text}) + "\n" for lang, text in poems)
    )
    kept, model = tmp_path / "kept.txt", tmp_path / "tiny.gguf"
    result = run(
        "base", "vocabulary", "--corpus", str(corpus), "--out", str(kept), "--build", str(model)
    )
    assert result.returncode == 0, result.stderr
    assert "100.00% of the running tokens are kept" in result.stdout
    assert model.stat().st_size < 80_000_000
    env = {**os.environ, "DUENDE_BASE": str(model), "DUENDE_SLOTS": "1"}
    poem = run("compose", "la luna", "--lang", "es", "--max-words", "12", env=env)
    assert poem.stdout.startswith("la luna\n"), poem.stderr


@pytest.mark.parametrize("which", ["serve", "page", "up"])
def test_a_port_that_is_taken(which: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        result = run(which, "--port", port)
    assert result.returncode == 1
    assert f"Port {port}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_up_starts_both_and_stops_both(how: signal.Signals) -> None:
    port, page_port = free_port(), free_port()
    process = subprocess.Popen(
        [*DUENDE, "up", "--port", str(port), "--page-port", str(page_port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ECHO,
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        assert f"http://127.0.0.1:{port}" in said
        assert f"http://127.0.0.1:{page_port}" in said
        assert httpx2.get(f"http://127.0.0.1:{page_port}/", timeout=60).status_code == 200
        assert httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200
    finally:
        process.send_signal(how)
        rest, _ = process.communicate(timeout=30)
    assert "Traceback" not in rest
    for closed in (port, page_port):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", closed))


def test_serve_stops_in_the_middle_of_a_poem() -> None:
    port = free_port()
    process = subprocess.Popen([*DUENDE, "serve", "--port", str(port)], env=dict(os.environ))
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait_until_ready(client, seconds=120)
            body = {"first_line": "Bajo el sol", "max_words": 200}
            headers = {"Accept": "text/event-stream"}
            with client.stream("POST", "/v1/poems", json=body, headers=headers) as response:
                lines = response.iter_lines()  # held: who lets go of it leaves
                next(lines)
                process.terminate()
                started = time.monotonic()
                process.wait(30)
                assert time.monotonic() - started < 20
    finally:
        process.kill()
        process.wait()


def test_help_names_every_verb() -> None:
    result = CliRunner().invoke(app, ["--help"])
    for verb in ("compose", "serve", "page", "up", "doctor", "base"):
        assert verb in result.output


def test_scan_reads_standard_input_and_files(tmp_path: Path) -> None:
    text = "Vino la luna a mi puerta\ncon una rosa encendida\n"
    told = CliRunner().invoke(app, ["scan", "--lang", "es", "--json", "-"], input=text)
    lines = json.loads(told.stdout)["lines"]
    assert [line["text"] for line in lines] == text.splitlines()
    assert [line["syllables"] for line in lines] == [8, 8]
    (tmp_path / "luna.txt").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\xff")
    shown = CliRunner().invoke(app, ["scan", str(tmp_path / "luna.txt")])
    assert shown.exit_code == 0
    assert "ro·sa‿en·cen·di·da" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_scan_of_a_file_that_is_not_there() -> None:
    result = CliRunner().invoke(app, ["scan", "/nowhere/poem.txt"])
    assert result.exit_code == 1
    assert result.stderr == "duende: /nowhere/poem.txt cannot be read: No such file or directory.\n"


def test_rhymes_are_printed_a_line_each() -> None:
    result = CliRunner().invoke(app, ["rhymes", "moon", "--lang", "en", "--limit", "4"])
    assert result.stdout.split() == duende.rhymes("moon", lang="en", limit=4)
    wrong = CliRunner().invoke(app, ["rhymes", "moon", "--lang", "en", "--kind", "asonante"])
    assert wrong.exit_code == 1
    assert "perfect, slant, eye" in wrong.stderr


def test_a_line_is_rewritten(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("Under the old sun\nwe wait.\n", encoding="utf-8")
    asked = ("rewrite", str(tmp_path / "poem.txt"), "--line", "2", "--seed", "3")
    told = run(*asked, "--candidates", "2", "--json").stdout.splitlines()
    assert 1 <= len(told) <= 2
    assert set(json.loads(told[0])) == {"text", "syllables", "let_off"}
    wrong = run("rewrite", str(tmp_path / "poem.txt"), "--line", "7")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "duende: The poem has 2 lines, and line 7 is none of them.\n",
    )


def test_a_poem_goes_on(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("Under the old sun\nwe wait.\n", encoding="utf-8")
    asked = ("continue", str(tmp_path / "poem.txt"), "--max-words", "30", "--seed", "3")
    told = run(*asked).stdout.splitlines()
    assert told[:2] == ["Under the old sun", "we wait."]
    assert len(told) > 2
    assert json.loads(run(*asked, "--json").stdout)["text"] == "\n".join(told)


def test_forms_are_listed() -> None:
    told = CliRunner().invoke(app, ["forms", "--lang", "es"]).stdout.splitlines()
    assert any(line.startswith("soneto ") for line in told)
    assert not any(line.startswith("limerick ") for line in told)


def test_voices_are_listed(tmp_path: Path) -> None:
    scores = {"bits_per_byte": 1.5, "by language": {"en": 1.4}}
    write_voice(tmp_path / "harbour", era="golden-age", scores=scores)
    env = {**ECHO, "DUENDE_VOICES": str(tmp_path)}
    listed = json.loads(run("voices", "--json", env=env).stdout)
    assert [voice["name"] for voice in listed] == ["default", "harbour", "base"]
    harbour = listed[1]
    assert (harbour["kind"], harbour["era"], harbour["base"]) == (
        "adapter",
        "golden-age",
        "no base at all",
    )
    assert harbour["bytes"] == (tmp_path / "harbour" / "adapter.gguf").stat().st_size
    assert harbour["scores"] == scores
    told = run("voices", env=env)
    assert told.returncode == 0
    assert "harbour\n    Made for a test: harbour.\n    adapter, for no base at all" in told.stdout
    assert "bits_per_byte 1.5" in told.stdout
    (tmp_path / "empty").mkdir()
    faulty = run("voices", env=env)
    assert faulty.returncode == 1
    assert "There is no voice in" in faulty.stderr
    doctor = run("doctor", env=env)
    assert doctor.returncode == 1
    assert "✗ voice" in doctor.stdout
    assert "harbour (adapter, 0 MB)" in doctor.stdout


def test_a_voice_by_its_path_and_an_era(tmp_path: Path) -> None:
    folder = write_voice(tmp_path / "harbour", era="golden-age")
    for arguments, era in (((), "golden-age"), (("--era", "modern"), "modern")):
        told = run("compose", "Bajo el sol", "--voice", str(folder), "--json", *arguments)
        poem = json.loads(told.stdout)
        assert (poem["voice"], poem["report"]["era"]) == ("harbour", era)
    result = run("compose", "Bajo el sol", "--voice", str(folder), env=dict(os.environ))
    assert result.returncode == 1
    assert "was made for the base no base at all" in result.stderr
    assert "Traceback" not in result.stderr
