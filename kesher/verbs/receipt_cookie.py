"""Signed cookie by which a browser may see the receipt of what it did, for an hour."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.verbs.declaration import Receipt, Verb


def remember_receipt(response: HttpResponse, verb: Verb, subject: str, receipt: Receipt) -> HttpResponse:
    """Set the cookie with which this browser may see a verb's receipt, and return the response."""
    value = json.dumps([receipt.text, receipt.links, receipt.reference])
    return remember_done(response, verb.name, subject, value)


def find_receipt(request: HttpRequest, verb: Verb, subject: str) -> Receipt | None:
    """Return the receipt of a verb that this browser did within the hour, or None."""
    stored = find_done(request, verb.name, subject)
    if stored is None:
        return None
    text, links, reference = json.loads(stored)
    return Receipt(text=text, links=tuple((title, url) for title, url in links), reference=reference)
