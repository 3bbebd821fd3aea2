"""Read JSON requests and write JSON responses and errors for the features' APIs."""

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
    """Return the value of a JSON text; `options` are those of `json.loads`.

    Raise ValueError also for what Python accepts and the database does not: deep nesting, lone surrogates, NUL, numbers
    of thousands of digits.
    """
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
    """Return a request's JSON object as form data: every value as text, without nulls.

    True and false become "true" and "false". Nested values are dropped, except for lists under the names in `lists`.
    Return {} for anything else and for more than ten kilobytes, so that the form says what is missing.
    """
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
    """Return a JSON number, boolean or string as the text that a form field expects."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def errors_of(form: BaseForm) -> dict[str, list[str]]:
    """Return a form's error messages as {field name: [message, …]}."""
    return {name: [str(error) for error in found] for name, found in form.errors.items()}


def error_response(errors: Mapping[str, list[str]], status: int) -> JsonResponse:
    """Return a JSON response with error messages by field name, and this HTTP status."""
    return JsonResponse({"errors": errors}, status=status)


def too_many_requests() -> JsonResponse:
    """Return the API's response 429, for a client over a limit of ten minutes (`core.throttle.allow`)."""
    return error_response({"__all__": [_("Too many requests. Please try again in ten minutes.")]}, 429)


def iso_timestamp(at: datetime | None) -> str | None:
    """Return a time in ISO 8601; None for None."""
    return at.isoformat() if at else None
