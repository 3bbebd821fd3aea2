"""Allow redirects after a proof to pages of this site only."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

NEXT_MAX = 400


def safe_path(wanted: str) -> str:
    """Return the path if it is one of this site; else "".

    An absolute URL is refused even if it is ours: no page of ours sends one, so an attacker may have.
    """
    fine = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) and len(wanted) <= NEXT_MAX
    return wanted if fine and wanted.isprintable() else ""


def next_of(request: HttpRequest) -> str:
    """Return the path that the person wanted, or ""."""
    return safe_path(request.POST.get("next") or request.GET.get("next") or "")


def with_next(name: str, after: str, **more: str) -> str:
    """Return the URL of a page of ours that leads on to ``after``."""
    query = {**more, **({"next": after} if after else {})}
    return reverse(name) + (f"?{urlencode(query)}" if query else "")
