"""For readers without JavaScript: the sources are waited for in the event loop, and a page's thread is taken when they
have answered, or three seconds are over.

The lane lays what came on the board under a name that nobody can guess, and passes the name on in a header; the view
takes it from there. Without the lane (another server, a test) the view waits by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils import translation

from kesher.accounts.session_cookie import COOKIE, contact_of, find, level_of
from kesher.agencies.middleware import agency_of_host
from kesher.core.ids import token
from kesher.core.scope import scope as agency_scope
from kesher.records.access import Sight, lang_now, sight_of
from kesher.records.lookup_results import Envelope, Plan, Shelf
from kesher.records.query_plan import shelf_of

HEADER = "X-Kesher-Records"
SECONDS = 3.0
LEVEL = 2
MOST = 500


@dataclass(frozen=True, slots=True)
class Lying:
    """What came for whom: a view takes it only for the same two people."""

    viewer: int
    contact: int
    envelopes: tuple[Envelope, ...]


BOARD: dict[str, Lying] = {}


def lay(sight: Sight, envelopes: list[Envelope]) -> str:
    """Lays them down; returns the name under which they lie."""
    name = token(32)
    while len(BOARD) >= MOST:  # what no view took: whoever asked is gone
        BOARD.pop(next(iter(BOARD)))
    BOARD[name] = Lying(sight.viewer.pk, sight.contact.pk, tuple(envelopes))
    return name


def taken(request: HttpRequest, sight: Sight) -> list[Envelope] | None:
    """What the lane laid down for this request, or None."""
    found = BOARD.pop(request.headers.get(HEADER, ""), None)
    fits = found is not None and (found.viewer, found.contact) == (sight.viewer.pk, sight.contact.pk)
    return list(found.envelopes) if found is not None and fits else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request without JavaScript wants."""

    sight: Sight
    plan: Plan
    shelf: Shelf


def asked(host: str, cookie: str, languages: tuple[str, str], query: str) -> Asked | None:
    """In a thread: who asks and for whose things. In: the host, the sign-in's cookie, (the language that was chosen,
    those that the browser accepts), the query. None where the page has to say something else (sign in, prove more, no
    such mandate)."""
    name, _port = split_domain_port(host)
    if not cookie or not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return None
    agency = agency_of_host(name)
    if agency is None:
        return None
    request: Any = HttpRequest()
    request.method, request.GET = "GET", QueryDict(query)
    chosen, accepted = languages
    request.COOKIES = {COOKIE: cookie, settings.LANGUAGE_COOKIE_NAME: chosen}
    request.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    with agency_scope(agency), translation.override(translation.get_language_from_request(request)):
        request.sign_in = find(request)
        request.contact = contact_of(request)
        if request.contact is None or level_of(request) < LEVEL:
            return None
        try:
            sight = sight_of(request)
        except Http404:
            return None
        plan = sight.plan(lang_now(), request.GET.get("again", ""))
        return Asked(sight, plan, shelf_of(plan))
