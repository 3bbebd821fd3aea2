"""Connect to an agency's mail servers, but not to machines of our own network.

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
    """Raises ChannelError where the name leads to this machine or to an inner network, unless the account's settings
    say that they may (``allow_private``)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChannelError(f"{host}: no such mail server") from error
    for *_, place in found:
        check_address(str(place[0]), settings)


def check_peer(connected: socket.socket, settings: Mapping[str, Any]) -> None:
    """The same of a connection that stands: a name may lead elsewhere the second time it is asked."""
    check_address(str(connected.getpeername()[0]), settings)


def check_address(address: str, settings: Mapping[str, Any]) -> None:
    if not is_public(address) and not settings.get("allow_private"):
        raise ChannelError(f"{address}: not an address on the internet (allow_private permits it)", permanent=True)


def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def transport_security(settings: Mapping[str, Any], prefix: str, default: str) -> str:
    """``ssl``, ``starttls`` or ``none``, as the account says. Raises ChannelError for plain text over the internet:
    it would show the password to everybody on the way."""
    word = str(settings.get(f"{prefix}_tls") or default)
    if word not in ("ssl", "starttls", "none"):
        raise ChannelError(f"{prefix}_tls is one of ssl, starttls, none", permanent=True)
    if word == "none" and not settings.get("allow_private"):
        raise ChannelError(f"{prefix}_tls: none is for servers of one's own network (allow_private)", permanent=True)
    return word
