"""Texts with their secrets left out: what may be stored, logged and shown of words that one person alone may read."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection
from urllib.parse import quote, quote_plus, urlsplit

LEFT_OUT = "••••••"
LINK = re.compile(r"""https?://[^\s<>"']{1,2000}""")
# Addresses of ours that do something for whoever has them, as they stand in a mail that somebody answers.
PRIVATE = re.compile(
    r"""/(?:me/(?:enter|national)|go|stop|purchases/(?:mine|organise)|petitions/\w{1,9}/author|records/acting(?:/ward)?"""
    r"""|contests/jury|report/done)/[\w.~:%=-]{8}|[?&]code=\d{6}"""
)


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


def find_private_links(text: str) -> tuple[str, ...]:
    """Return the links of ours in ``text`` that do something for whoever has them."""
    return tuple(link for link in LINK.findall(text) if PRIVATE.search(link))


def redact_private_links(text: str) -> str:
    """Return ``text`` with every private link of ours left out, whoever's it is: a person quotes what we sent."""
    return LINK.sub(lambda found: LEFT_OUT if PRIVATE.search(found[0]) else found[0], text)


def is_link(secret: str) -> bool:
    return secret.startswith(("https://", "http://"))
