"""Describe where a participation comes from, without an address: number prefix, mail domain or hashed network.

An IP address is personal data. Only an HMAC of its prefix is stored (/24, or /48 for IPv6), under the action's own key,
so that two actions cannot be compared, and only for NET_DAYS.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

import phonenumbers
from django.conf import settings

from kesher.contacts.addresses import REGION
from kesher.contacts.models import Identity
from kesher.core.http.client_ip import network_prefix
from kesher.language import digits
from kesher.participation.models import Action

NET_DAYS = 14
PREFIX_TAIL = 4  # digits that differ within a block of numbers, which one buyer may hold
BETWEEN = re.compile(r"[\s().\-–/\u200e\u200f\u2066-\u2069]")  # separators and invisible marks between digits
SCHEMES = {"tel": "tel", "wa": "tel", "mailto": "mail"}


def source_of(identity: Identity | None) -> str:
    """Return what an address shows of its origin ("tel:+97255555", "mail:example.org"), or "" for nothing."""
    if identity is None or identity.scheme not in SCHEMES:
        return ""
    if SCHEMES[identity.scheme] == "mail":
        return f"mail:{identity.address.rpartition('@')[2].lower()}"[:80]
    return f"tel:{identity.address[:-PREFIX_TAIL]}"[:80]


def normalize_prefix(text: str) -> str:
    """Return the beginning of a phone number as it is stored ("+97250555"); "" if the text is none.

    Accepts what people write: 050-555, 50555, +972 50 555, 00972…. (`contacts.addresses` parses whole numbers only.)
    """
    home = f"+{phonenumbers.country_code_for_region(REGION)}"
    typed = BETWEEN.sub("", digits(text).strip().removeprefix("tel:"))
    if not re.fullmatch(r"\+?[0-9]+", typed) or typed.startswith("+0") or not typed.strip("0+"):
        return ""
    if typed.startswith("00"):
        typed = f"+{typed[2:]}"
    if not typed.startswith("+"):
        typed = f"+{typed}" if typed.startswith(home[1:]) else home + typed.removeprefix("0")
    return home + typed.removeprefix(f"{home}0") if typed.startswith(f"{home}0") else typed


def net_of(action: Action, address: str) -> str:
    """Return the HMAC under which the network of an IP address may be stored with an action's rows; "" for none."""
    prefix = network_prefix(address)
    if not prefix:
        return ""
    key = f"{settings.SECRET_KEY}:net:{action.secret}".encode()
    return hmac.digest(key, prefix.encode(), sha256).hex()[:16]
