"""Forms: the table is whole, names are found, plans say what to write."""

import re

import pytest

from duende.errors import UnknownForm
from duende.poem import Language
from duende.poetics.forms import Form, find_form, forms

FORMS = [pytest.param(form, id=form.id) for form in forms()]
ENGLISH = (
    *("couplet", "ballad-stanza", "common-measure", "quatrain", "limerick", "shakespearean-sonnet"),
    *("petrarchan-sonnet", "villanelle", "triolet", "terza-rima", "haiku", "tanka", "blank-verse"),
)
SPANISH = (
    *("pareado", "copla", "cuarteta", "redondilla", "quintilla", "seguidilla", "romance"),
    *("romancillo", "decima", "cuarteto", "serventesio", "soneto", "lira", "silva"),
    *("octava-real", "alejandrinos", "haiku", "tercetos"),
)


def test_every_form_is_there() -> None:
    assert {form.id for form in forms() if "en" in form.lang} == {"free", *ENGLISH}
    assert {form.id for form in forms() if "es" in form.lang} == {"free", *SPANISH, "tanka"}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_told_in_both_languages(form: Form) -> None:
    assert set(form.name) == set(form.description) == {"en", "es"}
    assert all(re.fullmatch(r"[A-ZÁÉÍÓÚ].*\.", sentence) for sentence in form.description.values())
    assert set(form.example) == set(form.lang)


@pytest.mark.parametrize("form", FORMS)
def test_a_forms_shapes_are_sound(form: Form) -> None:
    for shape in form.shapes:
        assert {len(scheme) for scheme in shape.schemes} == {len(shape)}
        assert len(shape.syllables) == len(shape.metres) == len(shape)
        if "es" in form.lang:
            for scheme in shape.schemes:
                for sign, counts in zip(scheme, shape.syllables, strict=True):
                    if sign.isalpha() and counts:  # arte mayor has nine syllables and more
                        assert sign.isupper() == (counts[0] > 8) or form.id in ("soneto", "romance")
    assert all(line <= form.unit for refrain in form.refrains for line in refrain)


@pytest.mark.parametrize(
    ("name", "lang", "found"),
    [
        ("sonnet", "en", "shakespearean-sonnet"),
        ("Soneto", "es", "soneto"),
        ("sonnet", "es", "soneto"),
        ("Italian Sonnet", "en", "petrarchan-sonnet"),
        ("décima", "es", "decima"),
        ("ESPINELA", "es", "decima"),
        ("Décima espinela", "es", "decima"),
        ("serventeso", "es", "serventesio"),
        ("octava real", "es", "octava-real"),
        ("octava_rima", "es", "octava-real"),
        ("haikú", "es", "haiku"),
        ("haiku", "en", "haiku"),
        ("ballad", "en", "ballad-stanza"),
        ("villanela", "en", "villanelle"),
        ("libre", "es", "free"),
        ("verso libre", "en", "free"),
        ("free", "es", "free"),
        (" Terza  Rima ", "en", "terza-rima"),
        ("terza rima", "es", "tercetos"),
    ],
)
def test_a_form_is_found_by_its_names(name: str, lang: Language, found: str) -> None:
    assert find_form(name, lang).id == found


@pytest.mark.parametrize(
    ("name", "lang"), [("ode", "en"), ("limerick", "es"), ("lira", "en"), ("", "en"), ("🌙", "es")]
)
def test_an_unknown_form_is_told_with_those_there_are(name: str, lang: Language) -> None:
    with pytest.raises(UnknownForm, match=f"no form '{name}' in '{lang}': choose one of free, "):
        find_form(name, lang)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_owns_its_names(form: Form) -> None:
    for lang in form.lang:
        for name in (form.id, *form.aliases, *form.name.values()):
            assert find_form(name, lang) is form, name


def told(name: str, lang: Language, lines: int | None = None) -> tuple[str, str]:
    """A plan's letters, stanza by stanza, and its syllables."""
    plan = find_form(name, lang).plan(lines)
    stanzas: dict[int, str] = {}
    for slot in plan:
        stanzas[slot.stanza] = stanzas.get(slot.stanza, "") + (slot.letter or "-")
    counts = " ".join("/".join(map(str, slot.syllables)) for slot in plan)
    return " ".join(stanzas.values()), counts


@pytest.mark.parametrize(
    ("name", "lang", "lines", "letters", "counts"),
    [
        ("soneto", "es", None, "ABBA ABBA CDC DCD", " ".join(["11"] * 14)),
        ("seguidilla", "es", 8, "-a-a -b-b", "7 5 7 5 7 5 7 5"),
        ("redondilla", "es", 8, "abba cddc", " ".join(["8"] * 8)),
        ("lira", "es", 5, "aBabB", "7 11 7 7 11"),
        ("romance", "es", 10, "-a-a-a-a-a", " ".join(["8"] * 10)),
        ("romance", "es", 1, "-a-a-a-a", " ".join(["8"] * 8)),
        ("silva", "es", 6, "------", " ".join(["7/11"] * 6)),
        ("decima", "es", None, "abbaaccddc", " ".join(["8"] * 10)),
        ("tercetos", "es", 7, "ABA BCB C", " ".join(["11"] * 7)),
        ("terza-rima", "en", 10, "ABA BCB CDC D", " ".join(["10"] * 10)),
        ("couplet", "en", 4, "AABB", "10 10 10 10"),
        ("ballad-stanza", "en", 9, "-A-A -B-B", "8 6 8 6 8 6 8 6"),
        ("limerick", "en", None, "AABBA", "9 9 6 6 9"),
        ("haiku", "es", None, "---", "5 7 5"),
        ("shakespearean-sonnet", "en", None, "ABABCDCDEFEFGG", " ".join(["10"] * 14)),
        ("petrarchan-sonnet", "en", None, "ABBAABBA CDECDE", " ".join(["10"] * 14)),
        ("free", "en", 3, "---", "  "),
    ],
)
def test_a_plan(name: str, lang: Language, lines: int | None, letters: str, counts: str) -> None:
    assert told(name, lang, lines) == (letters, counts)


def test_a_villanelles_refrains_are_planned() -> None:
    plan = find_form("villanelle", "en").plan()
    again = [(number, slot.refrain) for number, slot in enumerate(plan, 1) if slot.refrain]
    assert again == [(6, 1), (9, 3), (12, 1), (15, 3), (18, 1), (19, 3)]
    assert {slot.metre for slot in plan} == {"iambic pentameter"}
    assert plan[-1].stanza == 6


def test_the_second_triolet_has_refrains_of_its_own() -> None:
    plan = find_form("triolet", "en").plan(16)
    assert [slot.refrain for slot in plan[8:]] == [None, None, None, 9, None, None, 9, 10]


def test_letters_do_not_run_out() -> None:
    plan = find_form("couplet", "en").plan(80)
    assert len({slot.letter for slot in plan}) == 40
    assert plan[52].letter == "A2"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_planned(form: Form) -> None:
    plan = form.plan()
    assert abs(len(plan) - form.lines) <= form.unit
    assert plan[0].stanza == 1
    for number, slot in enumerate(plan, 1):
        assert slot.refrain is None or plan[slot.refrain - 1].letter == slot.letter
        assert slot.refrain is None or slot.refrain < number
