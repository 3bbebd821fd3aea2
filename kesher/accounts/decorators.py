"""What a page asks before it shows something: that a person is signed in, and how well he is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from kesher.accounts.safe_redirect import with_next
from kesher.accounts.session_cookie import level_of, sign_in_of

type View = Callable[..., HttpResponse]


def needs_level(request: HttpRequest, level: int) -> HttpResponse | None:
    """None where whoever asks is known at least at this level now. Else the way to the right proof, which leads back:
    return it. In: 1 to 3."""
    if level_of(request) >= level:
        return None
    after = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("accounts:me")
    sign_in = sign_in_of(request)
    if sign_in is None:
        to = with_next("accounts:sign_in", after, **({"level": "3"} if level == 3 else {}))
    elif sign_in.held:
        to = with_next("accounts:second", after)
    else:
        to = with_next("accounts:prove", after, level=str(level))
    # A piece of a page must not be replaced by a whole one.
    return HttpResponseClientRedirect(to) if request.headers.get("HX-Request") else redirect(to)


def signed_in(level: int = 1) -> Callable[[View], View]:
    """Decorates a citizen's page: who is not known well enough proves it first, and comes back. The page is in nobody's
    cache. The view reads ``request.contact``."""
    assert level in (1, 2, 3), level

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return needs_level(request, level) or view(request, *args, **kwargs)

        return guarded

    return decorate
