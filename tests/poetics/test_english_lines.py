"""English lines: how many syllables, which metre, which stresses. The verses were made for this."""

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duende.poetics.english.division import divided, syllabified
from duende.poetics.english.line import Line
from duende.poetics.english.metre import ABREAST, FREE, NEVER, Feet, Weights, metres, table
from duende.poetics.phonology import phonology


def _best(text: str) -> str:
    strains = Line(text).strains
    return str(min(strains, key=strains.__getitem__))


# metre | stresses | line
LINES = """
iambic pentameter|-+-+-+-+-+|The summer leaves were falling on the lake
iambic pentameter|-+-+-+-+-+|Beneath the bridge the river keeps the moon
iambic pentameter|+--+-+-+-+|Sweet is the rain that falls upon the corn
iambic pentameter|-+++-+-+-+|The long grey evening leans against the wall
iambic tetrameter|-+-+-+-+|I walked alone beside the sea
iambic tetrameter|-+-+-+-+|The lantern swings above the door
iambic tetrameter|-+-+-+-+|'Twas winter, and the withered thorn
iambic trimeter|-+-+-+|The snow is on the hill
iambic dimeter|-+-+|The bells are still
iambic heptameter|-+-+-+-+-+-+-+|The weary travellers were waiting on the frozen shore
trochaic tetrameter|+-+-+-+-|Golden apples in the morning
trochaic tetrameter|+-+-+-+-|Silver water, silent garden
trochaic trimeter|+-+-+-|Golden summer morning
anapaestic trimeter|--+--+--+|And the sound of the rain on the roof
anapaestic tetrameter|--+--+--+--+|In the dark of the wood there's a house by a stream
anapaestic tetrameter|-+--+--+--+|The ship on the sea was as white as a bone
dactylic tetrameter|+--+--+--+-|Carry me over the silvery mountains
dactylic tetrameter|+--+--+--+--|Gather the lilies and carry them tenderly
""".strip().splitlines()


@pytest.mark.parametrize("row", LINES)
def test_metres_and_stresses(row: str) -> None:
    metre, stresses, text = row.split("|")
    assert _best(text) == metre
    reading = Line(text).read(metre)
    assert (reading.metre, reading.stresses) == (metre, stresses)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The moon came up", 4, 4),
        ("The fire went out", 4, 5),
        ("A flower in heaven", 4, 6),
        ("He walk'd o'er every stone", 6, 7),
        ("The wingèd seed", 4, 4),
        ("In 1914 we left", 7, 7),
        ("Since the 1960s", 6, 6),
        ("1,000 ships", 4, 4),
        ("0.5 grams", 5, 5),
        ("my old TV", 4, 4),
        ("The FBI", 4, 4),
        ("I am OK", 4, 4),
        ("Salt & silver", 4, 4),
        ("many a lantern", 4, 5),
        ("", 0, 0),
        ("…", 0, 0),
        ("o", 1, 1),
    ],
)
def test_the_range_of_syllables(text: str, least: int, most: int) -> None:
    assert (Line(text).least, Line(text).most) == (least, most)


@pytest.mark.parametrize(
    ("text", "metre", "licence"),
    [
        ("Sweet is the rain that falls upon the corn", "iambic pentameter", "inversion"),
        ("The harbour lamps were burning low for ever", "iambic pentameter", "feminine ending"),
        ("Silver bells above the door", "trochaic tetrameter", "catalexis"),
        ("Silver bells above the door", "iambic tetrameter", "headless"),
        ("The ship on the sea was as white as a bone", "anapaestic tetrameter", "iamb"),
        ("The murmuring river goes winding to sea", "iambic pentameter", "anapaest"),
        ("To the eternal hills", "iambic dimeter", "elision"),
        ("And golden, golden water", "trochaic trimeter", "anacrusis"),
        ("The flower and the tower", "iambic trimeter", "feminine ending"),
    ],
)
def test_licences_are_named(text: str, metre: str, licence: str) -> None:
    assert licence in Line(text).read(metre).licences


def test_content_words_keep_their_stress_against_the_metre() -> None:
    assert Line("Drop, drop, drop, drop").read(_best("Drop, drop, drop, drop")).stresses == "++++"
    assert Line("The cold sea and the dark green hill").read("iambic tetrameter").stresses == (
        "-++--+++"
    )


def test_free_verse_is_read_by_its_words() -> None:
    text = (
        "Dear street, the bus coughs twice and nobody is leaving the wet bright afternoon tonight"
    )
    reading = Line(text).read(FREE)
    assert reading.metre is None
    assert reading.stresses.startswith("++-+++-+")


def test_one_line_may_have_several_metres() -> None:
    """Whoever knows the neighbours chooses."""
    strains = Line("Silver bells above the door").strains
    assert strains["trochaic tetrameter"] < 2
    assert strains["iambic tetrameter"] < 3
    assert FREE in strains


@pytest.mark.parametrize(
    ("text", "metre", "division"),
    [
        ("The golden lantern burns", "iambic trimeter", "The gol·den lan·tern burns"),
        ("The wandering rain", "iambic dimeter", "The wan·de·ring rain"),
        ("Something moved", "free", "Some·thing moved"),
    ],
)
def test_division(text: str, metre: str, division: str) -> None:
    assert Line(text).read(metre).division == division


