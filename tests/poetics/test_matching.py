"""Which forms a poem keeps, from facts made by hand and from verses that are really scanned."""

from collections import Counter
from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duende.poem import Language
from duende.poetics.forms import Form, forms
from duende.poetics.matching import Break, Line, Match, nearest
from duende.poetics.rules import SENTENCES
from duende.poetics.scan import scan

STRICT = {"en": "perfect", "es": "consonante"}
FEET = {10: "iambic pentameter", 8: "iambic tetrameter", 6: "iambic trimeter"}


def made(
    stanzas: str, counts: tuple[int, ...], lang: Language, kind: str = ""
) -> tuple[tuple[Match, ...], list[Line]]:
    """A poem of which only the rhymes and the counts are told, and its forms.

    A letter is a rhyme, `-` rhymes with none, and a blank ends a stanza.
    """
    signs = [sign for sign in stanzas if sign != " "]
    lines: list[Line] = []
    lengths = islice(cycle(counts), len(signs))
    numbers = [stanzas[:at].count(" ") for at, sign in enumerate(stanzas) if sign != " "]
    for at, (stanza, count) in enumerate(zip(numbers, lengths, strict=True)):
        metre = FEET.get(count) if lang == "en" else None
        lines.append(Line(f"verse {at}", stanza, count, count, count, metre))

    def rhyme(one: int, other: int) -> str | None:
        alike = signs[one].upper() == signs[other].upper() != "-"
        return (kind or STRICT[lang]) if alike else None

    return nearest(lines, lang, rhyme), lines


EXAMPLES = [
    pytest.param(form, lang, id=f"{form.id}-{lang}") for form in forms() for lang in form.example
]


@pytest.mark.parametrize(("form", "lang"), EXAMPLES)
def test_the_example_of_a_form_keeps_it(form: Form, lang: Language) -> None:
    best = scan(form.example[lang], lang=lang).forms[0]
    assert best == Match(form.id, 1.0), best.breaks


@pytest.mark.parametrize(
    ("stanzas", "counts", "lang", "form"),
    [
        # The same lines in another print.
        ("AABBCCDD", (10,), "en", "couplet"),
        ("AABB CCDD", (10,), "en", "quatrain"),
        ("AA BB CC DD", (10,), "en", "couplet"),
        ("AABB", (8,), "en", "quatrain"),
        ("ABBA ABBA CDC DCD", (11,), "es", "soneto"),
        ("ABBAABBACDCDCD", (11,), "es", "soneto"),
        ("ABBA ABBA CCD EED", (11,), "es", "soneto"),
        ("ABAB ABAB CDE CDE", (11,), "es", "soneto"),
        ("ABBAACCA DEEDFF", (10,), "en", "petrarchan-sonnet"),
        ("ABBAABBA CDCDCD", (11,), "es", "soneto"),
        # Many stanzas of one form.
        ("abba cddc effe ghhg ijji kllk", (8,), "es", "redondilla"),
        ("abab cdcd efef", (8,), "es", "cuarteta"),
        (" ".join(["-a-a-b-b"] * 5), (8, 6), "en", "ballad-stanza"),
        ("abab cdcd efef", (8, 6), "en", "common-measure"),
        ("abaab cdccd", (8,), "es", "quintilla"),
        ("abbaaccddc effeegghhg", (8,), "es", "decima"),
        ("aBabB cDcdD", (7, 11, 7, 7, 11), "es", "lira"),
        ("ABABABCC DEDEDEFF", (11,), "es", "octava-real"),
        ("aabba ccddc", (9, 9, 6, 6, 9), "en", "limerick"),
        ("--- ---", (5, 7, 5), "es", "haiku"),
        ("-----", (5, 7, 5, 7, 7), "en", "tanka"),
        # Chains, with the lines that close them.
        ("ABA BCB CDC D", (10,), "en", "terza-rima"),
        ("ABA BCB CDC DD", (10,), "en", "terza-rima"),
        ("ABABCBCDC", (10,), "en", "terza-rima"),
        ("ABA BCB CDC D", (11,), "es", "tercetos"),
        # What tells neighbours apart.
        ("ABAB CDCD EFEF GG", (10,), "en", "shakespearean-sonnet"),
        ("ABBAABBA CDECDE", (10,), "en", "petrarchan-sonnet"),
        ("ABBA CDDC", (11,), "es", "cuarteto"),
        ("ABAB CDCD", (11,), "es", "serventesio"),
        ("ABAB CDCD", (14,), "es", "alejandrinos"),
        ("ABBA ABBA CCD EED", (14,), "es", "soneto"),
        ("aa bb cc", (8,), "es", "pareado"),
        ("-a-a-a-a-a-a", (8,), "es", "romance"),
        ("aaaaaaaaaaaa", (16,), "es", "romance"),
        ("-A-A-A-A", (11,), "es", "romance"),
        ("-a-a-a-a", (7,), "es", "romancillo"),
        ("-a-a", (8,), "es", "copla"),
        ("-a-a-b-b-c-c", (8,), "es", "copla"),
        ("-a-a-b-b", (7, 5, 7, 5), "es", "seguidilla"),
        ("-a-ab-b -c-cd-d", (7, 5, 7, 5, 5, 7, 5), "es", "seguidilla"),
        ("AbACbcDeeDfF", (11, 7, 11, 11, 7, 7, 11, 7, 7, 11, 7, 11), "es", "silva"),
        ("--------------", (10,), "en", "blank-verse"),
        # What is none of them.
        ("--------------", (11,), "es", "free"),
        ("--------------", (9, 4, 12, 6, 3), "en", "free"),
        ("ABAB CDCD EFEF GG", (9, 4, 12, 6, 3, 13, 5), "es", "free"),
        ("AAAAAAAA", (8,), "en", "couplet"),
    ],
)
def test_the_form_that_comes_first(
    stanzas: str, counts: tuple[int, ...], lang: Language, form: str
) -> None:
    matches, _ = made(stanzas, counts, lang)
    assert matches[0] == Match(form, 1.0), matches


