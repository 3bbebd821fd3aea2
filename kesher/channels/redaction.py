"""Texts with their secrets left out: what may be stored, logged and shown of words that one person alone may read."""

from __future__ import annotations

import html
import json
from collections.abc import Collection
from urllib.parse import quote, quote_plus, urlsplit

LEFT_OUT = "••••••"


def redact(text: str, secrets: Collection[str]) -> str:
    """Return ``text`` with each of ``secrets`` left out, also where it stands encoded (a provider that repeats our
    request in its error) or without its address (a link's last part is what opens it)."""
    forms = {form for secret in secrets if secret for form in spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, LEFT_OUT)
    return text


def spellings(secret: str) -> set[str]:
    """Return how a secret may stand in a text: as it is, in a form, in HTML, in JSON; and a link's path and key."""
    parts = {secret}
    if is_link(secret):
        split = urlsplit(secret)
        path = f"{split.path}?{split.query}" if split.query else split.path
        key = split.path.rstrip("/").rpartition("/")[2]
        parts |= {part for part in (path, key) if len(part) > 15}
    return {
        form
        for part in parts
        for form in (part, quote(part, safe=""), quote_plus(part, safe=":"), html.escape(part), json.dumps(part)[1:-1],
                     part.replace("/", "\\/"))
    }  # fmt: skip


def is_link(secret: str) -> bool:
    return secret.startswith(("https://", "http://"))
