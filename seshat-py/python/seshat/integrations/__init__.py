"""Ready routes for web frameworks. Each module imports its framework only when it is used itself.

What they share is here: who the visitor is, where the request came from, and logging.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple, Optional, Union

from seshat import Response, Stop, Web

log = logging.getLogger("seshat")

#: How much of a body that is too long is read all the same: a connection closed with bytes unread would be reset,
#: and the page would never see the answer that says so.
DRAIN = 4 * 1024 * 1024


class User(NamedTuple):
    """A visitor the site has logged in. What the page says of their name then counts for nothing."""

    name: str
    email: Optional[str] = None


#: What a site's `user` function may return: None for a stranger.
AnyUser = Union[User, str, None]


def as_user(user: AnyUser) -> tuple[str, str | None] | None:
    """A user as the core takes it."""
    if user is None or user == "":
        return None
    if isinstance(user, str):
        return (user, None)
    return (user.name, user.email or None)


class Proxies:
    """Whose word counts for a visitor's address.

    >>> proxies = Proxies(["10.0.0.0/8", "::1"])
    >>> proxies.client("10.1.2.3", "198.51.100.7, 203.0.113.9, 10.0.0.5")
    '203.0.113.9'
    >>> proxies.client("203.0.113.9", "forged")
    '203.0.113.9'

    A proxy that comes through a Unix socket has no address; its name here is "unix".

    >>> Proxies(["unix"]).client("", "203.0.113.9")
    '203.0.113.9'
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        if isinstance(trusted, str):
            raise TypeError("trusted_proxies must be a list of addresses or networks, not one string")
        trusted = list(trusted)
        self._unix = "unix" in trusted
        self._networks = [ip_network(network) for network in trusted if network != "unix"]

    def trusts(self, address: str) -> bool:
        """Is this address one of the site's own proxies?"""
        # Servers give the peer of a Unix socket no address; nginx passes it on as "unix:".
        if address in ("", "unix:"):
            return self._unix
        try:
            ip = ip_address(_without_port(address))
        except ValueError:
            return False
        return any(ip in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str) -> str:
        """The nearest address that is not one of the site's own proxies."""
        client = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(client) or not hop.strip():
                break
            client = hop.strip()
        return client


def _without_port(address: str) -> str:
    """Some proxies write "192.0.2.1:4711" or "[2001:db8::1]:4711"."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def respond(
    web: Web,
    method: str,
    path: str,
    query: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    client: str,
    scheme: str,
    proxies: Proxies,
    user: AnyUser = None,
    base: str | None = None,
    stop: Stop | None = None,
) -> Response:
    """Answers one request; what failed behind a 500 goes to the log. `path` is the whole one, as the browser has it.
    `client` and `scheme` are the connection's (no address: a Unix socket); a trusted proxy may know better."""
    if proxies.trusts(client):
        client = proxies.client(client, _said(headers, "x-forwarded-for"))
        scheme = _said(headers, "x-forwarded-proto").split(",")[-1].strip().lower() or scheme
    response = web.handle(
        method,
        path,
        query,
        headers,
        body,
        client_ip=client,
        https=scheme == "https",
        user=as_user(user),
        base=base,
        stop=stop,
    )
    if response.fault:
        log.error("%s", response.fault)
    return response


def _said(headers: Sequence[tuple[str, str]], name: str) -> str:
    """A header that is a list, and may be spread over several lines."""
    return ",".join(value for said, value in headers if said.lower() == name)
