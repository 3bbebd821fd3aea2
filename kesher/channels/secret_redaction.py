"""Remove secrets (tokens, passwords, private links) from texts before they are stored, logged or shown."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection
from urllib.parse import quote, quote_plus, urlsplit

LEFT_OUT = "••••••"
LINK = re.compile(r"""https?://[^\s<>"']{1,2000}""")
# Our URLs that act for anybody who has them, as a quoted mail contains them.
PRIVATE = re.compile(
    r"""/(?:me/(?:enter|national)|first-setup|go|confirm|requests|stop|purchases/(?:mine|organise)|petitions/\w{1,9}/author"""
    r"""|records/acting(?:/ward)?|contests/jury|report/done|desk/(?:join|reset|address|password/new))/[\w.~:%=-]{8}"""
    r"""|[?&]code=\d{6}"""
)


def redact(text: str, secrets: Collection[str]) -> str:
    """Return the text with every occurrence of the secrets, also encoded ones, replaced by a placeholder.

    A secret is also found in an encoded form (a provider repeats our request in its error) and, if it is a link, by its
    path or last part alone.
    """
    forms = {form for secret in secrets if secret for form in spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, LEFT_OUT)
    return text


def spellings(secret: str) -> set[str]:
    """Return the forms in which a secret may occur in a text: plain, URL-encoded, HTML, JSON, part of a link."""
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
    """Return the links of this installation in a text that let anybody who has them act as the recipient."""
    return tuple(link for link in LINK.findall(text) if PRIVATE.search(link))


def redact_private_links(text: str) -> str:
    """Return the text with our private links replaced, because people quote our messages."""
    return LINK.sub(lambda found: LEFT_OUT if PRIVATE.search(found[0]) else found[0], text)


def is_link(secret: str) -> bool:
    """Return whether a secret is a web address."""
    return secret.startswith(("https://", "http://"))
