"""What stands around a poem is cut, and verse that looks like it is not."""

import pytest

from corpus.poems import LOW_TIDE, PATIO
from duende.corpus.entry import Entry
from duende.corpus.paratext import cut

POEM = {"en": LOW_TIDE, "es": PATIO}

# (language, before the poem, after it): all of it is cut.
AROUND = {
    "a dedication": ("en", "To my sister Anna", ""),
    "a dedication in Spanish": ("es", "A la señora doña Inés de Luna", ""),
    "a subtitle in brackets": ("en", "(Written on the night train)", ""),
    "a subtitle in a title's capitals": ("en", "A Song of the Harbour Wall", ""),
    "the title again": ("en", "Low Tide", ""),
    "the author": ("en", "By Ann Other", ""),
    "a heading in capitals": ("en", "ON SEEING THE HARBOUR EMPTY", ""),
    "a tune": ("en", 'Tune - "The Long Grey Stair."', ""),
    "an occasion": ("en", "Suggested by a drawing that my uncle made", ""),
    "what it is translated from": ("en", "From the Portuguese", ""),
    "an epigraph with its author": ("en", '"All water leaves." - Proverb of the Coast', ""),
    "an epigraph of two lines": ("en", '"All water leaves\nand takes the keys."\n- Old Song', ""),
    "an epigraph in brackets": (
        "en",
        '("All water leaves\nand takes the keys.")\nA Poet Of The Coast.',
        "",
    ),
    "where it was printed": ("en", "", "- The Harbour Times."),
    "a motto in another language": ("en", "Navigare necesse est, vivere non est necesse", ""),
    "a motto and where it is from": ("es", "...and the sea gave up the dead\n\nRevelation", ""),
    "a date": ("en", "", "March, 1921."),
    "a place and a date": ("en", "", "Port Mary, 3rd May 1921."),
    "a place and a date in Spanish": ("es", "", "Puerto Claro, 12 de mayo de 1921."),
    "the author and a date": ("en", "", "Ann Other\n1921"),
    "initials": ("en", "", "A. O."),
    "the end": ("en", "", "THE END"),
    "fin": ("es", "", "FIN"),
    "notes": ("en", "", "[1] The boats of the north shore.\n\n[2] A kind of rope."),
    "a note with a star": ("en", "", "* The long grey stair leads to the church."),
    "notes in Spanish": ("es", "", "Nota: publicado en un diario de provincias."),
    "all of it": ("en", "To My Sister\n\nTune: The Stair", "1921.\n\nTHE END"),
}


@pytest.mark.parametrize("name", AROUND)
def test_is_cut(name: str) -> None:
    lang, before, after = AROUND[name]
    poem = POEM[lang]
    text = "\n\n".join(part for part in (before, poem, after) if part)
    found = cut(Entry(text, lang=lang, title="Low Tide", author="Ann Other"))
    assert found.text == poem
    lines = [line for part in (before, after) for line in part.split("\n") if line]
    assert sorted(found.removed) == sorted(lines), "what is cut is kept"
    assert cut(found) == found


