"""The records page for browsers without JavaScript: wait for the sources first, then render it at once.

The lane stores the envelopes under a random name and passes the name in a header; the view takes them. Without the lane
(another server, a test) the view waits itself. The wait is three seconds at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils import translation

from kesher.accounts.session_cookie import COOKIE, contact_of, find_sign_in, level_of
from kesher.agencies.middleware import agency_of_host
from kesher.core.db.agency_scope import scope as agency_scope
from kesher.core.db.ids import token
from kesher.records.record_access import Access, current_language, get_access
from kesher.records.source_selection import load_cached_readings
from kesher.records.sources.readings import CachedReadings, Envelope, Plan

HEADER = "X-Kesher-Records"
SECONDS = 3.0
LEVEL = 2
MOST = 500


@dataclass(frozen=True, slots=True)
class PendingPage:
    """Envelopes stored for a view, which takes them only for the same two people."""

    viewer: int
    contact: int
    envelopes: tuple[Envelope, ...]


PENDING: dict[str, PendingPage] = {}


def store_envelopes(access: Access, envelopes: list[Envelope]) -> str:
    """Store the sources' results in memory for the view, and return the random name to find them by."""
    name = token(32)
    while len(PENDING) >= MOST:  # no view took these: the clients are gone
        PENDING.pop(next(iter(PENDING)))
    PENDING[name] = PendingPage(access.viewer.pk, access.contact.pk, tuple(envelopes))
    return name


def take_envelopes(request: HttpRequest, access: Access) -> list[Envelope] | None:
    """Return, once, the sources' results that the ASGI lane stored for this request, or None."""
    found = PENDING.pop(request.headers.get(HEADER, ""), None)
    fits = found is not None and (found.viewer, found.contact) == (access.viewer.pk, access.contact.pk)
    return list(found.envelopes) if found is not None and fits else None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The access, the plan and the cached readings of a request without JavaScript."""

    access: Access
    plan: Plan
    cached: CachedReadings


def prepare_page(host: str, cookie: str, languages: tuple[str, str], query: str) -> PageRequest | None:
    """Return the access and plan of a request for the whole page, or None if Django must answer without them.

    Call it in a thread. ``cookie`` is the sign-in's, ``languages`` the chosen one and those that the browser accepts.
    """
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
        request.sign_in = find_sign_in(request)
        request.contact = contact_of(request)
        if request.contact is None or level_of(request) < LEVEL:
            return None
        try:
            access = get_access(request)
        except Http404:
            return None
        plan = access.plan(current_language(), request.GET.get("again", ""))
        return PageRequest(access, plan, load_cached_readings(plan))
