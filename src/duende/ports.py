"""Says, before a server starts, whether its port is free."""

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
