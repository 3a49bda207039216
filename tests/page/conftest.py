"""The real API with the echo for an engine, for every test of the page."""

from collections.abc import Iterator

import pytest

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from serving import serving


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The address of an API that writes echoes."""
    with serving(lambda: Composer(Echo())) as address:
        yield address