@pytest.mark.parametrize(
    ("stanzas", "counts", "score", "breaks"),
    [
        ("ABBA ABBA CDC DCD", (11,), 1.0, []),
        ("ABBA ABXA CDC DCD", (11,), 0.95, ["line 7 does not rhyme with line 6"]),
        ("ABBA ABBA CDC DC", (11,), 0.93, ["line 13: 13 lines where the form has 14"]),
        ("ABBA ABBA CDC DCDE", (11,), 0.93, ["line 15: 15 lines where the form has 14"]),
        (
            "ABBA ABBA CDC DCD",
            (11, 11, 11, 12, *[11] * 5, 14, *[11] * 4),
            0.95,
            [
                "line 4: 12 syllables where the form has 11",
                "line 10: 14 syllables where the form has 11",
            ],
        ),
        ("AAAA AAAA CDC DCD", (11,), 0.95, ["line 2 rhymes with line 1 and should not"]),
    ],
)
def test_what_breaks_a_soneto(
    stanzas: str, counts: tuple[int, ...], score: float, breaks: list[str]
) -> None:
    matches, _ = made(stanzas, counts, "es")
    (soneto,) = (match for match in matches if match.form == "soneto")
    assert soneto.score == pytest.approx(score, abs=0.012)
    assert [str(each) for each in soneto.breaks] == breaks


@pytest.mark.parametrize(
    ("stanzas", "off"),
    [("-a-a-a-x-a-a-a-a", [8]), ("-x-a-a-a-a-a-a-a", [4]), ("-a-a-a-a-b-b-b-b", [10])],
)
def test_one_line_that_is_off_breaks_a_romance_once(stanzas: str, off: list[int]) -> None:
    matches, _ = made(stanzas, (8,), "es")
    (romance,) = (match for match in matches if match.form == "romance")
    assert [each.line for each in romance.breaks] == off


def test_assonance_is_half_a_rhyme_where_consonance_is_asked_for() -> None:
    matches, _ = made("ABBA ABBA CDC DCD", (11,), "es", "asonante")
    assert matches[0] == Match("free", 1.0)
    matches, _ = made("-a-a-a-a-a-a", (8,), "es", "asonante")
    assert matches[0] == Match("romance", 1.0)


PROSE = {
    "en": "The market opens at six, which is early for anybody who was out last night, and the / "
    "fish come up from the harbour on a cart that / nobody has thought to mend. There are / "
    "prices on slates, and a man who shouts them all the / same. I bought nothing. It was cold, / "
    "and the woman at the counter looked / past me at a window where two gulls had / found "
    "something, or had lost it. In the afternoon the rain / came, the slates ran, and everybody / "
    "went home with what they had: bread, mostly, and some / oranges, and newspapers / folded "
    "over their heads like / small roofs that would not / last until the bridge.",
    "es": "El mercado abre a las seis, que es pronto para quien salió / anoche, y el pescado sube "
    "del puerto en un carro que / nadie ha pensado en arreglar. Hay precios / en unas pizarras y "
    "un hombre que los grita todos / igual. No compré nada. Hacía frío y la mujer del / mostrador "
    "miraba más allá de mí, a una / ventana donde dos gaviotas habían / encontrado algo, o lo "
    "habían perdido. Por la tarde / vino la lluvia, las pizarras se corrieron y todos se / "
    "marcharon con lo que tenían: pan, sobre todo, y / unas naranjas, y periódicos doblados / "
    "sobre la cabeza como tejados / pequeños que no iban a durar / hasta el puente.",
}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_prose_that_is_cut_in_fourteen_lines_is_free(lang: Language) -> None:
    assert scan(PROSE[lang].replace(" / ", "\n"), lang=lang).forms == (Match("free", 1.0),)


def test_the_forms_that_free_verse_comes_near_are_named() -> None:
    matches, _ = made("ABAB CDEF GHI JKK", (10,), "en")
    assert [match.form for match in matches][:2] == ["free", "shakespearean-sonnet"]
    assert 0.6 <= matches[1].score < 0.75
    assert matches[1].breaks


