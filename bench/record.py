"""What is measured: plain numbers, as they go to bench/results.json and come back."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Run:
    """Some tokens, and the seconds from the request until the last of them."""

    tokens: int
    seconds: float

    @property
    def speed(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds


@dataclass(frozen=True)
class EngineRun:
    """The engine alone, with some readers at once.

    `whole` runs from the request to the last token, the prompt's reading included; `writing` is
    the span in which every reader was being written for: from the last reader's first token to
    the first reader's last.
    """

    readers: int
    whole: Run
    writing: Run


@dataclass(frozen=True)
class Poems:
    """Poems that were written at the same time, or one alone.

    `way` is `direct` (in one process) or `http` (through the API, as events). Words and tokens
    are those after the readers' own lines, `seconds` the span until the last poem was whole,
    `first_words` the seconds until each reader had the first words of ours. `sent` is what tells
    two sets of poems apart: a short hash of their texts.
    """

    way: str
    lang: str
    readers: int
    words: int
    tokens: int
    seconds: float
    first_words: list[float]
    sent: str

    @property
    def words_a_second(self) -> float:
        """Words delivered a second."""
        return self.words / self.seconds

    @property
    def tokens_a_second(self) -> float:
        """Tokens delivered a second; those of dropped lines do not count."""
        return self.tokens / self.seconds


@dataclass(frozen=True)
class Round:
    """One turn of everything: the first version and duende within the same minute or two."""

    first_direct: Run
    first_http: Run
    first_megabytes: float
    engine: list[EngineRun]
    poems: list[Poems]
    ready_seconds: float
    api_megabytes: float


@dataclass(frozen=True)
class Results:
    """All that one run of the bench found.

    `bandwidth` is what the machine's memory gives, in bytes a second; `base_bytes` the size of
    the base, all of which is read for each token. `page_opened` says whether a browser had the
    page open when its memory was read; `build_seconds` is empty where the base was not built.
    """

    machine: dict[str, Any]
    quick: bool
    bandwidth: float
    base_bytes: int
    build_seconds: float | None
    page_megabytes: float
    page_opened: bool
    rounds: list[Round] = field(default_factory=list)

    def as_json(self) -> str:
        """The results as JSON, for a file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read(text: str) -> Results:
    """The results that `text` holds, as `Results.as_json` wrote them."""
    found = json.loads(text)
    rounds = [
        Round(
            first_direct=Run(**each["first_direct"]),
            first_http=Run(**each["first_http"]),
            first_megabytes=each["first_megabytes"],
            engine=[
                EngineRun(run["readers"], Run(**run["whole"]), Run(**run["writing"]))
                for run in each["engine"]
            ],
            poems=[Poems(**poems) for poems in each["poems"]],
            ready_seconds=each["ready_seconds"],
            api_megabytes=each["api_megabytes"],
        )
        for each in found.pop("rounds")
    ]
    return Results(**found, rounds=rounds)
