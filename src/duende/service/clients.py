"""Who asks: readers told apart by their address, how often each may ask, how much at once.

An address goes in; nothing comes out, or `TooManyRequests`. All of it is kept in this process.
"""

import time
from collections import Counter
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from duende.errors import SettingsError, TooManyRequests

Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
AT_ONCE_SECONDS = 3
"""After which one of a reader's poems has probably ended."""


def client_of(host: str) -> str:
    """Whom an address counts as: itself, and in IPv6 its /64, of which a household has them all.

    >>> client_of("203.0.113.7"), client_of("2001:db8:1:2:3::4"), client_of("::ffff:203.0.113.7")
    ('203.0.113.7', '2001:db8:1:2::/64', '203.0.113.7')
    >>> client_of("nonsense")
    'unknown'
    """
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))


def neighbourhood(client: str) -> str:
    """As much of a client's address as a log may keep: enough for an operator, nobody's own.

    >>> neighbourhood("203.0.113.7"), neighbourhood("2001:db8:1:2::/64")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    if client == UNKNOWN:
        return client
    network = ip_network(client)
    return str(network.supernet(new_prefix=24 if network.version == 4 else 48))


def networks(proxies: str) -> tuple[Network, ...]:
    """The addresses and networks of a list with commas between them."""
    return tuple(ip_network(each.strip()) for each in proxies.split(",") if each.strip())


def is_within(host: str, trusted: tuple[Network, ...]) -> bool:
    """Whether an address is in one of the networks.

    >>> is_within("10.1.2.3", networks("127.0.0.1, 10.0.0.0/8")), is_within("", networks("::1"))
    (True, False)
    """
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in trusted)


class Clients:
    """Holds every client to a `rate` (as `limits` writes it; empty: none) and to so many `at_once`.

    `charge` counts a request; `enter` does, and holds a place for it until `leave`. Raises
    `SettingsError` where the rate cannot be read.
    """

    def __init__(self, rate: str = "", *, at_once: int = 0) -> None:
        try:
            self._limits = parse_many(rate) if rate.strip() else []
        except ValueError as error:
            raise SettingsError(
                f"DUENDE_RATE makes no sense ({rate}): write it like 10/minute; 100/hour."
            ) from error
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._at_once = at_once
        self._inside: Counter[str] = Counter()

    def charge(self, client: str) -> None:
        """Count a request. Raises `TooManyRequests`, and then counts none."""
        full = [limit for limit in self._limits if not self._window.test(limit, client)]
        if full:
            resets = (self._window.get_window_stats(limit, client).reset_time for limit in full)
            seconds = max(1, int(max(resets) - time.time()) + 1)
            raise TooManyRequests(
                "You have asked for as much as one reader may for now: "
                f"try again in {seconds} seconds.",
                retry_after=seconds,
            )
        for limit in self._limits:
            self._window.hit(limit, client)

    def enter(self, client: str) -> None:
        """Count a request that takes time. Raises `TooManyRequests`."""
        if self._at_once and self._inside[client] >= self._at_once:
            raise TooManyRequests(
                "As many poems of yours are being written as may be at once: wait until one ends.",
                retry_after=AT_ONCE_SECONDS,
            )
        self.charge(client)
        self._inside[client] += 1

    def leave(self, client: str) -> None:
        """Give back what `enter` held."""
        self._inside[client] -= 1
        if not self._inside[client]:
            del self._inside[client]
