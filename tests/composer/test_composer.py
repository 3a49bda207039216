"""What a reader asks for: checked, written by the rules, the same again for the same seed."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest
from lingua import Language, LanguageDetectorBuilder

from duende.composer.composer import Composer, Writing
from duende.composer.engine import Sampling
from duende.composer.engines.echo import Echo
from duende.composer.engines.llamacpp import CONTEXT, LlamaCpp
from duende.composer.objections import objection
from duende.composer.request import MAX_WORDS, ask, writable_forms
from duende.errors import (
    ContextFull,
    DuendeError,
    EngineError,
    EngineMissing,
    FirstLineError,
    LengthError,
    NotEnoughMemory,
    SamplingError,
    UnknownForm,
    UnknownLanguage,
    UnknownVoice,
)
from duende.poem import Poem
from duende.voice.base import Base
from duende.voice.prompts import encode

SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
LETTERS = "a-zA-ZáéíóúüñÁÉÍÓÚÜÑàâäçèêëìîïòôöùûæœ"
ONLY_VERSE = re.compile(rf"^[{LETTERS}0-9 .,;:!?¡¿'’‘\"“”«»()—–…-]+$")


@pytest.fixture(scope="module")
def detector() -> object:
    """Another library than the composer's says what language a line is in."""
    return LanguageDetectorBuilder.from_languages(Language.ENGLISH, Language.SPANISH).build()


def keeps_every_rule(poem: Poem, first_line: str, lang: str, max_words: int) -> None:
    """Assert what a free poem promises, judged from its text alone."""
    lines = poem.text.split("\n")
    assert lines[0] == first_line
    assert poem.lang == lang
    assert len(poem.text.split()) <= max_words
    assert all(line == line.strip() and line for line in lines), "one stanza, no loose blanks"
    assert len(lines) >= 4
    assert max(Counter(lines).values()) < 3
    assert all(ONLY_VERSE.match(line) for line in lines[1:]), "no markup, no notes"
    assert not any(line.lower().startswith(("poem", "poema en", "title")) for line in lines[1:])
    assert SENTENCE_END.search(lines[-1]), lines[-1]
    assert poem.finish in ("complete", "length")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_twenty_first_lines_give_twenty_poems(
    lang: str, engine: LlamaCpp, first_lines: dict[str, list[str]], detector: object
) -> None:
    assert len(first_lines[lang]) == 20
    composer = Composer(engine)
    code = {"en": Language.ENGLISH, "es": Language.SPANISH}[lang]
    for number, line in enumerate(first_lines[lang]):
        max_words = (200, 120, 60, 40)[number % 4]
        poem = composer.compose(ask(line, max_words=max_words, seed=number))
        keeps_every_rule(poem, line, lang, max_words)
        assert detector.detect_language_of(poem.text) == code  # type: ignore[attr-defined]
        for each in poem.lines:
            if len(each.split()) >= 4:
                found = detector.detect_language_of(each)  # type: ignore[attr-defined]
                assert found == code, each
        assert all(each.lang == lang for each in poem.report.lines[1:])
        assert poem.report.copied_words < 6


@pytest.mark.parametrize(("first_line", "max_words"), [("One", 1), ("Bajo el sol", 3)])
def test_no_room_but_for_the_readers_line(
    first_line: str, max_words: int, engine: LlamaCpp
) -> None:
    poem = Composer(engine).compose(ask(first_line, max_words=max_words))
    assert (poem.text, poem.finish, poem.words) == (first_line, "length", max_words)


@pytest.mark.parametrize("max_words", [4, 6, 8, 10, 12, 16, 20, 30])
def test_small_poems_keep_the_limit(max_words: int, engine: LlamaCpp) -> None:
    poem = Composer(engine).compose(ask("Bajo el sol", max_words=max_words, seed=3))
    assert poem.words <= max_words
    assert len(poem.lines) >= min(4, 1 + max_words - 3), "four lines wherever words are left"
    assert SENTENCE_END.search(poem.lines[-1])


def test_same_seed_same_poem(engine: LlamaCpp, base: Base) -> None:
    composer = Composer(engine)
    request = ask("La luna se quedó en el tejado", max_words=80, seed=11)
    first = composer.compose(request)
    composer.compose(ask("Something else in between", max_words=30, seed=1))
    second = composer.compose(request)
    assert first == second
    assert first.report.alone
    other = composer.compose(ask("La luna se quedó en el tejado", max_words=80, seed=12))
    assert other.text != first.text
    # A lane of its own, in a server of its own, gives the same.
    assert Composer(engine, seeded_alone=True).compose(request) == first


