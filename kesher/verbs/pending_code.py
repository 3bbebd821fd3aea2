"""Signed cookies of a browser: for an hour, which code a page waits for, and which receipt it may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.contacts.addresses import mask_address
from kesher.core.contact_address import Address
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.verbs.declaration import Receipt, Verb

COOKIE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class PendingCode:
    """The address whose code a page waits for (None: it asks), and the answers that belong to it.

    ``linked``: a link brought the code. ``answers``: what this browser or the link may know of what was answered.
    """

    address: Address | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    linked: bool = False

    @property
    def hint(self) -> str:
        """Return the address that the code went to, its middle left out; "" behind a link."""
        return mask_address(self.address.scheme, self.address.address) if self.address and not self.linked else ""


@dataclass(frozen=True, slots=True)
class PendingCookie:
    """A cookie of the pages below one path. In a URL, what it holds would stay in histories and logs."""

    name: str
    path: str
    salt: str

    def find(self, request: HttpRequest) -> PendingCode:
        """Return whose code this browser waits for."""
        try:
            kept = signing.loads(request.COOKIES.get(self.name, ""), salt=self.salt, max_age=COOKIE_SECONDS)
        except signing.BadSignature:
            return PendingCode()
        if not isinstance(kept, dict):
            return PendingCode()
        # Votes had their answers beside the address, not below it, before this version.
        return PendingCode(Address(kept["scheme"], kept["address"]), kept.get("wish", kept))

    def set(self, response: HttpResponse, address: Address, answers: Mapping[str, Any]) -> None:
        """Set the cookie with the address that a code went to, and the answers."""
        value = {"scheme": address.scheme, "address": address.address, "wish": dict(answers)}
        set_cookie(response, self.name, signing.dumps(value, salt=self.salt, compress=True), self.path)

    def delete(self, response: HttpResponse) -> None:
        """Delete the cookie."""
        response.delete_cookie(self.name, path=self.path, samesite="Lax")


def set_cookie(response: HttpResponse, name: str, value: str, path: str, seconds: int = COOKIE_SECONDS) -> None:
    """Set a cookie that browsers send only to the pages below a path."""
    secure = settings.HTTPS
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=secure)


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
