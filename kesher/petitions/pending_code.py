"""Remember in cookies and links which confirmation code a page waits for, and which draft is this browser's.

`SIGNER` keeps who signs here: long enough for an evening of petitions, short enough for a library's computer, where
"this is not me" ends it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from kesher.accounts.recent_verification import Memory
from kesher.contacts.addresses import mask_address
from kesher.core.contact_address import Address
from kesher.petitions.models import Petition, Signature

SALT = "kesher.petitions.waiting"
DRAFT_SALT = "kesher.petitions.draft"
COOKIE_SECONDS = 3600
SIGNER = Memory("kesher_signer", path="/petitions/", seconds=12 * 3600, salt="kesher.petitions.signer")


@dataclass(frozen=True, slots=True)
class PendingCode:
    """The address whose code a page waits for (None: it asks), and the answers that belong to it.

    ``linked``: a link brought the code. ``wish``: the answers besides signing that this browser or its link may know.
    """

    address: Address | None = None
    wish: Mapping[str, Any] = field(default_factory=dict)
    linked: bool = False

    @property
    def hint(self) -> str:
        """Return the address that the code went to, its middle left out; "" behind a link."""
        return mask_address(self.address.scheme, self.address.address) if self.address and not self.linked else ""


def find_pending_code(request: HttpRequest, petition: Petition) -> PendingCode:
    """Return whose code this page waits for, by the link's receipt or this browser's cookie."""
    receipt, code = request.GET.get("r", ""), request.GET.get("code", "")
    if receipt and code:
        row = Signature.objects.of(petition).select_related("identity").filter(receipt=receipt[:12]).first()
        if row is not None and row.identity is not None:
            address = Address(row.identity.scheme, row.identity.address)
            waits = row.state == Signature.State.PENDING
            written = {"name": row.name, "show_name": row.show_name, "area": row.area} if waits else {}
            return PendingCode(address, {**written, "updates": request.GET.get("u") == "1"}, linked=True)
    try:
        kept = signing.loads(request.COOKIES.get(cookie_name(petition), ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return PendingCode()
    return PendingCode(Address(kept["scheme"], kept["address"]), kept.get("wish") or {"updates": kept.get("updates")})


def remember(
    response: HttpResponse, petition: Petition, address: Address, wish: Mapping[str, Any] | None = None
) -> None:
    """Set a signed cookie, for an hour, with the address and the answers that this browser's signer gave.

    In a URL they would stay in histories and logs.
    """
    value = {"scheme": address.scheme, "address": address.address, "wish": dict(wish or {})}
    set_cookie(response, petition, cookie_name(petition), signing.dumps(value, salt=SALT))


def set_cookie(response: HttpResponse, petition: Petition, name: str, value: str) -> None:
    """Set a cookie on the response for an hour, for this petition's pages only."""
    path = petition.get_absolute_url()
    secure = settings.HTTPS
    response.set_cookie(name, value, max_age=COOKIE_SECONDS, path=path, httponly=True, samesite="Lax", secure=secure)


def forget_address(response: HttpResponse, petition: Petition) -> None:
    """Delete the cookie with the address that this browser's signer gave."""
    response.delete_cookie(cookie_name(petition), path=petition.get_absolute_url(), samesite="Lax")


def cookie_name(petition: Petition) -> str:
    """Return the name of the cookie that remembers a pending signature of this petition."""
    return f"sign-{petition.code}"


def remember_draft(response: HttpResponse, petition: Petition) -> None:
    """Set a cookie with which this browser may correct the address of the draft's author for an hour."""
    set_cookie(response, petition, draft_cookie(petition), signing.dumps(petition.pk, salt=DRAFT_SALT))


def is_draft_from_here(request: HttpRequest, petition: Petition) -> bool:
    """Return whether this draft petition was written in this browser within the last hour."""
    try:
        kept = signing.loads(request.COOKIES.get(draft_cookie(petition), ""), salt=DRAFT_SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return False
    return bool(kept == petition.pk)


def draft_cookie(petition: Petition) -> str:
    """Return the name of the cookie that marks this petition as a draft of this browser."""
    return f"draft-{petition.code}"
