"""Rules: how often one network may try a verb with one address."""

from __future__ import annotations

from django.http import HttpRequest

from kesher.core.contact_address import Address
from kesher.participation.rate_limits import may_ask, may_try
from kesher.verbs.declaration import Verb, code_of


def is_within_limit(
    request: HttpRequest, verb: Verb, subject: object, address: Address | None, *, step: str = "ask"
) -> bool:
    """Return whether this network may take a step of a verb again within ten minutes, with this address."""
    if address is None or (verb.per_network and step == "ask"):
        return may_try(request, f"{verb.name}:{step}")
    where = getattr(subject, "action", None) or (verb.name, code_of(subject))
    return may_ask(request, where, f"{verb.name}:{step}", address)
