"""Which code a browser waits for: a signed cookie says to whom it went and what for, for an hour, on these pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.core.address import Address

COOKIE = "kesher_code"
SALT = "kesher.accounts.waiting"
SECONDS = 3600
PATH = "/me/"


@dataclass(frozen=True, slots=True)
class Waiting:
    """``browser``: what the code is bound to besides the address, so that it is worth nothing elsewhere. ``by``: the
    channel that was chosen, not the one that brought it."""

    purpose: str
    scheme: str
    address: str
    browser: str = ""
    after: str = ""
    by: str = ""

    @property
    def hint(self) -> str:
        return mask_address(self.scheme, self.address)

    @property
    def target(self) -> Address:
        return Address(self.scheme, self.address)


def waiting_for(request: HttpRequest, purpose: str) -> Waiting | None:
    """What this browser waits for, if it is that."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
        found = Waiting(*(str(part) for part in kept))
    except (signing.BadSignature, TypeError):
        return None
    return found if found.purpose == purpose else None


def set_waiting_cookie[Response: HttpResponse](response: Response, waiting: Waiting) -> Response:
    kept = [waiting.purpose, waiting.scheme, waiting.address, waiting.browser, waiting.after, waiting.by]
    value = signing.dumps(kept, salt=SALT, compress=True)
    response.set_cookie(COOKIE, value, max_age=SECONDS, path=PATH, httponly=True, samesite="Lax", secure=settings.HTTPS)
    return response


def delete_waiting_cookie[Response: HttpResponse](response: Response) -> Response:
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def of_identity(identity: Identity, purpose: str, browser: str, after: str, by: str = "") -> Waiting:
    return Waiting(purpose, identity.scheme, identity.address, browser, after, by)
