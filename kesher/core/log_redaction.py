"""Logging filter that masks telephone numbers, e-mail addresses and tokens before a line is written."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from kesher.language import mask

# Names of secret parts in URL patterns, and names of secrets in query strings.
SECRET_PARTS = frozenset({"key", "signed", "receipt", "token"})
SECRET_QUERY = re.compile(
    r"([?&](?:code|r|w|key|token|ticket|state|password|secret|signature|sig|receipt|signed|(?:hub\.)?verify_token|"
    r"id_token|access_token)=)[^&\s'\"<>]+",
    re.IGNORECASE,
)
NATIVE_ROUTES = (
    "in/<channel>/<str:key>/<str:key>",
    "in/<channel>/<str:key>",
)  # not among Django's routes
HIDDEN = "***"
PART = re.compile(r"<(?:\w+:)?(\w+)>")
VALUE = r"[^/\s?&#'\"<>]+"


class MaskFilter(logging.Filter):
    """A logging filter that masks the finished line and its traceback.

    The last line of a traceback often quotes a value. What Django calls a suspicious request is a client's error, not
    ours: it becomes a single warning.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask secrets and personal data in a log record in place, and return True."""
        refused = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if refused or record.name.startswith("django.security"):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True


def masked(text: str) -> str:
    """Return a log message with secrets and personal data masked."""
    if "/" in text:
        for found in known_paths() if apps.ready else ():
            text = found.sub(hide_parts, text)
        text = SECRET_QUERY.sub(rf"\1{HIDDEN}", text)
    return mask(text)


def hide_parts(found: re.Match[str]) -> str:
    """Return the path that a pattern matched, with its secret last part hidden."""
    return found[1] + HIDDEN


def known_paths() -> tuple[re.Pattern[str], ...]:
    """Return the cached patterns of `secret_paths`; () if the URL configuration cannot be read.

    The log must be able to report that failure.
    """
    try:
        return secret_paths()
    except Exception:
        return ()


@cache
def secret_paths() -> tuple[re.Pattern[str], ...]:
    """Return patterns that find the secret parts of this installation's URL paths."""
    known = patterns_of([*NATIVE_ROUTES, *routes(get_resolver())])
    return tuple(map(re.compile, dict.fromkeys(known)))


def patterns_of(all_routes: list[str]) -> Iterator[str]:
    """Yield a regular expression for each secret part of each route: (what is before it)(the part)."""
    for route in all_routes:
        pieces = PART.split(route)  # literal, name, literal, name, …
        before = "/"
        for literal, name in zip(pieces[::2], pieces[1::2], strict=False):
            before += re.escape(literal)
            if name in SECRET_PARTS:
                yield f"({before}){VALUE}"
            before += VALUE


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Yield every route of a URL configuration in full."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)
