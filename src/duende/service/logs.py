"""The service's log, uvicorn's messages among it: a line an event, for people or for programs.

What goes in is the standard library's `logging`; a line carries the number of the request in which
it was written.
"""

import logging
import sys
from typing import Literal

import structlog

Style = Literal["text", "json"]


def configure(style: Style) -> None:
    """Write the log of this process to standard error, as `text` or as a line of `json` each."""
    known: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=style == "json"),
    ]
    # Tracebacks are plain: one that shows variables shows what readers wrote.
    rendered: list[structlog.typing.Processor] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=known,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("duende").setLevel(logging.INFO)