def test_a_lane_of_its_own_is_not_disturbed(engine: LlamaCpp) -> None:
    quiet = Composer(engine).compose(ask("Under the sun", max_words=60, seed=5))
    composer = Composer(engine, seeded_alone=True)
    noise = [composer.write(ask("Nobody told the moon", max_words=100)) for _ in range(2)]
    threads = [threading.Thread(target=lambda each=each: list(each)) for each in noise]
    for thread in threads:
        thread.start()
    seeded = composer.compose(ask("Under the sun", max_words=60, seed=5))
    for thread in threads:
        thread.join()
    assert seeded.text == quiet.text
    assert seeded.report.alone


def test_poems_written_together_say_so(engine: LlamaCpp) -> None:
    composer = Composer(engine)
    both = [composer.write(ask("Nobody told the moon", max_words=120, seed=n)) for n in (1, 2)]
    threads = [threading.Thread(target=lambda each=each: list(each)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.poem.report.alone for each in both] == [False, False]


def test_lines_come_as_they_are_written(engine: LlamaCpp) -> None:
    writing = Composer(engine).write(ask("At night the city hums", max_words=60, seed=2))
    pieces = list(writing)
    assert len(pieces) == len(writing.poem.lines)
    assert "".join(pieces) == writing.poem.text
    assert pieces[0] == "At night the city hums"


def test_stop_keeps_the_lines_that_stand(engine: LlamaCpp) -> None:
    writing = Composer(engine).write(ask("At night the city hums", max_words=200, seed=2))
    lines = writing.lines()
    given = [next(lines), next(lines)]
    writing.stop()
    poem = writing.poem
    assert poem.finish == "stopped"
    assert poem.lines[:2] == given
    assert len(poem.lines) <= 3


def test_leaving_frees_the_slot_within_a_token_or_so(engine: LlamaCpp) -> None:
    """All slots are left one after another; then all are free again."""
    prompt = encode(["At night the city hums"], lang="en", form="free")
    for _ in range(engine.slots + 1):
        with engine.lane() as lane:
            pieces = lane.continue_text(prompt, Sampling(1, 0.9, 1, may_end=False), max_tokens=400)
            with closing(pieces):
                next(pieces)
                left = time.monotonic()
            assert time.monotonic() - left < 5, "it would take far longer to write 400 tokens"
    started = time.monotonic()
    with engine.lane() as lane:
        next(lane.continue_text(prompt, Sampling(1, 0.9, 1), max_tokens=1))
    assert time.monotonic() - started < 10


def test_the_engine_says_what_is_wrong(engine: LlamaCpp) -> None:
    with engine.lane() as lane, pytest.raises(ContextFull, match="shorter line"):
        next(lane.continue_text("word " * CONTEXT, Sampling(1, 0.9, 1), max_tokens=5))


def test_may_end_is_obeyed(engine: LlamaCpp) -> None:
    prompt = encode(["It is over.", "The end."], lang="en", form="free")
    with engine.lane() as lane:
        sampling = Sampling(0.9, 0.9, 4, may_end=False, blank_lines=False)
        text = "".join(lane.continue_text(prompt, sampling, max_tokens=120))
    assert "\n\n" not in text
    assert "\x03" not in text


def test_not_enough_memory(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        available = 50 << 20

    monkeypatch.setattr("psutil.virtual_memory", Full)
    with pytest.raises(NotEnoughMemory, match="DUENDE_SLOTS"):
        LlamaCpp(base, slots=1)


def test_engine_that_is_not_installed(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    with pytest.raises(EngineMissing, match=r"pip install 'duende\[embedded\]'"):
        LlamaCpp(base, slots=1)


@pytest.mark.parametrize(
    ("first_line", "settings", "error", "sentence"),
    [
        ("", {}, FirstLineError, "empty"),
        (" \t\n ", {}, FirstLineError, "empty"),
        ("a" * 301, {}, FirstLineError, "301 characters: 300 at most"),
        ("one\ntwo", {}, FirstLineError, "several lines"),
        ("one\x07", {}, FirstLineError, "control characters"),
        ("one\x00two", {}, FirstLineError, "control characters"),
        ("\u200b\u200d", {}, FirstLineError, "empty"),
        ("one \u202etwo", {}, FirstLineError, "control characters"),
        ("half \ud83d", {}, FirstLineError, "control characters"),
        ("sun", {"max_words": 0}, LengthError, "1 to 200"),
        ("sun", {"max_words": 201}, LengthError, "1 to 200"),
        ("one two three", {"max_words": 2}, LengthError, "has 3 words"),
        ("sun", {"temperature": -0.1}, SamplingError, "0 to 2"),
        ("sun", {"temperature": 2.1}, SamplingError, "0 to 2"),
        ("sun", {"temperature": float("nan")}, SamplingError, "0 to 2"),
        ("sun", {"top_p": 0}, SamplingError, "top_p"),
        ("sun", {"top_p": 1.1}, SamplingError, "top_p"),
        ("sun", {"seed": -1}, SamplingError, "seed"),
        ("sun", {"seed": 2**32}, SamplingError, "seed"),
        ("sun", {"lang": "fr"}, UnknownLanguage, "'en', 'es' or 'auto'"),
        ("sun", {"form": "oda"}, UnknownForm, "There is no form 'oda'"),
        ("sun", {"form": "haikú", "voice": "base"}, UnknownForm, "free verse alone"),
        ("sun", {"form": "soneto", "max_words": 40}, LengthError, "ask for 42 words or more"),
        ("sun", {"voice": "nobody"}, UnknownVoice, "default, base"),
    ],
)
def test_what_cannot_be_asked(
    first_line: str, settings: dict[str, object], error: type[DuendeError], sentence: str
) -> None:
    with pytest.raises(error, match=re.escape(sentence)):
        ask(first_line, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first_line", "lang"),
    [("Volverán las oscuras golondrinas", "es"), ("La noche", "es"), ("The moon", "en")],
)
def test_language_is_found_and_said(first_line: str, lang: str) -> None:
    request = ask(first_line)
    assert (request.lang, request.lang_assumed) == (lang, True)
    overruled = ask(first_line, lang="en" if lang == "es" else "es")
    assert overruled.lang != lang
    assert not overruled.lang_assumed


@pytest.mark.parametrize("line", ["Nel mezzo del cammin di nostra vita", "12345", "月光", "☾"])
def test_a_line_in_neither_language_is_served(line: str) -> None:
    poem = Composer(Echo()).compose(ask(line, max_words=40))
    assert poem.lines[0] == line
    assert not poem.report.known_language
    assert poem.lang_assumed


def test_the_longest_first_line_fits(engine: LlamaCpp) -> None:
    line = ("ñandú " * 50).strip()
    poem = Composer(engine).compose(ask(line, max_words=200, lang="es", seed=1))
    assert poem.lines[0] == line
    assert poem.words <= 200


@pytest.mark.parametrize("line", ["月" * 300, "🌒" * 300])
def test_a_line_that_the_model_cannot_hold(line: str, engine: LlamaCpp) -> None:
    with pytest.raises(ContextFull, match="begin with a shorter line"):
        Composer(engine).compose(ask(line))


def test_a_full_context_ends_the_poem() -> None:
    class Small(Broken):
        def continue_text(
            self, prompt: str, sampling: Sampling, *, max_tokens: int
        ) -> Iterator[str]:
            if len(self.texts) == 1:
                raise ContextFull("Begin with a shorter line.")
            yield from super().continue_text(prompt, sampling, max_tokens=max_tokens)

    engine = Small("a lizard counts the stones,\nthe wall grows warm\nand nobody comes.\n\n", "")
    poem = Composer(engine).compose(ask("Under the sun"))
    assert (len(poem.lines), poem.finish) == (4, "length")


def test_the_line_is_given_back_as_it_was_typed(engine: LlamaCpp) -> None:
    for line in ("corazo\u0301n de  agua", "a 🌒 \u200d b", "<eos> & *x*"):
        request = ask(f"  {line}\t", max_words=20, seed=1)
        assert Composer(engine).compose(request).lines[0] == line


def test_the_last_seed_repeats_too(engine: LlamaCpp) -> None:
    request = ask("Nobody told the moon", max_words=30, seed=2**32 - 1)
    assert Composer(engine).compose(request) == Composer(engine).compose(request)


def test_leaving_the_loop_ends_the_poem(engine: LlamaCpp) -> None:
    for number in range(engine.slots + 2):
        writing = Composer(engine).write(ask("Nobody told the moon", seed=number))
        for at, _ in enumerate(writing):
            if at == number % 2:
                break
        assert not engine._open
        assert (len(writing.poem.lines), writing.poem.finish) == (1 + number % 2, "stopped")


@pytest.mark.parametrize("max_words", range(4, 13))
def test_an_engine_that_says_one_thing_never_says_it_thrice(max_words: int) -> None:
    poem = Composer(Broken("The moon goes down\n" * 3)).compose(
        ask("luz", lang="en", max_words=max_words)
    )
    assert poem.words <= max_words
    assert max(Counter(poem.lines).values()) == 1


def test_a_word_wears_out() -> None:
    lines = ["The lantern hums.", "A lantern swings and sees.", "Whose lantern burns"]
    so_far = SimpleNamespace(lang="en", lines=lines, examples=(), room=13)
    assert objection("so many a lantern knows me", so_far) == "worn out"
    assert objection("so many a candle knows me", so_far) is None
    assert objection("so many a lantern knows me", so_far, taste=False) is None


class Broken:
    """An engine that gives whatever it is told to."""

    name, base, slots = "broken", None, 1

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    def lane(self, **opening: object) -> "Broken":
        return self

    def __enter__(self) -> "Broken":
        return self

    def __exit__(self, *error: object) -> None: ...

    alone = True

    def continue_text(self, prompt: str, sampling: Sampling, *, max_tokens: int) -> Iterator[str]:
        yield self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]

    def close(self) -> None: ...


def test_an_engine_that_gives_nothing_is_given_up() -> None:
    with pytest.raises(EngineError, match="try another first line"):
        Composer(Broken("")).compose(ask("Under the sun"))


def test_what_must_not_leak_is_dropped() -> None:
    engine = Broken(
        "Poem in English, free verse:\n",
        "# The Sun\n",
        "**bold** move\n",
        "see https://example.org\n",
        "THE SUN IS UP\n",
        "la luz de la mañana en la ventana\n",
        "\n",
        "Under the sun\n",
        "a lizard counts the stones.\n",
        "a lizard counts the stones.\n",
        "three thin men who forgot to go home.\n",
        "Nobody asked it to,\n",
        "and nobody thanks it for its work.\n",
        "\n",
    )
    poem = Composer(engine).compose(ask("Under the sun", max_words=40, seed=1, voice="base"))
    assert poem.text == (
        "Under the sun\na lizard counts the stones.\n"
        "Nobody asked it to,\nand nobody thanks it for its work."
    )
    assert poem.report.rejected == {
        "copied": 1,
        "ended too soon": 1,
        "not verse": 5,
        "said before": 2,
        "wrong language": 1,
    }


def test_a_poem_that_never_ends_a_sentence_gets_its_full_stop() -> None:
    lines = (
        "and the wind goes over the hill, and the rain comes after,\n"
        "while the grass bends down to the ground,\nwhere a stone remembers the river—\n"
    )
    later = ("some day", "an owl", "grey ships", "her coat", "no bell", "ten crows", "our bread")
    engine = Broken(
        lines, *[f"{words} will wait for the morning {words[::-1]},\n" for words in later]
    )
    poem = Composer(engine).compose(ask("Under the sun", max_words=34, seed=1))
    assert poem.finish == "length"
    assert SENTENCE_END.search(poem.text)
    assert not re.search(r"[,—-]\.$", poem.text)


def test_a_writing_can_be_read_in_parts() -> None:
    writing = Writing(Echo(), ask("Under the sun", max_words=50, seed=1))
    first = next(writing.lines())
    rest = list(writing.lines())
    assert "\n".join([first, *rest]) == writing.poem.text
    assert writing.poem.report.engine == "echo"


@pytest.mark.parametrize("max_words", [1, 3, 5, 17, 60, MAX_WORDS])
@pytest.mark.parametrize("first_line", ["luz", "Under the old sun"])
def test_the_echo_keeps_the_rules_too(first_line: str, max_words: int) -> None:
    if len(first_line.split()) > max_words:
        return
    poem = Composer(Echo()).compose(ask(first_line, max_words=max_words, seed=9))
    assert poem.words <= max_words
    assert poem.lines[0] == first_line
    assert poem == Composer(Echo()).compose(ask(first_line, max_words=max_words, seed=9))


def test_free_verse_has_other_names() -> None:
    assert ask("sun", form="Verso libre").form.id == "free"
    assert writable_forms()[0].id == "free"
