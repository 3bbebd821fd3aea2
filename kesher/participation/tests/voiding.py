"""Void many participations on a watch page, as a manager does: count them, then void what was counted."""

from __future__ import annotations

from typing import Any

from django.test import Client


def void_counted(client: Client, watch: str, **given: Any) -> int:
    """Count what fits the conditions, then void it; return the status of the second answer."""
    seen = client.post(watch, {**given, "step": "count"})
    form = seen.context["form"] if seen.status_code == 200 else None
    counted = form.fingerprint() if form is not None else ""
    return client.post(watch, {**given, "step": "void", "counted": counted}).status_code
