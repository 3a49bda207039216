"""Runs the page: Streamlit, with the settings that a page for others needs."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from duende.errors import ServiceError
from duende.ports import check_free
from duende.settings import Settings

OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "1",
    "server.maxMessageSize": "1",  # a message of 150 MB would take as much memory
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": "false",
    "runner.magicEnabled": "false",  # a string that stands alone is a comment, not a text to show
    # Ink on paper by day, paper-coloured ink by night; the browser says which.
    "theme.light.backgroundColor": "#fbf8f2",
    "theme.light.secondaryBackgroundColor": "#f2ece0",
    "theme.light.textColor": "#2a2521",
    "theme.light.primaryColor": "#8c2f2b",
    "theme.light.borderColor": "#e0d7c6",
    "theme.dark.backgroundColor": "#181513",
    "theme.dark.secondaryBackgroundColor": "#221e1a",
    "theme.dark.textColor": "#ece4d6",
    "theme.dark.primaryColor": "#d9796b",
    "theme.dark.borderColor": "#3a342d",
}


def command(settings: Settings) -> list[str]:
    """The command that runs the page. Raises `ServiceError` where it cannot run."""
    if find_spec("streamlit") is None:
        raise ServiceError("streamlit is not installed: pip install 'duende[page]'.")
    check_free(settings.host, settings.page_port, setting="DUENDE_PAGE_PORT")
    options = {
        **OPTIONS,
        "server.address": settings.host,
        "server.port": str(settings.page_port),
    }
    script = str(Path(__file__).with_name("app.py"))
    flags = [f"--{name}={value}" for name, value in options.items()]
    hosts = filter(None, map(str.strip, settings.page_hosts.split(",")))
    flags += [f"--server.allowedHosts={host}" for host in hosts]
    return [sys.executable, "-m", "streamlit", "run", script, *flags]


def environment(settings: Settings) -> dict[str, str]:
    """The environment of the page: ours, where the API is, and whom to believe who asks."""
    return {
        **os.environ,
        "DUENDE_API": settings.api_address,
        "FORWARDED_ALLOW_IPS": settings.proxies,
    }


def show(settings: Settings) -> None:
    """Serve the page until interrupted."""
    arguments = command(settings)
    if os.name == "posix":  # become Streamlit, so that signals reach it
        os.execve(arguments[0], arguments, environment(settings))
    raise SystemExit(subprocess.run(arguments, env=environment(settings), check=False).returncode)
