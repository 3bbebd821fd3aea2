"""Which paths a visitor may be sent on to: those of this site only."""

from __future__ import annotations

from typing import Final

from django.utils.http import url_has_allowed_host_and_scheme

LENGTH_MOST: Final = 400


def safe_path(wanted: str) -> str:
    """Return the path if it leads to this site and not to another one; else "".

    An absolute URL is refused even if it is ours: no page of ours sends one, so an attacker may have.
    """
    fine = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) and len(wanted) <= LENGTH_MOST
    return wanted if fine and wanted.isprintable() else ""
