"""Check the "next" URL after a sign-in: only pages of this site are allowed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

NEXT_MAX = 400


def safe_path(wanted: str) -> str:
    """Return the path if it leads to this site and not to another one; else "".

    An absolute URL is refused even if it is ours: no page of ours sends one, so an attacker may have.
    """
    fine = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) and len(wanted) <= NEXT_MAX
    return wanted if fine and wanted.isprintable() else ""


def next_of(request: HttpRequest) -> str:
    """Return the path to go to after signing in, from the request's parameter `next`; "" if unsafe or missing."""
    return safe_path(request.POST.get("next") or request.GET.get("next") or "")


def with_next(name: str, after: str, **more: str) -> str:
    """Return the URL of the named page with a parameter by which it leads on to ``after``."""
    query = {**more, **({"next": after} if after else {})}
    return reverse(name) + (f"?{urlencode(query)}" if query else "")
