"""duende: a first line goes in, a poem comes out, in English or in Spanish.

    import duende

    print(duende.compose("Bajo el sol", seed=7))
    for text in duende.stream("The river does not know my name"):
        print(text, end="", flush=True)

This is the one door; what is not named in `__all__` may change without notice.
"""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from duende.errors import DuendeError
from duende.poem import Poem

if TYPE_CHECKING:
    from duende.composer.composer import Composer, Writing
    from duende.composer.rewriting import Alternative
    from duende.poetics.forms import Form
    from duende.poetics.scan import Scansion

__all__ = [
    "DuendeError",
    "Poem",
    "compose",
    "continue_",
    "forms",
    "rewrite",
    "rhyme_kind",
    "rhymes",
    "scan",
    "stream",
]
__version__ = "0.1.0"

_opening = Lock()


def compose(
    first_line: str,
    *,
    lang: str = "auto",
    form: str = "free",
    era: str = "",
    max_words: int = 200,
    temperature: float = 1.0,
    top_p: float = 0.9,
    seed: int | None = None,
    voice: str = "default",
) -> Poem:
    """Write a poem that begins with `first_line`.

    `lang` is `"en"`, `"es"` or `"auto"` (found out from the line; the result says so). `max_words`
    counts the reader's words too, 1 to 200. `era` is `"golden-age"`, `"18th-century"`,
    `"19th-century"`, `"early-20th-century"`… (empty: the voice's own), and `voice` a name of
    `duende voices` or the path of a voice's folder. `temperature` (0 to 2) is how bold the poem is,
    `top_p` (0 to 1] how much of the unlikely is left in. The same `seed` (0 to 2³² - 1), settings,
    voice and machine give the same poem.

    The first call loads the model, and on a new machine builds it (some ten seconds).

    >>> poem = compose("Bajo el sol", max_words=40, seed=7)
    >>> poem.lines[0], poem.lang, poem.lang_assumed
    ('Bajo el sol', 'es', True)

    Raises a `DuendeError` whose message says what to do.
    """
    return stream(
        first_line,
        lang=lang,
        form=form,
        era=era,
        max_words=max_words,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        voice=voice,
    ).poem


def stream(
    first_line: str,
    *,
    lang: str = "auto",
    form: str = "free",
    era: str = "",
    max_words: int = 200,
    temperature: float = 1.0,
    top_p: float = 0.9,
    seed: int | None = None,
    voice: str = "default",
) -> "Writing":
    """Write a poem and yield its text as it is written; the settings are those of `compose`.

    A piece is given line by line, as each is accepted. The result has the whole `Poem` as `.poem`
    once it has been read, and `.stop()` ends it early.

    >>> "".join(stream("Under the sun", max_words=30, seed=1)).splitlines()[0]
    'Under the sun'
    """
    from duende.composer.request import ask
    from duende.settings import read_settings
    from duende.voice.voices import shelf_of

    request = ask(
        first_line,
        lang=lang,
        form=form,
        era=era,
        max_words=max_words,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        voice=shelf_of(read_settings().voices).open(voice),
    )
    return _composer().write(request)


def continue_(
    poem: str | Poem,
    *,
    lang: str = "auto",
    form: str = "free",
    era: str = "",
    max_words: int = 200,
    temperature: float = 1.0,
    top_p: float = 0.9,
    seed: int | None = None,
    voice: str = "default",
) -> Poem:
    """Go on with a poem: the same lines, and more after them.

    `max_words` counts the words that stand already. A form goes on to its end, or by a turn where
    it is whole and has turns. Language, form and era of a `Poem` are its own; the rest is as for
    `compose`.

    >>> poem = continue_("Bajo el sol\\ncanta el agua", max_words=30, seed=2)
    >>> poem.lines[:2], len(poem.lines) > 2
    (['Bajo el sol', 'canta el agua'], True)

    Raises a `DuendeError` whose message says what to do.
    """
    from duende.composer.request import ask_more
    from duende.settings import read_settings
    from duende.voice.voices import shelf_of

    if isinstance(poem, Poem):
        lang, form, era = poem.lang, poem.form, era or poem.report.era
    request = ask_more(
        str(poem),
        lang=lang,
        form=form,
        era=era,
        max_words=max_words,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        voice=shelf_of(read_settings().voices).open(voice),
    )
    return _composer().compose(request)


