"""The form that a poem's title or tags name; what its verses are, poetics says."""

import tomllib
from collections.abc import Iterable
from importlib.resources import files

from duende.corpus.comparing import plain

FORMS: dict[str, dict[str, str]] = {
    lang: {word: form for form, words in forms.items() for word in words}
    for lang, forms in tomllib.loads(
        files("duende.corpus").joinpath("forms.toml").read_text("utf-8")
    ).items()
}


def named(title: str, tags: Iterable[str] = (), *, lang: str) -> str:
    """The form that a title or a tag names in its language, "" if none does.

    >>> named("Soneto de la dulce queja", lang="es"), named("Low Tide", ["Sonnet"], lang="en")
    ('soneto', 'sonnet')
    >>> named("A Romance", lang="en")
    ''
    """
    known = FORMS.get(lang, {})
    words = plain(" ".join([title, *tags])).split()
    return next((known[word] for word in words if word in known), "")
