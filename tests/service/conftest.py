"""The API on the echo, and on the real engine, as clients in this process see it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from duende.composer.composer import Composer
from duende.composer.engines.echo import Echo
from duende.service.api import create_app
from serving import wait_until_ready


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of the API on the echo, once it is ready."""
    with TestClient(create_app(lambda: Composer(Echo()), slots=2, queue=2)) as client:
        wait_until_ready(client)
        yield client
