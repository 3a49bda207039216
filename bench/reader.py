"""What a reader sees over HTTP: poems as events from the API, texts from the first version."""

import json
import time
from collections.abc import Callable, Sequence

import httpx2

from bench import first_version
from bench.direct import Asking, gather
from bench.record import Poems, Run

PATIENCE = httpx2.Timeout(300)


def read_poems(
    address: str, askings: Sequence[Asking], *, count: Callable[[Sequence[str]], int]
) -> Poems:
    """Ask the API for a poem for each reader, all at once, and read them line by line."""
    return gather(askings, lambda asked: _read_poem(address, asked), way="http", count=count)


def _read_poem(address: str, asked: Asking) -> tuple[float, str]:
    """When the first words of ours came, and the poem."""
    events = {"Accept": "text/event-stream"}
    first, lines, poem = 0.0, 0, ""
    with httpx2.stream(
        "POST", f"{address}/v1/poems", json=asked, headers=events, timeout=PATIENCE
    ) as response:
        response.raise_for_status()
        name = ""
        for line in response.iter_lines():
            kind, _, told = line.partition(": ")
            if kind == "event":
                name = told
            elif kind == "data" and name == "line":
                lines += 1
                if lines == 2:  # the first is the reader's own
                    first = time.perf_counter()
            elif kind == "data" and name == "poem":
                poem = json.loads(told)["text"]
            elif kind == "data":
                raise RuntimeError(f"The API gave {name}: {told}")
    if not poem:
        raise RuntimeError("The API ended a poem without giving it.")
    return first or time.perf_counter(), poem


def measure_first_version(address: str, longest: int) -> Run:
    """Have the first version's server write one text."""
    begun = time.perf_counter()
    response = httpx2.post(
        f"{address}/generate/",
        json={"prompt": first_version.PROMPT, "max_length": longest},
        timeout=PATIENCE,
    )
    response.raise_for_status()
    tokens = len(response.json()["poem"]) - len(first_version.PROMPT)
    return Run(tokens, time.perf_counter() - begun)
