"""Where to go after a proof: a page of this site, and nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

NEXT_MAX = 400


def safe_path(wanted: str) -> str:
    """The path where it is one of this site; else "". A whole address is refused even if it is ours: no page of ours
    asks to come back with one, so whoever does is up to something."""
    fine = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) and len(wanted) <= NEXT_MAX
    return wanted if fine and wanted.isprintable() else ""


def next_of(request: HttpRequest) -> str:
    """Where this person wanted to go, or ""."""
    return safe_path(request.POST.get("next") or request.GET.get("next") or "")


def with_next(name: str, after: str, **more: str) -> str:
    """The address of a page of ours that leads on to ``after``."""
    query = {**more, **({"next": after} if after else {})}
    return reverse(name) + (f"?{urlencode(query)}" if query else "")
