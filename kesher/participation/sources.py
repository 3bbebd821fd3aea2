"""Where a part comes from, as far as a burst shows it: the first digits of a number, a mail domain, a network.

An address of the internet is personal data. Only an HMAC of its prefix is kept (/24, and /48 of version 6), under the
action's own key, so that two actions cannot be compared, and only for NET_DAYS.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from ipaddress import ip_address

from django.conf import settings

from kesher.contacts.models import Identity
from kesher.participation.models import Action

NET_DAYS = 14
PREFIX_TAIL = 4  # the last digits of a number are its owner's; the rest is a block that one buyer may hold
SCHEMES = {"tel": "tel", "wa": "tel", "mailto": "mail"}


def source_of(identity: Identity | None) -> str:
    """ "tel:+97255555", "mail:example.org", or "" where an address says nothing of where it was got."""
    if identity is None or identity.scheme not in SCHEMES:
        return ""
    if SCHEMES[identity.scheme] == "mail":
        return f"mail:{identity.address.rpartition('@')[2].lower()}"[:80]
    return f"tel:{identity.address[:-PREFIX_TAIL]}"[:80]


def network(address: str) -> str:
    """The network of an internet address, or of a network given as such; "" for anything else."""
    try:
        found = ip_address(address.partition("/")[0].strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None) or found
    kept, whole = (24, 32) if mapped.version == 4 else (48, 128)
    first = int(mapped) >> whole - kept << whole - kept
    return f"{type(mapped)(first)}/{kept}"


def net_of(action: Action, address: str) -> str:
    """The network of an internet address as it may be kept; "" for none."""
    prefix = network(address)
    if not prefix:
        return ""
    key = f"{settings.SECRET_KEY}:net:{action.secret}".encode()
    return hmac.digest(key, prefix.encode(), sha256).hex()[:16]