@pytest.mark.parametrize("kind", ["slant", "eye"])
def test_english_poets_may_rhyme_by_the_eye(kind: str) -> None:
    matches, _ = made("ABAB CDCD EFEF GG", (10,), "en", kind)
    assert matches[0].form == "shakespearean-sonnet"
    assert 0.85 < matches[0].score < 0.95
    assert str(matches[0].breaks[0]) == f"line 3 rhymes with line 1 only as {kind}"


def test_a_petrarchan_sestet_rhymes_in_any_order_but_rhymes() -> None:
    matches, _ = made("ABBAABBA CDEFDC", (10,), "en")
    assert matches[0].form == "petrarchan-sonnet"
    assert 0.9 < matches[0].score < 1
    assert [str(each) for each in matches[0].breaks] == [
        "line 11 rhymes with none",
        "line 12 rhymes with none",
    ]


def test_a_word_does_not_rhyme_with_itself() -> None:
    matches, _ = made("ABAB CDCD", (8,), "en", "identical")
    assert matches[0] == Match("free", 1.0)


def test_a_limerick_may_come_back_to_its_first_word() -> None:
    limerick = "There was a young lady of Kew\nwhose umbrella was always askew;\n"
    limerick += "when they asked was she dry\nshe would answer them why\n"
    assert scan(limerick + "would it rain on a lady of Kew?", lang="en").forms[0] == Match(
        "limerick", 1.0
    )
    best = scan(limerick + "should a lady look up at the dry?", lang="en").forms[0]
    assert [each.kind for each in best.breaks] == ["rhyme"]


def test_a_refrain_may_be_varied_but_not_forgotten() -> None:
    triolet = next(form for form in forms() if form.id == "triolet").example["en"]
    varied = triolet.rsplit("The snow", 1)[0] + "No snow fell all the night we talked"
    varied += "\n" + triolet.rsplit("\n", 1)[1]
    best = scan(varied, lang="en").forms[0]
    assert (best.form, best.breaks) == ("triolet", ())
    assert 0.9 < best.score < 1
    lost = triolet.rsplit("\n", 1)[0] + "\nbut nothing in the house is tame."
    best = scan(lost, lang="en").forms[0]
    assert [str(each) for each in best.breaks] == [
        "line 8 does not say line 2 again",
    ]


def test_a_line_that_has_the_length_at_a_stretch_costs_little() -> None:
    lines = [Line("", 0, 11, 11, 11)] * 13 + [Line("", 0, 10, 10, 11)]
    rhymes = "ABBAABBACDCDCD"
    matches = nearest(
        lines, "es", lambda one, other: "consonante" if rhymes[one] == rhymes[other] else None
    )
    assert matches[0].form == "soneto"
    assert 0.98 < matches[0].score < 1
    assert [str(each) for each in matches[0].breaks] == [
        "line 14: 10 syllables, 11 only at a stretch"
    ]


@pytest.mark.parametrize("kind", SENTENCES["en"])
def test_a_break_is_told_in_both_languages(kind: str) -> None:
    told = Break(3, kind, "11", "13")
    assert str(told) == told.told("en") != told.told("es")
    assert all("3" in told.told(lang) for lang in SENTENCES)
    assert set(SENTENCES["en"]) == set(SENTENCES["es"])


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_no_poem_is_free(number: int, lang: Language) -> None:
    lines = [Line("☾", 0, 0, 0, 0)] * number
    assert nearest(lines, lang, lambda one, other: None) == (Match("free", 1.0),)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_work_is_bounded(lang: Language) -> None:
    """Nine thousand lines that every form could hope for: some ten rhymes are asked for each."""
    heard: Counter[tuple[int, int]] = Counter()

    def rhyme(one: int, other: int) -> str | None:
        heard[one, other] += 1
        return STRICT[lang] if one % 7 == other % 7 else None

    count = 11 if lang == "es" else 10
    lines = [Line("word", at // 4, count, count, count, FEET.get(count)) for at in range(9000)]
    matches = nearest(lines, lang, rhyme)
    assert sum(heard.values()) < 12 * len(lines)
    assert max(heard.values()) <= 2  # once at a glance, once in earnest
    assert all(len(match.breaks) <= 100 for match in matches)


LINES = st.builds(
    Line,
    text=st.text(max_size=12),
    stanza=st.integers(0, 3),
    syllables=st.integers(0, 30),
    least=st.integers(0, 30),
    most=st.integers(0, 30),
    metre=st.sampled_from([None, "", "iambic pentameter", "sáfico"]),
)


@given(
    st.lists(LINES, max_size=40),
    st.sampled_from(["en", "es"]),
    st.lists(st.sampled_from([None, "perfect", "asonante", "idéntica", "?"]), min_size=1),
)
def test_no_poem_is_too_odd(lines: list[Line], lang: Language, kinds: list[str | None]) -> None:
    matches = nearest(lines, lang, lambda one, other: kinds[(one * other) % len(kinds)])
    assert 1 <= len(matches) <= 5
    assert all(0 <= match.score <= 1 for match in matches)
    assert all(1 <= each.line <= len(lines) for match in matches for each in match.breaks)
    assert all(each.told(lang) for match in matches for each in match.breaks)
