"""The rights of each staff role, and the view decorator that checks them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from kesher.agencies.access_log import audit_page_read
from kesher.agencies.models import Role, Staff
from kesher.agencies.staff_login import has_second_step, is_fresh
from kesher.core.http.client_ip import STAFF, caused_by

type View = Callable[..., HttpResponse]

CLERK = frozenset({Role.CLERK, Role.MANAGER, Role.ADMIN})
MANAGER = frozenset({Role.MANAGER, Role.ADMIN})
ADMIN = frozenset({Role.ADMIN})
MOST_NAMES = 8

RIGHTS: dict[str, frozenset[Role]] = {
    "desk": CLERK,
    "reply": CLERK,
    "note": CLERK,
    "assign": CLERK,
    "move": CLERK,
    "merge": CLERK,
    "block": CLERK,
    "log_call": CLERK,
    "see_channels": CLERK,
    "overview": MANAGER,
    "broadcast": MANAGER,
    "moderate": MANAGER,
    "ready_answers": MANAGER,
    "change_settings": MANAGER,
    "erase": MANAGER,
    "replay": MANAGER,
    "change_channels": ADMIN,
    "change_staff": ADMIN,
    "change_limits": ADMIN,
    "see_records": CLERK,
    "listen": CLERK,
    "change_watches": MANAGER,
    "grant_mandates": CLERK,
    "change_sources": ADMIN,
}

# What each right is called where somebody lacks it.
RIGHT_TITLES: dict[str, Any] = {
    "desk": _("Work at the desk"),
    "reply": _("Answer people"),
    "note": _("Write internal notes"),
    "assign": _("Take and hand over conversations"),
    "move": _("Change the state of requests"),
    "merge": _("Join two entries of one person"),
    "block": _("Block senders"),
    "log_call": _("Log calls and visits"),
    "see_channels": _("See the channels"),
    "overview": _("See the overview"),
    "broadcast": _("Write to many people"),
    "moderate": _("Check what is published"),
    "ready_answers": _("Write ready answers"),
    "change_settings": _("Change topics, teams, places and hours"),
    "erase": _("Decide on the erasure of data"),
    "replay": _("Read failed messages again"),
    "change_channels": _("Change channels"),
    "change_staff": _("Manage staff"),
    "change_limits": _("Change limits"),
    "see_records": _("See people's records"),
    "grant_mandates": _("Decide who acts for another person"),
    "listen": _("Read what is said in public"),
    "change_watches": _("Change watches and sources"),
    "change_sources": _("Change sources of records"),
}


class RightMissing(PermissionDenied):
    """A member of staff opened what their role may not see; the error page names the right."""

    def __init__(self, right: str) -> None:
        """Keep the name of the right."""
        super().__init__(right)
        self.right = right


def administrators() -> list[Staff]:
    """Return the first administrators of the agency by name: they have every right, and give the roles."""
    return list(Staff.objects.filter(is_active=True, role=Role.ADMIN).order_by("name")[:MOST_NAMES])


def has_right(staff: Staff | None, right: str) -> bool:
    """Return whether a member of staff is active and their role has the right. Raise KeyError for an unknown right."""
    roles = RIGHTS[right]
    return bool(staff) and staff is not None and staff.is_active and Role(staff.role) in roles


def staff_only(right: str) -> Callable[[View], View]:
    """Return a view decorator that lets in only staff whose role has this right.

    A visitor who is not signed in is sent to the login page and comes back afterwards. A user without the right, or of
    another agency, gets 403. The view reads ``request.staff`` itself. Reading a page is audited (`access_log`), and no
    browser caches it.
    """
    assert right in RIGHTS, right

    def decorate(view: View) -> View:
        """Return the view with the check before it."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Call the view for staff whose role has the right; redirect others to the login, or refuse."""
            if not request.user.is_authenticated or not has_second_step(request):
                return to_login(request)
            if not has_right(staff_of(request), right):
                raise RightMissing(right)
            with caused_by(STAFF):
                response = shown(request, *args, **kwargs)
            if request.method == "GET" and response.status_code == 200:
                audit_page_read(request)
            return response

        shown = never_cache(view)  # staff read personal data, which no browser or proxy may store
        return guarded

    return decorate


def staff_of(request: HttpRequest) -> Staff | None:
    """Return the member of staff who makes the request, or None."""
    found = getattr(request, "staff", None)
    return found if found else None


def to_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the staff login, which leads back here; after a POST, to the desk."""
    after = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("cases:inbox")
    login = redirect_to_login(after, resolve_url("agencies:login"))
    # The login page replaces the whole page, not the part that htmx asked for.
    return HttpResponseClientRedirect(login.url) if request.headers.get("HX-Request") else login


def needs_fresh_step(request: HttpRequest, after: str = "") -> HttpResponse | None:
    """Return None if the second step was made lately or is switched off, else a redirect to it.

    It leads on to the path ``after``, "" for this page. Whatever makes, opens or closes an account asks for it, and
    whatever connects a channel or a login, which could open one: an unlocked computer is not enough.
    """
    if not settings.KESHER_SECOND_FACTOR or is_fresh(request):
        return None
    if request.method == "POST":
        messages.info(request, gettext("First confirm your second step. Then press the button once more."))
    to = f"{resolve_url('accounts:staff_second')}?{urlencode({'next': after or request.get_full_path()})}"
    return HttpResponseClientRedirect(to) if request.headers.get("HX-Request") else redirect(to)


def clerk(request: HttpRequest) -> Staff:
    """Return the member of staff who makes the request, in a view that is decorated with `staff_only`."""
    found = staff_of(request)
    assert found is not None
    return found
