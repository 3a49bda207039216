"""Sites of poems on loopback."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from poem_site import PoemSite, served


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that this machine may have is not asked for loopback."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def serve() -> Iterator[Callable[[PoemSite], PoemSite]]:
    """Serves sites until the test ends."""
    with ExitStack() as stack:
        yield lambda site: stack.enter_context(served(site))
