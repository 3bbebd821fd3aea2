"""Fake provider servers for the simulator: they check and answer requests as the real providers do.

Reachable only where the simulator is on, and by our own sender only where the SSRF guard allows it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kesher.channels.models import Account
from kesher.core.db.agency_scope import everywhere

View = Callable[..., HttpResponse]


def simulator_only(view: View) -> View:
    """Decorate a view to answer 404 where the simulator is off, should the app be installed there all the same."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.KESHER_SIMULATOR:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def stand_in(view: View) -> View:
    """Decorate a view of a fake provider: 404 where the simulator is off, and no CSRF check."""
    return csrf_exempt(simulator_only(view))


def accounts_of(channel: str) -> list[Account]:
    """Return the active accounts of a channel in all agencies, as a provider finds customers by credentials."""
    with everywhere("simulated provider"):
        return list(Account.objects.filter(channel=channel, is_active=True).select_related("agency"))
