"""Signed cookie that remembers for an hour which one-time code the sign-in page is waiting for."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.core.contact_address import Address

COOKIE = "kesher_code"
SALT = "kesher.accounts.waiting"
SECONDS = 3600
PATH = "/me/"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A code that is awaited: its purpose and address.

    ``browser``: what the code is bound to besides the address, so that it is worthless elsewhere. ``by``: the channel
    that was chosen, which may differ from the one that brought it.
    """

    purpose: str
    scheme: str
    address: str
    browser: str = ""
    after: str = ""
    by: str = ""

    @property
    def hint(self) -> str:
        """Return the masked address that the code was sent to."""
        return mask_address(self.scheme, self.address)

    @property
    def target(self) -> Address:
        """Return the address that the code was sent to."""
        return Address(self.scheme, self.address)


def waiting_for(request: HttpRequest, purpose: str) -> Waiting | None:
    """Return which code for this purpose the browser's cookie is waiting for, or None."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
        found = Waiting(*(str(part) for part in kept))
    except (signing.BadSignature, TypeError):
        return None
    return found if found.purpose == purpose else None


def set_waiting_cookie[Response: HttpResponse](response: Response, waiting: Waiting) -> Response:
    """Set a cookie that says which code the browser waits for, and return the response."""
    kept = [waiting.purpose, waiting.scheme, waiting.address, waiting.browser, waiting.after, waiting.by]
    value = signing.dumps(kept, salt=SALT, compress=True)
    response.set_cookie(COOKIE, value, max_age=SECONDS, path=PATH, httponly=True, samesite="Lax", secure=settings.HTTPS)
    return response


def delete_waiting_cookie[Response: HttpResponse](response: Response) -> Response:
    """Delete the cookie that says which code the browser waits for, and return the response."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def of_identity(identity: Identity, purpose: str, browser: str, after: str, by: str = "") -> Waiting:
    """Return what the browser waits for: a code sent to this identity, for this purpose."""
    return Waiting(purpose, identity.scheme, identity.address, browser, after, by)