def test_the_division_has_the_syllables_of_the_stresses() -> None:
    for row in LINES:
        metre, stresses, text = row.split("|")
        division = Line(text).read(metre).division
        assert division.count("·") + division.count(" ") + 1 == len(stresses), division


def test_a_word_without_its_vowel_leans_on_the_next() -> None:
    assert divided(["The", "old"], [0, 1], " +") == "The‿old"


def test_syllabified_loses_no_letter() -> None:
    for word in ("strength", "queue", "o'er", "sea-scented", "rhythm", "aaaa", "bcd", "Ünruhe"):
        for count in range(1, 7):
            assert "".join(syllabified(word, count)) == word


def test_what_is_not_read_is_told() -> None:
    assert Line("moon 月 and 🙂").unread == ("月", "🙂")
    assert Line("plain — “words”, 'only' …").unread == ()


def _cheapest(weights: Weights, family: str) -> dict[int, float]:
    """The least strain by number of feet, by trying every row of feet there is."""
    metre = metres()[family]
    size = len(weights.beat)
    best: dict[int, float] = {}
    for gone in product((False, True), repeat=size):
        if any(left and weights.drop[at] == NEVER for at, left in enumerate(gone)):
            continue
        said = tuple(at for at in range(size) if not gone[at])
        dropped = sum(weights.drop[at] for at in range(size) if gone[at])

        def rows(at: int, feet: int, strain: float, said: tuple[int, ...] = said) -> None:
            rest = said[at:]
            if feet and len(rest) < len(metre.after):
                total = strain + metre.after[len(rest)] + sum(weights.off[each] for each in rest)
                if total < NEVER:
                    best[feet] = min(best.get(feet, NEVER), total)
            for foot, prices in metre.prices.items():
                span = rest[: len(foot)]
                if len(span) < len(foot) or feet == 8:
                    continue
                first, _, elsewhere, last = prices
                price = elsewhere if feet or at else first
                final = at + len(foot) == len(said)
                if final and last != elsewhere:
                    price = min(first, last) if feet == at == 0 else last
                strains = [
                    (weights.beat if mark == "+" else weights.off)[each]
                    for mark, each in zip(foot, span, strict=True)
                ]
                rows(at + len(foot), feet + 1, strain + price + sum(strains))

        for opening, price in enumerate(metre.before):
            if opening <= len(said):
                strain = price + sum(weights.off[each] for each in said[:opening])
                rows(opening, 0, dropped + strain)
    return best


@pytest.mark.parametrize("family", ["iambic", "trochaic", "anapaestic", "dactylic"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_cheapest_row_is_the_cheapest_of_all(family: str, data: st.DataObject) -> None:
    strain = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 3.5])
    size = data.draw(st.integers(2, 7))
    column = st.lists(strain, min_size=size, max_size=size)
    drop = [NEVER] * size
    if size > 3 and data.draw(st.booleans()):
        drop[data.draw(st.integers(2, size - 2))] = 0.75
    weights = Weights(data.draw(column), data.draw(column), drop)
    feet, metre = Feet(weights), metres()[family]
    cheapest = _cheapest(weights, family)
    assert cheapest
    for count, total in cheapest.items():
        name = metre.names[count - 1]
        assert feet.strains[name] == pytest.approx(total + metre.rare[count - 1])
        assert len("".join(feet.row(name))) == size


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    verse = phonology("en").verse(text)
    assert 0 <= verse.least <= verse.most
    assert bool(verse.strains) == (verse.most > 0)
    for metre in verse.strains:
        reading = verse.read(metre)
        assert set(reading.stresses) <= {"+", "-"}
        assert reading.stresses
        assert reading.division


@pytest.mark.parametrize(
    "text", ["la " * 5000, "x" * 10_000, "é" * 9_999, "9" * 10_000, ". " * 5000]
)
def test_ten_thousand_characters_take_a_moment(text: str) -> None:
    began = time.monotonic()
    verse = Line(text)
    for metre in verse.strains:
        verse.read(metre)
    assert time.monotonic() - began < 5


def test_the_table_names_every_kind_of_syllable() -> None:
    assert table()["syllables"].keys() == table()["stress"].keys()


def test_every_family_has_its_place_in_a_row() -> None:
    assert len(metres()) == ABREAST
    assert all(
        foot[0] == "+" or foot[-1] == "+" for each in metres().values() for foot in each.prices
    )
    assert all(foot.count("+") == 1 for each in metres().values() for foot in each.prices)


def test_a_row_asks_what_its_metre_does_when_syllables_are_left_out() -> None:
    """Two syllables that are not said, one of them after the last foot."""
    drop = [NEVER, 0.0, NEVER, NEVER, 0.0, NEVER]
    feet = Feet(Weights([9.0, 9.0, 0.0, 9.0, 9.0, 9.0], [0.0] * 6, drop))
    iamb = metres()["iambic"]
    assert feet.strains["iambic monometer"] == pytest.approx(iamb.after[2] + iamb.rare[0])
    assert feet.row("iambic monometer") == ["", "- +", "- -"]
