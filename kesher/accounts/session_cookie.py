"""Who is signed in in this browser: a token in a cookie, apart from the session in which staff sign in.

The two do not know each other, so a clerk may be a citizen in the same browser, and neither door opens the other.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kesher.accounts import services
from kesher.accounts.models import SignIn
from kesher.accounts.rules import IDLE, is_over, is_own_address, level_now, may_sign_in
from kesher.accounts.services.sign_in import token_digest
from kesher.contacts.models import Contact, Identity
from kesher.core.text_size import set_text_size_cookie

TYPED = ("tel", "mailto")  # addresses that people type into a form

# With this prefix a browser takes the cookie from this host over TLS only, and from no neighbour domain.
COOKIE = "__Host-kesher_me" if settings.HTTPS else "kesher_me"


def set_token_cookie[Response: HttpResponse](response: Response, entered: services.NewSignIn | None) -> Response:
    """Gives the browser its token, and large letters to whoever wishes them; None changes nothing. Returns the
    response."""
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
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    return response


def find_sign_in(request: HttpRequest) -> SignIn | None:
    """The sign-in of this browser, held ones included. One query where there is a cookie, else none."""
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
    """The middleware's lazy object, made plain."""
    found = getattr(request, "sign_in", None)
    return found if found else None


def level_of(request: HttpRequest) -> int:
    """How well whoever asks is known now: 0 for a stranger."""
    return level_now(sign_in_of(request), timezone.now())


def signed_in_identity(request: HttpRequest) -> Identity | None:
    """Return the telephone number or mailbox of whoever is signed in here at level 2 or better, None for others: the
    one with which they came in, else (a passkey, a national login) the one that they proved last. A link to one's own
    page is level 1: it may have been passed on, and commits nobody."""
    found = sign_in_of(request)
    if found is None or level_of(request) < 2:
        return None
    if found.identity.scheme in TYPED and found.identity.assurance >= 1:
        return found.identity
    own = Identity.objects.filter(contact__in=found.contact.family_ids(), scheme__in=TYPED, assurance__gte=2)
    return own.select_related("contact__merged_into").order_by("-verified_at", "-id").first()


def contact_of(request: HttpRequest) -> Contact | None:
    """The person who asks, or None. A number that may have a new owner is nobody yet."""
    sign_in = sign_in_of(request)
    return sign_in.contact.root() if sign_in is not None and level_of(request) else None
