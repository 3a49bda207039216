"""Runs the API in this process, on one event loop: one model, one worker."""

from duende.errors import ServiceError
from duende.ports import check_free
from duende.settings import Settings

GRACE_SECONDS = 5


def serve(settings: Settings) -> None:
    """Serve until interrupted. Raises `ServiceError` where the port is taken."""
    try:
        import uvicorn

        from duende.service.api import create_app
    except ImportError as error:
        raise ServiceError(
            f"{error.name} is not installed: pip install 'duende[serve]'."
        ) from error

    from duende.composer.composer import Composer
    from duende.composer.engines import open_engine

    check_free(settings.host, settings.port, setting="DUENDE_PORT")

    def load() -> Composer:
        return Composer(
            open_engine(settings),
            seeded_alone=settings.seeded_alone,
            patience=settings.patience,
        )

    uvicorn.run(
        create_app(
            load,
            slots=settings.slots,
            queue=settings.queue,
            wait=settings.wait,
            rate=settings.rate,
            at_once=settings.at_once,
            proxies=settings.proxies,
            voices=settings.voices,
        ),
        host=settings.host,
        port=settings.port,
        proxy_headers=False,  # the application reads them itself
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_level="warning",
    )
