"""Who may do what: one table of roles and rights, asked by every staff door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from kesher.agencies.access_log import note_page
from kesher.agencies.models import Role, Staff
from kesher.agencies.staff_login import is_second_made
from kesher.core.client_ip import STAFF, caused_by

type View = Callable[..., HttpResponse]

CLERK = frozenset({Role.CLERK, Role.MANAGER, Role.ADMIN})
MANAGER = frozenset({Role.MANAGER, Role.ADMIN})
ADMIN = frozenset({Role.ADMIN})

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
    "grant_mandates": CLERK,
    "change_sources": ADMIN,
}


def has_right(staff: Staff | None, right: str) -> bool:
    """True where this member of staff's role has the right. An unknown right is a programming error (KeyError)."""
    roles = RIGHTS[right]
    return bool(staff) and staff is not None and staff.is_active and Role(staff.role) in roles


def staff_only(right: str) -> Callable[[View], View]:
    """Decorates a staff page. Whoever is not signed in goes to the login page and comes back afterwards; whoever lacks
    the right, or serves another agency, gets 403. It sets nothing: the view reads ``request.staff`` itself. What was
    read is written down (`reading`), and kept by no browser."""
    assert right in RIGHTS, right

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated or not is_second_made(request):
                return to_login(request)
            if not has_right(staff_of(request), right):
                raise PermissionDenied
            with caused_by(STAFF):
                response = shown(request, *args, **kwargs)
            if request.method == "GET" and response.status_code == 200:
                note_page(request)
            return response

        shown = never_cache(view)  # what staff read is people's: no browser and no proxy keeps it
        return guarded

    return decorate


def staff_of(request: HttpRequest) -> Staff | None:
    """The member of staff who asks (the middleware's lazy object, made plain), or None."""
    found = getattr(request, "staff", None)
    return found if found else None


def to_login(request: HttpRequest) -> HttpResponse:
    """The login page, and back. A form that was posted cannot be posted again for him, so he comes back to the desk."""
    after = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("cases:inbox")
    login = redirect_to_login(after, resolve_url("agencies:login"))
    # A piece of a page must not be replaced by the login page: the whole page goes there.
    return HttpResponseClientRedirect(login.url) if request.headers.get("HX-Request") else login


def clerk(request: HttpRequest) -> Staff:
    """Who is at work here: `staff_only` has seen to it that there is somebody."""
    found = staff_of(request)
    assert found is not None
    return found
