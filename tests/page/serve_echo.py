"""Serves the API with the echo for an engine: `python serve_echo.py PORT SECONDS_A_WORD`.

It writes one poem at a time, so that a page that leaves a poem must give its place back.
"""

import sys
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).parent.parent))

from duende.composer.composer import Composer
from duende.service.api import create_app
from slow_echo import SlowEcho

if __name__ == "__main__":
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    app = create_app(lambda: Composer(SlowEcho(seconds=seconds, slots=1)), slots=1, queue=2)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
