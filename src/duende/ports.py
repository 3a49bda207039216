"""Says, before a server starts, whether its port is free, and where it will be found."""

import socket

from duende.errors import ServiceError


def check_free(host: str, port: int, *, setting: str) -> None:
    """Raise `ServiceError` where something listens at `host` and `port` already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ServiceError(
                f"Port {port} at {host} cannot be used ({error.strerror}): stop what listens "
                f"there, or choose another with {setting}."
            ) from error


def address(host: str, port: int) -> str:
    """The address at which this machine reaches what listens at `host` and `port`.

    >>> address("0.0.0.0", 8000), address("::", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    found = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{found}]:{port}" if ":" in found else f"http://{found}:{port}"
