"""Remember in cookies and links which confirmation code a page of purchases waits for, and for which request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call
from kesher.core.contact_address import Address
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.models import Purchase
from kesher.purchases.services.address_verification import SHORT
from kesher.verbs.pending_code import set_cookie

SALT = "kesher.purchases.waiting"
COOKIE_SECONDS = 3600


class PledgeFields(TypedDict):
    """The fields of a pledge, as `pledge_units` takes them."""

    quantity: int
    tolerance: int
    point: int
    wait: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for its code.

    ``address`` None: it is not known, so the page asks. ``linked``: a link brought the code along.
    """

    wish: str = "interest"
    address: Address | None = None
    known: dict[str, Any] = field(default_factory=dict)
    linked: bool = False

    @property
    def hint(self) -> str:
        """Return the waiting person's address masked; "" for a link, which may have been shared."""
        return mask_address(self.address.scheme, self.address.address) if self.address and not self.linked else ""

    @property
    def quantity(self) -> int:
        """Return the units of the waiting pledge; 0 for other requests."""
        return read_whole_number(self.known.get("quantity"))


def read_whole_number(value: Any) -> int:
    """Return the whole number in a value from a link; 0 where it is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def pledge_fields(given: Mapping[str, Any]) -> PledgeFields:
    """Return the fields of a pledge as keyword arguments for `pledge_units`."""
    return {
        "quantity": read_whole_number(given.get("quantity")),
        "tolerance": read_whole_number(given.get("tolerance")),
        "point": read_whole_number(given.get("point")),
        "wait": bool(given.get("wait")),
    }


def ask_for_code(found: Purchase, wish: str, call: Call, known: Mapping[str, Any]) -> None:
    """Send a code that confirms this request to the caller's unproved address. Raise Refused."""
    if wish == "interest":
        services.register_interest(found, call)
    elif wish == "pledge":
        services.pledge_units(found, call, **pledge_fields(known))
    else:
        services.request_code(found, wish, call, known=known)


def find_waiting(request: HttpRequest, purchase: Purchase) -> Waiting:
    """Return the request that waits for its code, by the link's receipt or this browser's cookie."""
    receipt, code, wish = (request.GET.get(name, "") for name in ("r", "code", "w"))
    known = {name: request.GET.get(short, "") for short, name in SHORT.items()}
    if receipt and code and wish in ("interest", "pledge"):
        action = purchase.pledging if wish == "pledge" else purchase.action
        row = Participation.objects.filter(action=action, receipt=receipt[:12]).select_related("identity").first()
        if row is not None and row.identity is not None:
            address = Address(row.identity.scheme, row.identity.address)
            return Waiting(wish, address, known, linked=True)
    try:
        kept = signing.loads(request.COOKIES.get(cookie_name(purchase), ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return Waiting(wish if wish in ("interest", "pledge", "start", "offer") else "interest", None, known)
    return Waiting(kept["wish"], Address(kept["scheme"], kept["address"]), kept["known"])


def remember(response: HttpResponse, purchase: Purchase, wish: str, address: Address, known: dict[str, Any]) -> None:
    """Set a cookie for an hour with a request and its address, until the code comes back."""
    kept = {"wish": wish, "scheme": address.scheme, "address": address.address, "known": known}
    value = signing.dumps(kept, salt=SALT)
    set_cookie(response, cookie_name(purchase), value, purchase.get_absolute_url(), COOKIE_SECONDS)


def forget(response: HttpResponse, purchase: Purchase) -> None:
    """Delete the cookie of the request that waits for its code."""
    response.delete_cookie(cookie_name(purchase), path=purchase.get_absolute_url(), samesite="Lax")


def cookie_name(purchase: Purchase) -> str:
    """Return the name of the cookie that holds a request of this purchase until its code comes back."""
    return f"join-{purchase.code}"
