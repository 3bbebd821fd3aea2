"""Connect to an agency's mail servers, but never to machines of our own network (SSRF).

The names of the servers come from settings that staff may edit.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from kesher.channels.base import ChannelError
from kesher.channels.http_client import is_public

TIMEOUT = 30.0


def check_host(host: str, port: int, settings: Mapping[str, Any]) -> None:
    """Raise ChannelError if a host name leads to this machine or to a private network.

    The account's setting `allow_private` permits it.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChannelError(f"{host}: no such mail server") from error
    for *_, place in found:
        check_address(str(place[0]), settings)


def check_peer(connected: socket.socket, settings: Mapping[str, Any]) -> None:
    """Raise ChannelError if an open connection leads to a private address: a name may resolve anew after the check."""
    check_address(str(connected.getpeername()[0]), settings)


def check_address(address: str, settings: Mapping[str, Any]) -> None:
    """Raise ChannelError for an address that is not public, unless `allow_private` is set."""
    if not is_public(address) and not settings.get("allow_private"):
        raise ChannelError(f"{address}: not an address on the internet (allow_private permits it)", permanent=True)


def tls_context() -> ssl.SSLContext:
    """Return the SSL context for connections to mail servers."""
    return ssl.create_default_context()


def transport_security(settings: Mapping[str, Any], prefix: str, default: str) -> str:
    """Return how the account's mail server is encrypted: "ssl", "starttls" or "none".

    Raise ChannelError for plain text over the internet, which would reveal the password.
    """
    word = str(settings.get(f"{prefix}_tls") or default)
    if word not in ("ssl", "starttls", "none"):
        raise ChannelError(f"{prefix}_tls is one of ssl, starttls, none", permanent=True)
    if word == "none" and not settings.get("allow_private"):
        raise ChannelError(f"{prefix}_tls: none is for servers of one's own network (allow_private)", permanent=True)
    return word