KEPT = {
    "a verse with its date": "I dreamed of stairs\nand of a light\nin the Dark Harbour\nof the night",
    "a name with a dash": "'Twixt the sea and Rope-an'-Anchor\nStood the house where we were born,\nAnd the door was never shut there\nTill the lamp was out at dawn.",
    "a reply in dashes": "Who goes there? said the sea\nand nobody said\n- The moon.\n\n"
    "Who comes back? said the sea\nand nobody said\n- The moon.",
    "a quotation answered": '"What will you take?" he asked.\n"The boat," I said. - And so\n\nwe went\nand so\nwe stayed',
    "a year in a couplet": "In 1492 the sea was wide\nand nobody knew the other side.\n\nThey sailed for days\nand then they cried.",
    "a year in Spanish": "Nací en 1936,\ncuando ardían los olivos.\n\nMi madre guardó la sal\ny mi padre los caminos.",
    "a first person": "For a long time I have not slept.\n\nThe sea comes up\nthe stair\nand knocks.",
    "rain in Granada": "En Granada llueve.\n\nLa calle baja\ncon sus zapatos\nde agua.",
    "a title that is the first line": "Ay, mar de mayo.\n\nYa viene\ncon sus barcos\nvacíos.",
    "music": "Music, when you are gone,\nis a chair.\n\nI sit in it\nand hear.",
    "written on the water": "Escrito está en el agua.\n\nLo leen los peces\ny no lo cuentan\na nadie.",
    "an hour": "The bus is late,\nthe rain is not.\n\n7:15 and the street\nis all we have got.",
    "the end within": "We had a wall,\na road, a field.\n\nThe end\nwas a gate\nand it was open.",
    "parts of speech": "Part the curtain\nand look at the sea.\n\nLibro abierto\nis what it says to me.",
    "a king of Spain": "Cantan del rey don Juan II\nlos ciegos en el portal,\ny la sal de sus ojos\nno la da el mar.",
    "an anaphora": "I\nam the sea.\n\nI\nam the rope.\n\nI\nam the stair.",
    "a verse of dots": "we waited\n...\nand waited\nfor the boat",
    "the first line in small capitals": "THE TIDE WENT OUT AT NIGHT\nand left the boats\nasleep\non the sand",
    "one word in capitals": "LOVE\n\nis not\nthe word\nI wanted",
    "brackets of a stanza": "(the sea is far\nthe sea is near)\n\nwe said it both\nand both were here",
    "a first line that stands alone": "Why do we lie\n\nabout the sea\nas if it knew us\nby our names?",
    "one-line stanzas": "The boats are out\n\nThe lamps are lit\n\nThe stair is wet\n\nNobody comes",
    "a question alone": "¿Quién llama?\n\nEs el mar que trae\nla noche en una cesta\ny no la vende.",
    "a dialogue in dashes": (
        "-¿Quién va? -La noche.\n-¿Qué trae? -Frío.\n-¿A quién? -A todos.\n\n"
        "-Pase la noche.\n-Pase el frío.\n-Pasen todos."
    ),
    "a verse of one word": "and then\n\nI\n\nopened the door\nand there\nwas rain",
    "a first line that gave the title": "¡Ay, mar de mayo!\n\nDame la mano\ny la marea,\ny vete lejos.",
    "a year within": "In nineteen twelve\nmy father sailed\nand by 1914\nnobody sailed at all",
    "a last line alone": "The kettle sings,\nthe clock runs down,\nthe light is out.\n\nCome home.",
    "to somebody, as a verse": (
        "To an old woman's door\n\nthe children came\nwith plates of bread\nand ran away"
    ),
    "brackets that answer": "(The sea is near.)\n(The sea is far.)\n\nWe said it both\nand both were so.",
    "a title's capitals in every line": "O Star And Sea\nO Long Grey Stair\n\nO Rope And Sail\nO Salt Of Prayer",
}


@pytest.mark.parametrize("name", KEPT)
def test_verse_is_kept(name: str) -> None:
    text = KEPT[name]
    lang = "es" if any(letter in text for letter in "¿¡áéíóúñ") or "llueve" in text else "en"
    found = cut(Entry(text, lang=lang, title="Ay, mar de mayo", author="Ann Other"))
    assert found.text == text
    assert not found.removed


def test_numbers_of_stanzas_become_stanza_breaks() -> None:
    text = "I\n\nThe boats are out,\nthe lamps are lit.\n\nII.\n\nThe stair is wet,\nnobody comes."
    found = cut(Entry(text, lang="en"))
    assert (
        found.text == "The boats are out,\nthe lamps are lit.\n\nThe stair is wet,\nnobody comes."
    )
    assert found.repairs == ("stanza numbers: 2",)


def test_rules_of_stars_become_stanza_breaks() -> None:
    text = "The boats are out,\nthe lamps are lit.\n* * *\nThe stair is wet,\nnobody comes."
    assert cut(Entry(text, lang="en")).text == (
        "The boats are out,\nthe lamps are lit.\n\nThe stair is wet,\nnobody comes."
    )


def test_chapter_and_verse_go_from_the_end_of_a_line() -> None:
    text = "Como la noche abierta Juan III, 5.\nviene la luz a verte, Salmo XXII, 2; XXX, 1.\ny Juan se va\nal mar"
    found = cut(Entry(text, lang="es"))
    assert found.lines == [
        "Como la noche abierta",
        "viene la luz a verte,",
        "y Juan se va",
        "al mar",
    ]
    assert found.removed == ("Juan III, 5.", "Salmo XXII, 2; XXX, 1.")
