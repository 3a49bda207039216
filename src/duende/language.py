"""Says whether a text is English or Spanish, and how sure that is.

Text goes in, an `Identification` comes out. The work is py3langid's (offline, its model is in the
wheel), restricted to the languages that poems of ours could be taken for: on single lines of the
corpus it takes the one for the other in under 0.2 % (docs/log.md, 2026-11-22).
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, get_args
from unicodedata import name

from duende.errors import UnknownLanguage
from duende.poem import Language

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES: tuple[Language, ...] = get_args(Language)
NEIGHBOURS = ("fr", "pt", "it", "ca", "gl", "de", "nl", "la")
FOREIGN = 0.9
"""A line counts as neither English nor Spanish where other languages share at least this.

On 3,000 lines a language of the corpus 0.1 % (English) and 0.2 % (Spanish) reach it, Latin
quotations mostly; whole lines in French, Italian, Portuguese, Catalan or German do.
"""


@dataclass(frozen=True)
class Identification:
    """The likelier of the two languages, its probability against the other, and the rest's share.

    `foreign` is the probability that the text is in neither.
    """

    lang: Language
    certainty: float
    foreign: float

    @property
    def known(self) -> bool:
        """Whether the text is in one of our two languages at all."""
        return self.foreign < FOREIGN


def identify(text: str) -> Identification:
    """Identify the language of `text`.

    >>> identify("Volverán las oscuras golondrinas").lang
    'es'
    >>> identify("The woods are lovely").lang
    'en'
    >>> identify("Nel mezzo del cammin di nostra vita").known
    False
    """
    letters = [letter for letter in text if letter.isalpha()]
    latin = [letter for letter in letters if "LATIN" in name(letter, "")]
    if 2 * len(latin) <= len(letters):  # py3langid was told of languages in Latin letters only
        return Identification("en", 0.5, foreign=1.0)
    shares = {lang: float(share) for lang, share in _identifier().rank(text)}
    english, spanish = shares["en"], shares["es"]
    ours = max(english + spanish, 1e-12)
    lang: Language = "es" if spanish > english else "en"
    return Identification(lang, max(english, spanish) / ours, foreign=1 - min(ours, 1.0))


def check_language(lang: str) -> Language:
    """Return `lang` if it is one of ours.

    >>> check_language("es")
    'es'

    Raises `UnknownLanguage`.
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    raise UnknownLanguage(f"There is no language {lang!r}: ask for 'en', 'es' or 'auto'.")


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES, *NEIGHBOURS])
    return identifier