def rewrite(
    poem: str | Poem,
    *,
    line: int,
    candidates: int = 5,
    lang: str = "auto",
    form: str = "free",
    era: str = "",
    temperature: float = 1.0,
    top_p: float = 0.9,
    seed: int | None = None,
    voice: str = "default",
) -> "list[Alternative]":
    """Other versions of a line (1 is the first, blank ones are not counted), the best first.

    They keep the form, rhyme with what the line rhymes with, and lead on to the line that follows.
    Language, form and era of a `Poem` are its own. An `Alternative` has its `text`, its
    `syllables`, and what it is `let_off`.

    >>> poem = "Bajo el sol\\ncanta el agua\\ny nadie escucha."
    >>> 1 <= len(rewrite(poem, line=2, candidates=2, seed=1)) <= 2
    True

    Raises a `DuendeError` whose message says what to do.
    """
    from duende.composer.request import ask_rewrite
    from duende.settings import read_settings
    from duende.voice.voices import shelf_of

    if isinstance(poem, Poem):
        lang, form, era = poem.lang, poem.form, era or poem.report.era
    request = ask_rewrite(
        str(poem),
        line=line,
        lang=lang,
        form=form,
        candidates=candidates,
        era=era,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        voice=shelf_of(read_settings().voices).open(voice),
    )
    return _composer().rewrite(request)


def forms() -> "tuple[Form, ...]":
    """The forms that can be asked for.

    >>> [form.id for form in forms() if "en" in form.lang][:3]
    ['free', 'couplet', 'ballad-stanza']
    """
    from duende.composer.request import writable_forms

    return writable_forms()


def scan(poem: str | Poem, *, lang: str = "auto", seseo: bool = False) -> "Scansion":
    """Scan a poem or a line: syllables, stresses, metre and rhyme of each line, forms of the whole.

    `lang` is `"en"`, `"es"` or `"auto"`: the poem's own, or found out from the text. With `seseo`,
    s and z rhyme in Spanish, as they do in America. Any text can be scanned; a line of which
    something could not be read says `unknown`. The result has `lines` (one for each line of the
    text), `scheme` and `forms`, and gives itself as JSON.

    >>> line = scan("¿Qué sabe el mar de lo que calla el río?", lang="es").lines[0]
    >>> line.syllables, line.stresses, line.metre
    (11, '++-+---+-+-', 'endecasílabo sáfico')

    Raises `UnknownLanguage`.
    """
    from duende.language import check_language, identify
    from duende.poetics.scan import scan as scanned

    text = poem if isinstance(poem, str) else poem.text
    if lang != "auto":
        known = check_language(lang)
    else:
        known = identify(text).lang if isinstance(poem, str) else poem.lang
    return scanned(text, lang=known, seseo=seseo)


def rhyme_kind(one: str, other: str, *, lang: str, seseo: bool = False) -> str | None:
    """How two words, or the ends of two lines, rhyme; None if they do not.

    In English `"perfect"`, `"slant"` or `"eye"`, in Spanish `"consonante"` or `"asonante"`. A word
    with itself is `"identical"` or `"idéntica"`, which is no rhyme.

    >>> rhyme_kind("moon", "June", lang="en"), rhyme_kind("luna", "cuna", lang="es")
    ('perfect', 'consonante')

    Raises `UnknownLanguage`.
    """
    from duende.poetics.phonology import phonology

    return phonology(lang, seseo=seseo).rhyme_kind(one, other)


def rhymes(word: str, *, lang: str, kind: str | None = None, limit: int = 50) -> list[str]:
    """The words that rhyme with `word`, those that poets use most first, never the word itself.

    `kind` is one of `rhyme_kind`'s, the strictest if None. At most `limit` words.

    >>> len(rhymes("corazón", lang="es", kind="consonante", limit=20))
    20

    Raises `UnknownLanguage` and `UnknownKind`.
    """
    from duende.poetics.dictionary import rhymes as found

    return found(word, lang=lang, kind=kind, limit=limit)


def _composer() -> "Composer":
    with _opening:
        return _opened()


@cache
def _opened() -> "Composer":
    from duende.composer.composer import Composer
    from duende.composer.engines import open_engine
    from duende.settings import read_settings

    settings = read_settings()
    return Composer(
        open_engine(settings),
        seeded_alone=settings.seeded_alone,
        patience=settings.patience,
    )
