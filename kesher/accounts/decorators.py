"""Decorators of views that require a signed-in citizen or a proved address, and where a sign-in may lead back to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from kesher.accounts.session_cookie import level_of, sign_in_of
from kesher.core.http.safe_paths import safe_path

type View = Callable[..., HttpResponse]


def needs_level(request: HttpRequest, level: int) -> HttpResponse | None:
    """Return None if the visitor's proof level is at least `level` (1 to 3), else a redirect to prove more."""
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
    # The whole page is replaced, not the part that htmx asked for.
    return HttpResponseClientRedirect(to) if request.headers.get("HX-Request") else redirect(to)


def signed_in(level: int = 1) -> Callable[[View], View]:
    """Return a view decorator that lets in only citizens with proof `level` (1 to 3) or more; others prove it first.

    The page is not cached. The view reads ``request.contact``.
    """
    assert level in (1, 2, 3), level

    def decorate(view: View) -> View:
        """Return the view with the check before it."""

        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Call the view, or redirect a visitor without the level of proof to the page that raises it."""
            return needs_level(request, level) or view(request, *args, **kwargs)

        return guarded

    return decorate


def next_of(request: HttpRequest) -> str:
    """Return the path to go to after signing in, from the request's parameter `next`; "" if unsafe or missing."""
    return safe_path(request.POST.get("next") or request.GET.get("next") or "")


def with_next(name: str, after: str, **more: str) -> str:
    """Return the URL of the named page with a parameter by which it leads on to ``after``."""
    query = {**more, **({"next": after} if after else {})}
    return reverse(name) + (f"?{urlencode(query)}" if query else "")
