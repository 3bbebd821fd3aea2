"""Stand-ins for the providers, inside this server: they check what the vendor checks and answer as he does.

Reachable only where the simulator is on, and by our own sender only where the SSRF guard was told to let it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kesher.channels.models import Account
from kesher.core.scope import everywhere

View = Callable[..., HttpResponse]


def stand_in(view: View) -> View:
    """A door of a fake provider: closed where the simulator is off, and without our own forms' tokens."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.KESHER_SIMULATOR:
            raise Http404
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


def accounts_of(channel: str) -> list[Account]:
    """All accounts of a channel: a provider knows his customers by their credentials, not by our agencies."""
    with everywhere("simulated provider"):
        return list(Account.objects.filter(channel=channel, is_active=True).select_related("agency"))
