"""Measures everything in one run: the first version and duende by turns, round after round.

What else the machine does slows both alike within a round; ratios are taken there.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

import httpx2

from bench import direct, first_version, machine, reader, servers
from bench.record import Poems, Results, Round, Run
from duende.poem import Language
from duende.settings import Settings

Answer = TypeVar("Answer")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    `longest` are the tokens of the first version's texts with their prompt, `tokens` those that
    the engine writes for each reader, `poems` how many a reader alone asks for in each language,
    `readers` how many there are where there are many. No round begins after `budget` seconds.
    """

    rounds: int = 3
    longest: int = first_version.LONGEST
    tokens: int = first_version.LONGEST - len(first_version.PROMPT)
    poems: int = 2
    readers: int = 8
    max_words: int = direct.MAX_WORDS
    budget: float = 240
    build: bool = True


DEFAULT = Plan()
QUICK = Plan(rounds=1, longest=30, tokens=24, poems=1, readers=4, max_words=24, build=False)


class Alone:
    """A process of its own in which functions are called, so that it can keep a model loaded."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def begin(self, work: Callable[..., Answer], *given: Any) -> "Future[Answer]":
        """Call `work` there, and do not wait."""
        return self._pool.submit(work, *given)

    def __call__(self, work: Callable[..., Answer], *given: Any) -> Answer:
        """Call `work` there and wait for what it returns."""
        return self.begin(work, *given).result()


def measure(plan: Plan, *, quick: bool = False) -> Results:
    """Measure all that the table tells. Progress goes to standard error."""
    begun = time.perf_counter()
    facts = machine.facts()
    threads = Settings().threads or machine.processors()
    say("memory bandwidth")
    with ExitStack() as stack:
        ours, theirs = stack.enter_context(_alone()), stack.enter_context(_alone())
        bandwidth = ours(machine.bandwidth, threads)
        build_seconds = None
        if plan.build:
            say("building the base from nothing")
            build_seconds = ours(direct.build_base)
        say("starting the first version and the engine")
        warm_up = len(first_version.PROMPT) + first_version.WARM_UP
        theirs_warm = theirs.begin(first_version.measure, warm_up)
        ours_warm = ours.begin(direct.measure_engine, 1, first_version.WARM_UP)
        first = stack.enter_context(servers.first_version())
        theirs_warm.result()
        ours_warm.result()
        base_bytes = ours(direct.base_bytes)
        rounds: list[Round] = []
        while len(rounds) < plan.rounds:
            number = len(rounds)
            if number and time.perf_counter() - begun > plan.budget:
                say(f"no time for a round {number + 1}: the machine is busy")
                break
            told = f"round {number + 1} of {plan.rounds}"
            with servers.api() as api:
                rounds.append(_round(plan, number, ours, theirs, first, api, told))
        say("the page")
        with (
            servers.api() as api,
            servers.page(api.address) as page,
            opened(page.address) as page_opened,
        ):
            page_megabytes = page.megabytes
    facts["seconds"] = round(time.perf_counter() - begun)
    return Results(
        machine=facts,
        quick=quick,
        bandwidth=bandwidth,
        base_bytes=base_bytes,
        build_seconds=build_seconds,
        page_megabytes=page_megabytes,
        page_opened=page_opened,
        rounds=rounds,
    )


def _round(
    plan: Plan,
    number: int,
    ours: Alone,
    theirs: Alone,
    first: servers.Server,
    api: servers.Server,
    told: str,
) -> Round:
    say(f"{told}: the first version")
    first_direct: Run = theirs(first_version.measure, plan.longest)
    first_http = reader.measure_first_version(first.address, plan.longest)
    say(f"{told}: the engine")
    engine = [ours(direct.measure_engine, readers, plan.tokens) for readers in (1, plan.readers)]
    poems: list[Poems] = []
    over_http = partial(reader.read_poems, api.address, count=partial(ours, direct.count_tokens))
    by_way: tuple[Callable[[list[direct.Asking]], Poems], ...] = (
        over_http,
        partial(ours, direct.write_poems),
    )
    languages: tuple[Language, ...] = ("es", "en")
    for lang in languages:
        say(f"{told}: poems in {lang}")
        asked = [
            direct.asking(lang, index) | {"max_words": plan.max_words}
            for index in range(number * plan.poems, (number + 1) * plan.poems)
        ]
        for index, one in enumerate(asked):
            # Now one way goes first, now the other, so that neither gains by its place.
            for way in by_way if index % 2 else by_way[::-1]:
                poems.append(way([one]))
        crowd = [
            direct.asking(lang, index) | {"max_words": plan.max_words}
            for index in range(number * plan.readers, (number + 1) * plan.readers)
        ]
        for way in by_way if number % 2 else by_way[::-1]:
            poems.append(way(crowd))
    return Round(
        first_direct=first_direct,
        first_http=first_http,
        first_megabytes=first.megabytes,
        engine=engine,
        poems=poems,
        ready_seconds=api.ready_seconds,
        api_megabytes=api.megabytes,
    )


@contextmanager
def opened(address: str) -> Iterator[bool]:
    """Keep the page open in a browser, so that it has a session; says whether there is a browser.

    Without one the page is only fetched, which takes it less memory than a reader does.
    """
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        binary = None
    if binary is None:
        httpx2.get(address, timeout=30).raise_for_status()
        yield False
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        try:
            shown = browser.new_page()
            shown.goto(address, timeout=60_000)
            shown.wait_for_selector("textarea, input", timeout=60_000)
            yield True
        finally:
            browser.close()


def say(text: str) -> None:
    """Tell how far we are, on standard error."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


@contextmanager
def _alone() -> Iterator[Alone]:
    # Spawned and not forked: a fork would carry our threads' locks with it.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        yield Alone(pool)
