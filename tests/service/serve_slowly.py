"""Serves the API as `duende serve` does, with the slow echo: `python serve_slowly.py PORT`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from duende.composer.composer import Composer
from duende.service.api import create_app
from duende.service.run import serve_app
from duende.settings import Settings
from slow_echo import SlowEcho

if __name__ == "__main__":
    app = create_app(lambda: Composer(SlowEcho(seconds=0.5)), slots=2, queue=2)
    serve_app(app, Settings(port=int(sys.argv[1]), log="json"))
