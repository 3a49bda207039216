"""The forms a poem may keep: rows of `forms.toml`. A name goes in, a `Form` comes out."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from duende.errors import UnknownForm
from duende.poem import Language


@dataclass(frozen=True)
class Form:
    """A form: the languages it is written in, its name and a sentence on it, in each language."""

    id: str
    lang: tuple[Language, ...]
    name: dict[str, str]
    description: dict[str, str]


@cache
def forms() -> tuple[Form, ...]:
    """Every form that can be asked for.

    >>> [form.id for form in forms()]
    ['free']
    """
    table = tomllib.loads((files("duende.poetics") / "forms.toml").read_text(encoding="utf-8"))
    return tuple(
        Form(name, tuple(row["lang"]), row["name"], row["description"])
        for name, row in table.items()
    )


def find_form(name: str, lang: Language) -> Form:
    """The form called `name`, if poems in `lang` are written in it. Raises `UnknownForm`."""
    for form in forms():
        if form.id == name and lang in form.lang:
            return form
    known = ", ".join(form.id for form in forms() if lang in form.lang)
    raise UnknownForm(f"There is no form {name!r} in {lang!r}: choose one of {known}.")
