"""A link holds what to write: the settings go in and query parameters come out, and back.

Whatever a link says that the form cannot show becomes what is nearest to it, so that a link that
was cut or written by hand still opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from duende.page.client import Ask

SEEDS = 2**32
LENGTHS = {"short": 60, "medium": 120, "long": 200}
"""Words, the reader's counted: some six, fifteen and twenty-five lines."""
MOODS = {"calm": 0.6, "gentle": 0.8, "free": 1.0, "bold": 1.25, "wild": 1.5}
"""Temperatures, by what they do to a poem."""
VERSIONS = (1, 2, 3)
LANGUAGES = ("auto", "en", "es")


@dataclass(frozen=True)
class Link:
    """What a link opens: what to write, and in how many versions."""

    ask: Ask
    versions: int = 1

    @property
    def asks(self) -> list[Ask]:
        """What to ask for each version; each has the seed after the one before it.

        >>> [ask.seed for ask in Link(Ask("Bajo el sol", seed=SEEDS - 1), versions=2).asks]
        [4294967295, 0]
        """
        seed = self.ask.seed or 0
        return [replace(self.ask, seed=(seed + number) % SEEDS) for number in range(self.versions)]

    def parameters(self) -> dict[str, str]:
        """The link as query parameters; what is as usual is left out.

        >>> Link(Ask("Bajo el sol", seed=7)).parameters()
        {'line': 'Bajo el sol', 'seed': '7'}
        """
        ask = self.ask
        told: dict[str, object] = {
            "line": ask.first_line,
            "lang": ask.lang,
            "words": ask.max_words,
            "temperature": f"{ask.temperature:g}",
            "versions": self.versions,
            "form": ask.form,
            "era": ask.era,
            "voice": ask.voice,
            "seed": ask.seed,
        }
        return {
            name: str(value)
            for name, value in told.items()
            if value is not None and str(value) != USUAL.get(name)
        }

    def query(self, **more: str) -> str:
        """The link as it stands after the address, with other parameters.

        >>> Link(Ask("¿Quién?", seed=7)).query(ui="es")
        '?line=%C2%BFQui%C3%A9n%3F&seed=7&ui=es'
        """
        return "?" + urlencode(self.parameters() | more)


USUAL = {
    "lang": "auto",
    "words": "200",
    "temperature": "1",
    "versions": "1",
    "form": "free",
    "era": "",
    "voice": "default",
}


def read(parameters: Mapping[str, str]) -> Link | None:
    """The link that query parameters hold; None where they name no first line.

    >>> link = read({"line": "Bajo el sol", "words": "100", "versions": "many"})
    >>> link.ask.first_line, link.ask.max_words, link.ask.seed, link.versions
    ('Bajo el sol', 120, None, 1)
    >>> read({"ui": "es"})
    """
    line = parameters.get("line", "").strip()
    if not line:
        return None
    told = USUAL | dict(parameters)
    seed = parameters.get("seed", "")
    valid = seed.isascii() and seed.isdecimal() and int(seed[:11]) < SEEDS
    return Link(
        Ask(
            line,
            lang=told["lang"] if told["lang"] in LANGUAGES else "auto",
            form=told["form"],
            era=told["era"],
            max_words=LENGTHS[nearest(LENGTHS, _number(told["words"], 200))],
            temperature=MOODS[nearest(MOODS, _number(told["temperature"], 1))],
            seed=int(seed) if valid else None,
            voice=told["voice"],
        ),
        versions=round(min(max(_number(told["versions"], 1), VERSIONS[0]), VERSIONS[-1])),
    )


def nearest(table: Mapping[str, float], value: float) -> str:
    """The name in `table` whose number is nearest to `value`.

    >>> nearest(LENGTHS, 70), nearest(MOODS, 1.4)
    ('short', 'wild')
    """
    return min(table, key=lambda name: abs(table[name] - value))


def _number(text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if abs(value) < SEEDS else otherwise  # and so neither infinite nor "not a number"
