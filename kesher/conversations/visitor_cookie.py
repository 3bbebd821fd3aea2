"""Signed cookie that names a page's visitor, who becomes a contact only when they do something.

A page may give a visitor a name (nothing is stored for it). The first verb that they use makes them a contact with one
identity of the scheme ``web``, assurance 0: it proves that this is the same browser, and nothing else.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity, get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.db.ids import token

COOKIE = "kesher_visitor"
SALT = "kesher.visitor"
SECONDS = 180 * 24 * 3600
# Not the name of a header, so that no request can set it.
FRESH = "kesher.visitor"


def find_visitor_name(request: HttpRequest) -> str | None:
    """Return the visitor's random name from the cookie, or given in this request; None without one."""
    fresh = request.META.get(FRESH)
    if isinstance(fresh, str):
        return fresh
    kept = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=SECONDS)
    return kept if isinstance(kept, str) else None


def get_visitor_name(request: HttpRequest) -> str:
    """Return the random name that identifies this browser; it gets a new one if it has none.

    Pass the response to `remember`, or the name is lost.
    """
    name = find_visitor_name(request)
    if name is None:
        name = request.META[FRESH] = token()
    return name


def find_visitor_identity(request: HttpRequest) -> Identity | None:
    """Return the identity that stands for this browser; None if it has none yet. Writes nothing."""
    name = find_visitor_name(request)
    return find_identity(Address("web", name)) if name else None


def get_visitor(request: HttpRequest) -> Contact:
    """Return the contact that stands for this browser, created when first needed.

    Pass the response to `remember`.
    """
    return get_visitor_identity(request).contact.root()


def get_visitor_identity(request: HttpRequest) -> Identity:
    """Return the identity that stands for this browser, created when first needed.

    Pass the response to `remember`.
    """
    return get_or_create_identity(Address("web", get_visitor_name(request)), language=(get_language() or "he")[:2])


def set_visitor_cookie[Response: HttpResponseBase](request: HttpRequest, response: Response) -> Response:
    """Set the visitor's cookie on the response if its name is new in this request; return the response."""
    fresh = request.META.get(FRESH)
    if isinstance(fresh, str):
        response.set_signed_cookie(
            COOKIE, fresh, salt=SALT, max_age=SECONDS, httponly=True, samesite="Lax", secure=settings.HTTPS
        )
    return response
