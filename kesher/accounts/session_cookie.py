"""Find the signed-in citizen by a cookie of their own, separate from the staff's Django session.

A clerk may thus be a citizen in the same browser; neither gives access to the other.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kesher.accounts import services
from kesher.accounts.models import SignIn
from kesher.accounts.rules import IDLE, is_over, is_own_address, level_now, may_sign_in
from kesher.contacts.models import Contact, Identity
from kesher.core.db.ids import token_digest
from kesher.core.http.text_size_cookie import set_text_size_cookie

TYPED = ("tel", "mailto")  # addresses that people type into a form

# With this prefix a browser accepts the cookie from this host over TLS only, and from no related domain.
COOKIE = "__Host-kesher_me" if settings.HTTPS else "kesher_me"


def set_token_cookie[Response: HttpResponse](response: Response, entered: services.NewSignIn | None) -> Response:
    """Set the cookies of a new sign-in: its token, and the person's text size. Return the response.

    None changes nothing.
    """
    if entered is not None:
        if entered.sign_in.contact.root().prefs.get("large_text"):
            set_text_size_cookie(response, large=True)
        response.set_cookie(
            COOKIE,
            entered.token,
            max_age=int(IDLE.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )
    return response


def delete_token_cookie[Response: HttpResponse](response: Response) -> Response:
    """Delete the cookie with the sign-in's token, and return the response."""
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    return response


def find_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that this browser's cookie names, also a held one; None without a valid cookie."""
    token = request.COOKIES.get(COOKIE, "")
    if not token:
        return None
    rows = SignIn.objects.open().select_related("contact__merged_into", "identity__contact__merged_into")
    found, now = rows.filter(digest=token_digest(token)).first(), timezone.now()
    if found is None or is_over(found, now) or not may_sign_in(found.contact) or not is_own_address(found):
        return None
    services.note_seen(found, now)
    return found


def sign_in_of(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that the middleware set lazily on the request, or None."""
    found = getattr(request, "sign_in", None)
    return found if found else None


def level_of(request: HttpRequest) -> int:
    """Return the visitor's proof level now, 0 to 3; 0 for a stranger."""
    return level_now(sign_in_of(request), timezone.now())


def signed_in_identity(request: HttpRequest) -> Identity | None:
    """Return the phone or e-mail identity of a visitor who is signed in at level 2 or more, or None.

    It is the one that they signed in with, else (a passkey, a national login) the one that they proved last. A link to
    the page is level 1: it may have been passed on, so it allows no commitment.
    """
    found = sign_in_of(request)
    if found is None or level_of(request) < 2:
        return None
    if found.identity.scheme in TYPED and found.identity.assurance >= 1:
        return found.identity
    own = Identity.objects.filter(contact__in=found.contact.family_ids(), scheme__in=TYPED, assurance__gte=2)
    return own.select_related("contact__merged_into").order_by("-verified_at", "-id").first()


def contact_of(request: HttpRequest) -> Contact | None:
    """Return the contact who is signed in on this request; None for strangers and held numbers."""
    sign_in = sign_in_of(request)
    return sign_in.contact.root() if sign_in is not None and level_of(request) else None
