"""Poems as tokens and rows: what is learnt, what is verse, and nothing lost on the way."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.errors import TrainingError
from duende.training.poems import Source, TaughtPoem
from duende.training.recipe import Data
from duende.training.rows import Rows, TokenisedPoem, lessons, pack, tokenise
from duende.training.tokenizer import make_tokenizer
from duende.voice.prompts import Code

CODED = TaughtPoem(
    "es",
    ("Dejé la luz", "", "abierta al mar."),
    "19th-century",
    "free",
    (Code(5, "luz"), Code(5, "mar")),
)
PLAIN = TaughtPoem("en", ("The rain came down", "", "all night."), "", "")
TEXTS = ["The rain came down all night.", "Dejé la luz abierta al mar."] * 3


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> object:
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tokenizer")
    make_tokenizer(TEXTS, folder, size=320, context=64)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def chosen(poem: TokenisedPoem, mask: list[bool], tokenizer: object) -> str:
    return tokenizer.decode(  # type: ignore[attr-defined, no-any-return]
        [token for token, counts in zip(poem.tokens, mask, strict=True) if counts]
    )


def test_the_header_is_not_learnt_and_the_end_is(tokenizer: object) -> None:
    poem = tokenise(PLAIN, tokenizer)
    assert chosen(poem, poem.learnt, tokenizer) == "The rain came down\n\nall night.\n<|endoftext|>"
    assert chosen(poem, poem.verse, tokenizer) == "The rain came down\n\nall night.\n"
    assert poem.bytes == len("The rain came down\n\nall night.\n")


def test_codes_are_learnt_and_are_no_verse(tokenizer: object) -> None:
    poem = tokenise(CODED, tokenizer)
    learnt = chosen(poem, poem.learnt, tokenizer)
    assert learnt == "5 luz| Dejé la luz\n\n5 mar| abierta al mar.\n<|endoftext|>"
    assert chosen(poem, poem.verse, tokenizer) == " Dejé la luz\n\n abierta al mar.\n"
    assert poem.bytes == len("Dejé la luz\n\nabierta al mar.\n".encode())


def test_what_is_too_long_is_left_out(tokenizer: object) -> None:
    poem = tokenise(CODED, tokenizer, longest=10)
    assert len(poem.tokens) == len(poem.learnt) == len(poem.verse) == 10
    short = tokenise(PLAIN, tokenizer, longest=len(tokenise(PLAIN, tokenizer).tokens) - 4)
    assert short.bytes == len(chosen(short, short.verse, tokenizer).encode())


@given(st.lists(st.integers(1, 16), min_size=1, max_size=120))
def test_every_poem_is_packed_once_and_whole(sizes: list[int]) -> None:
    poems = [
        TokenisedPoem([1000 + number] * size, [True] * size, [True] * size, size)
        for number, size in enumerate(sizes)
    ]
    rows = pack(poems, 16)
    found = []
    for tokens, places in zip(rows.tokens.tolist(), rows.places.tolist(), strict=True):
        at = 0
        while at < 16 and tokens[at]:
            size = sizes[tokens[at] - 1000]
            assert tokens[at : at + size] == [tokens[at]] * size
            assert places[at : at + size] == list(range(size))
            found.append(tokens[at] - 1000)
            at += size
    assert sorted(found) == list(range(len(sizes)))
    assert int(rows.learnt.sum()) == sum(sizes)


def test_rows_are_kept_and_read_again(tmp_path: Path) -> None:
    rows = pack([TokenisedPoem([7, 8], [False, True], [False, True], 3)], 4)
    rows.save(tmp_path / "rows.npz")
    again = Rows.load(tmp_path / "rows.npz")
    assert (again.tokens == rows.tokens).all()
    assert (again.learnt == rows.learnt).all()
    assert (again.places == rows.places).all()
    assert again.poems == 1


def corpus() -> list[Source]:
    english = [Source("en", f"The rain came down\nall night {'again ' * n}.", "") for n in range(9)]
    return [*english, *(Source("es", f"La luz\nen el mar {'y ' * n}.", "") for n in range(40))]


def tokens_of(poems: list[TokenisedPoem], tokenizer: object) -> dict[str, int]:
    counted = {"en": 0, "es": 0}
    for poem in poems:
        text = tokenizer.decode(poem.tokens)  # type: ignore[attr-defined]
        counted["es" if text.startswith("Poema") else "en"] += len(poem.tokens)
    return counted


def test_languages_have_their_shares_of_the_tokens(tokenizer: object) -> None:
    data = Data(languages={"en": 0.25, "es": 0.75}, tokens=6000)
    poems = list(lessons(corpus(), data, tokenizer, seed=1, longest=64))
    counted = tokens_of(poems, tokenizer)
    assert 6000 <= sum(counted.values()) < 6064
    assert counted["en"] / sum(counted.values()) == pytest.approx(0.25, abs=0.02)


def test_passes_end_with_the_language_that_ends_first(tokenizer: object) -> None:
    data = Data(passes=2, coded=0, bare=1)
    poems = list(lessons(corpus(), data, tokenizer, seed=1, longest=64))
    english = [tuple(p.tokens) for p in poems if "English" in tokenizer.decode(p.tokens)]  # type: ignore[attr-defined]
    assert len(set(english)) == 9
    assert 17 <= len(english) <= 18


def test_lessons_repeat_with_their_seed(tokenizer: object) -> None:
    data = Data(tokens=2000)
    once, again, other = (
        [p.tokens for p in lessons(corpus(), data, tokenizer, seed=seed, longest=64)]
        for seed in (1, 1, 2)
    )
    assert once == again != other


def test_a_language_without_poems_is_told(tokenizer: object) -> None:
    english = [poem for poem in corpus() if poem.lang == "en"]
    with pytest.raises(TrainingError, match="'es'"):
        list(lessons(english, Data(tokens=500), tokenizer, seed=1, longest=64))
