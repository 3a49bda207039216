"""Runs the API in this process, on one event loop: one model, one worker."""

from contextlib import suppress
from socket import socket
from typing import TYPE_CHECKING

from duende.errors import ServiceError
from duende.ports import check_free
from duende.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

WRITING_SECONDS = 5
"""That poems may take to end, once the service is told to stop; then they are stopped."""
GRACE_SECONDS = 3
"""That stopped poems may take to reach their readers."""


def serve(settings: Settings) -> None:
    """Serve until interrupted. Raises `ServiceError` where a port is taken."""
    try:
        from duende.service.api import create_app
    except ImportError as error:
        raise ServiceError(
            f"{error.name} is not installed: pip install 'duende[serve]'."
        ) from error

    from duende.composer.composer import Composer
    from duende.composer.engines import open_engine

    def load() -> Composer:
        return Composer(
            open_engine(settings),
            seeded_alone=settings.seeded_alone,
            patience=settings.patience,
        )

    serve_app(
        create_app(
            load,
            slots=settings.slots,
            queue=settings.queue,
            wait=settings.wait,
            rate=settings.rate,
            at_once=settings.at_once,
            proxies=settings.proxies,
            origins=settings.cors,
            voices=settings.voices,
        ),
        settings,
    )


def serve_app(app: "FastAPI", settings: Settings) -> None:
    """Serve an application until interrupted. Raises `ServiceError` where a port is taken.

    Then nobody is let in (503), poems end, and only then is the door closed: no connection is cut.
    """
    import uvicorn

    from duende.service.logs import configure

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket] | None = None) -> None:
            await app.state.desk.drain(WRITING_SECONDS, hurry=lambda: self.force_exit)
            await super().shutdown(sockets)

    check_free(settings.host, settings.port, setting="DUENDE_PORT")
    if settings.metrics_port:
        check_free(settings.host, settings.metrics_port, setting="DUENDE_METRICS_PORT")
    configure(settings.log)
    server = Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            proxy_headers=False,  # the application reads them itself
            ws="none",
            timeout_graceful_shutdown=GRACE_SECONDS,
            log_config=None,
            log_level="warning",
            access_log=False,
        )
    )
    with (
        app.state.metrics.serving(settings.host, settings.metrics_port),
        suppress(KeyboardInterrupt),
    ):
        server.run()
