"""What the JSON doors of the features share: a request's object, and answers that say what is wrong by field."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

BODY_MAX = 10_000


def parse_json(raw: bytes, **options: Any) -> Any:
    """Return what a request says in JSON; ``options`` are those of `json.loads`. Raise ValueError also for what Python
    reads and nothing behind it takes: nesting without end, half a character, NUL, numbers of thousands of digits."""
    if b"\\u0000" in raw:
        raise ValueError("NUL")
    try:
        found = json.loads(raw, **options)
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False, default=str).encode()  # a lone surrogate is a ValueError, too
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def read_json_object(request: HttpRequest, lists: Collection[str] = ()) -> dict[str, Any]:
    """The JSON object of a request (at most ten kilobytes) as a form takes it from a page: every value as text
    (``true`` and ``false`` are "true" and "false"), nulls left out; {} for anything else, so that the form says what is
    missing. A nested value is nobody's answer; lists may come under the names of ``lists``, their values as text."""
    if len(request.body) > BODY_MAX:
        return {}
    try:
        found = parse_json(request.body)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    said = {name: as_text(value) for name, value in found.items() if isinstance(value, str | bool | int)}
    return said | {
        name: [as_text(one) for one in found[name] if isinstance(one, str | int)]
        for name in lists
        if isinstance(found.get(name), list)
    }


def as_text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def errors_of(form: BaseForm) -> dict[str, list[str]]:
    return {name: [str(error) for error in found] for name, found in form.errors.items()}


def error_response(errors: Mapping[str, list[str]], status: int) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=status)


def too_many_requests() -> JsonResponse:
    """For an address of the network that asks too often (`core.throttle.allow`, over ten minutes)."""
    return error_response({"__all__": [_("Too many requests. Please try again in ten minutes.")]}, 429)


def iso_timestamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
