"""Voices that write: changed from poem to poem, told an era, let end, refused where damaged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from duende.composer import composer as composing
from duende.composer.composer import Composer
from duende.composer.engine import Sampling
from duende.composer.engines.llamacpp import LlamaCpp, free_memory
from duende.composer.request import ask
from duende.errors import (
    ContextFull,
    NotEnoughMemory,
    UnknownEra,
    UnknownLanguage,
    VoiceError,
)
from duende.voice import voices as room
from duende.voice.base import Base
from duende.voice.prompts import END_OF_TEXT, preamble
from duende.voice.voices import Voice, find_voice, voice_at
from made_voices import ANY_BASE, adapter_voice, gpt2_voice, write_voice

LINE = "Bajo el sol de la tarde"


@pytest.fixture(scope="module")
def pair(base: Base, tmp_path_factory: pytest.TempPathFactory) -> tuple[Voice, Voice]:
    """Two adapters of the embedded base."""
    folder = tmp_path_factory.mktemp("voices")
    return (
        voice_at(adapter_voice(folder / "one", base, seed=1, era="golden-age")),
        voice_at(adapter_voice(folder / "two", base, seed=2)),
    )


@pytest.fixture(scope="module")
def with_voices(base: Base, pair: tuple[Voice, Voice]) -> Iterator[LlamaCpp]:
    """An engine with both voices, in two slots."""
    engine = LlamaCpp(base, slots=2, voices=pair)
    yield engine
    engine.close()


def written(engine: LlamaCpp, voice: Voice, *, apart: bool = False) -> str:
    """What a voice writes after its header and one line: some twenty tokens."""
    opening = preamble(lang="es", era=voice.era, form="free")
    with engine.lane(voice=voice, preamble=opening, apart=apart) as lane:
        assert lane.alone
        prompt = f"{opening}Bajo el sol de la tarde\n"
        return "".join(lane.continue_text(prompt, Sampling(1, 0.9, 3), max_tokens=20))


def test_each_voice_writes_its_own_and_the_same_again(
    with_voices: LlamaCpp, engine: LlamaCpp, pair: tuple[Voice, Voice]
) -> None:
    """Whoever wrote before, in a slot, in another, or in a server without any voice."""
    one, two = pair
    bare = find_voice("base")
    first = {"base": written(engine, bare)}
    first |= {voice.name: written(with_voices, voice) for voice in pair}
    assert len(set(first.values())) == 3
    for voice in (one, bare, bare, two, one, bare, two, two, bare):
        assert written(with_voices, voice) == first[voice.name]
    assert written(with_voices, one, apart=True) == first["one"]
    assert written(with_voices, bare, apart=True) == first["base"]


def test_a_voice_that_came_later_has_a_server_of_its_own(
    with_voices: LlamaCpp, base: Base, pair: tuple[Voice, Voice]
) -> None:
    late = LlamaCpp(base, slots=1)
    try:
        for voice in (pair[0], find_voice("base")):
            assert written(late, voice) == written(with_voices, voice)
        assert len(late._servers) == 2
    finally:
        late.close()


def test_a_poem_says_whose_it_is(with_voices: LlamaCpp, pair: tuple[Voice, Voice]) -> None:
    poem = Composer(with_voices).compose(ask(LINE, max_words=9, seed=3, voice=pair[0]))
    report = poem.report
    assert (poem.voice, report.era) == ("one", "golden-age")
    assert report.voice_sha256 == pair[0].file.sha256  # type: ignore[union-attr]
    assert report.base_sha256 == with_voices.base.sha256


def test_memory_is_looked_at_and_idle_models_make_room(
    base: Base, pair: tuple[Voice, Voice], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Memory:
        available = 1 << 40

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    late = LlamaCpp(base, slots=2)
    try:
        with late.lane(voice=pair[0]):
            Memory.available = 1 << 20
            with pytest.raises(NotEnoughMemory, match="DUENDE_SLOTS"), late.lane(voice=pair[1]):
                pytest.fail("there was no room")
            assert len(late._servers) == 2, "somebody writes in it"
        with pytest.raises(NotEnoughMemory), late.lane(voice=pair[1]):
            pytest.fail("there was no room")
        assert len(late._servers) == 1, "nobody wrote in it"
        with late.lane(voice=find_voice("base")) as lane:
            assert lane.alone
    finally:
        late.close()


def test_a_gpt2_of_its_own(engine: LlamaCpp, tmp_path: Path) -> None:
    """It has another tokenizer, begins with no token, ends with its own and holds 96 tokens."""
    voice = voice_at(gpt2_voice(tmp_path / "small"))
    with engine.lane(voice=voice, preamble="Poem:\n") as lane:
        server = lane.server
        assert server is not engine._shared
        assert server.begin == []
        assert server.detokenize(server.tokenize("¿Sí?\n\n")) == "¿Sí?\n\n"
        assert len(server.tokenize("\n\n")) == 1

        def text(seed: int, **asked: bool) -> str:
            sampling = Sampling(1, 1, seed, **asked)
            return "".join(lane.continue_text("Poem:\nLuz\n", sampling, max_tokens=80))

        assert text(5) == text(5) != text(6)
        many = [text(seed) for seed in range(40)]
        assert any(END_OF_TEXT in each for each in many)
        kept = [text(seed, may_end=False) for seed in range(40)]
        assert not any(END_OF_TEXT in each for each in kept)
        with pytest.raises(ContextFull, match="of 96 tokens"):
            lane.continue_text("a" * 90, Sampling(1, 1, 1), max_tokens=1)
    poem = Composer(engine).write(ask("Luz", voice=voice))
    poem.stop()
    report = poem.poem.report
    assert (report.base, report.base_sha256) == ("", "")
    assert report.voice_sha256 == voice.file.sha256  # type: ignore[union-attr]


def test_a_damaged_voice_is_refused_and_the_others_write(base: Base, tmp_path: Path) -> None:
    cut = adapter_voice(tmp_path / "cut", base)
    with (cut / "adapter.gguf").open("r+b") as file:
        file.truncate(1000)
    changed = adapter_voice(tmp_path / "changed", base)
    with (changed / "adapter.gguf").open("r+b") as file:
        file.seek(100_000)
        file.write(b"damage")
    voices = [voice_at(cut), voice_at(changed)]
    engine = LlamaCpp(base, slots=1, voices=voices)
    try:
        for voice, sentence in zip(voices, ("has 1000 bytes", "is not the file"), strict=True):
            with pytest.raises(VoiceError, match=sentence):
                Composer(engine).compose(ask(LINE, voice=voice))
        assert written(engine, find_voice("base"))
        foreign = voice_at(write_voice(tmp_path / "foreign", base=ANY_BASE))
        with pytest.raises(VoiceError, match="made for the base no base at all"):
            Composer(engine).write(ask(LINE, voice=foreign))
        with pytest.raises(VoiceError, match="made for the base"), engine.lane(voice=foreign):
            pytest.fail("it was let in")
    finally:
        engine.close()


class Heard:
    """An engine that keeps what it was asked, and gives what it is told to."""

    name, base, slots, alone = "heard", None, 1, True

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.prompts: list[str] = []
        self.asked: list[Sampling] = []
        self.opened: dict[str, object] = {}

    def lane(self, **opened: object) -> "Heard":
        self.opened = opened
        return self

    def __enter__(self) -> "Heard":
        return self

    def __exit__(self, *error: object) -> None: ...

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        self.prompts.append(prompt)
        self.asked.append(sampling)
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        body, ended, _ = text.partition(END_OF_TEXT)
        yield body
        if ended:
            yield END_OF_TEXT


LINES = "La sombra cuenta sus monedas,\nuna para el pan,\nninguna para mí.\n"


@pytest.fixture
def harbour(tmp_path: Path) -> Voice:
    return voice_at(write_voice(tmp_path / "harbour", era="golden-age"))


@pytest.mark.parametrize(
    ("era", "header", "told"),
    [
        ("", "Poema en español, Siglo de Oro, verso libre:\n", "golden-age"),
        ("modern", "Poema en español, hoy, verso libre:\n", "modern"),
    ],
)
def test_the_header_names_the_era(harbour: Voice, era: str, header: str, told: str) -> None:
    engine = Heard(LINES + END_OF_TEXT)
    poem = Composer(engine).compose(ask(LINE, voice=harbour, era=era))
    assert engine.prompts[0] == f"{header}{LINE}\n"
    assert engine.opened == {"voice": harbour, "preamble": header, "apart": False}
    assert (poem.report.era, poem.voice) == (told, "harbour")


def test_the_base_knows_no_eras() -> None:
    engine = Heard(LINES + END_OF_TEXT)
    poem = Composer(engine).compose(ask(LINE, voice="base", era="modern", max_words=20))
    assert ", hoy," not in engine.prompts[0]
    assert poem.report.era == ""
    with pytest.raises(UnknownEra, match="choose one of medieval"):
        ask(LINE, era="jazz")


def test_a_language_that_the_voice_does_not_write(tmp_path: Path) -> None:
    voice = voice_at(write_voice(tmp_path / "harbour", languages=("es",)))
    assert ask(LINE, voice=voice).lang == "es"
    with pytest.raises(UnknownLanguage, match="writes in es alone, not in 'en'"):
        ask("The river does not know my name", voice=voice)


def test_a_trained_voice_ends_when_it_wants(harbour: Voice) -> None:
    poem = Composer(Heard(LINES + END_OF_TEXT)).compose(ask(LINE, voice=harbour))
    assert (poem.finish, len(poem.lines)) == ("complete", 4)
    bare = Composer(Heard(LINES + END_OF_TEXT, "Y nadie llama a la puerta.\n")).compose(
        ask(LINE, voice="base", max_words=60)
    )
    assert bare.report.rejected["ended too soon"] == 1


def test_a_trained_voice_may_end_from_the_fourth_line_on_and_never_leaves_a_blank(
    harbour: Voice,
) -> None:
    engine = Heard("Uno que canta,\n", LINES + "\nOtra vez la lluvia,\n", "Y no vuelve.\n\x03")
    poem = Composer(engine).compose(ask(LINE, voice=harbour))
    assert [asked.may_end for asked in engine.asked] == [False, False, True]
    assert not any(asked.blank_lines for asked in engine.asked)
    assert "" not in poem.lines
    assert poem.finish == "complete"


def test_a_stanza_that_ends_is_no_end(harbour: Voice) -> None:
    engine = Heard(
        "Uno que canta.\n\nDos que callan,\n\ntres que se marchan.\n", "Y nadie responde.\n\x03"
    )
    poem = Composer(engine).compose(ask(LINE, voice=harbour))
    assert poem.lines[1:4] == ["Uno que canta.", "Dos que callan,", "tres que se marchan."]
    assert poem.lines[4:] == ["Y nadie responde."]


def test_an_end_in_mid_sentence_is_written_on(harbour: Voice) -> None:
    engine = Heard(LINES, "y entonces la noche,\x03", "Todo calla.\n", "Fin del camino.\n\x03")
    poem = Composer(engine).compose(ask(LINE, voice=harbour))
    assert poem.lines[-2:] == ["Todo calla.", "Fin del camino."]
    assert poem.report.rejected == {"ended too soon": 1}


def test_the_default_is_read_before_anybody_asks(
    harbour: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard("x")
    Composer(heard).warm_up(harbour)
    assert heard.prompts == [
        "Poem in English, 16th and 17th centuries, free verse:\n",
        "Poema en español, Siglo de Oro, verso libre:\n",
    ]
    monkeypatch.setattr(room, "SHIPPED", tmp_path)
    write_voice(tmp_path / "default", era="modern")
    Composer(heard).warm_up()
    assert heard.prompts[-1] == "Poema en español, hoy, verso libre:\n"
    assert composing.VOICE == "default"


def test_memory_is_what_a_container_may_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("duende.composer.engines.llamacpp.CONTROL_GROUP", tmp_path)
    whole = free_memory()
    assert whole > 1 << 26, "there is no group"
    (tmp_path / "memory.current").write_text(f"{500 << 20}\n")
    (tmp_path / "memory.stat").write_text(f"anon {300 << 20}\ninactive_file {150 << 20}\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 1 << 26
    (tmp_path / "memory.max").write_text(f"{512 << 20}\n")
    assert free_memory() == (512 - 500 + 150) << 20
