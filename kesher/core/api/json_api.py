"""Read JSON requests and write JSON responses and errors for the features' APIs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from kesher.core.api.api_operations import BadRequest, Operation, api_view
from kesher.core.api.json_body import BODY_MAX, parse_json
from kesher.core.errors import Refused


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


def validate_form[F: BaseForm](form: F) -> F:
    """Return the form if it is valid. Raise BadRequest, with the 422 response that lists its errors."""
    if not form.is_valid():
        raise BadRequest(error_response(errors_of(form), 422))
    return form


def operation[Subject](
    find: Callable[[str], Subject | None],
    missing: Callable[[], JsonResponse],
    *described: Operation,
    refused: str = "code",
    status: int = 422,
) -> Callable[[Callable[[Any, Subject], JsonResponse]], Callable[..., HttpResponseBase]]:
    """Return a decorator for operations on the row of a code: ``missing()`` is the response where there is none.

    Refused is answered with ``status``, as an error of the field ``refused``.
    """

    def decorate(run: Callable[[Any, Subject], JsonResponse]) -> Callable[..., HttpResponseBase]:
        """Return the view that finds the row by its code and calls ``run`` with it."""

        @api_view(*described)
        @wraps(run)
        def answer(request: HttpRequest, code: str) -> JsonResponse:
            """Return what ``run`` returns for the row of this code, and errors as JSON."""
            found = find(code)
            try:
                return missing() if found is None else run(request, found)
            except Refused as refusal:
                return error_response({refused: [refusal.message]}, status)

        return answer

    return decorate


def too_many_requests() -> JsonResponse:
    """Return the API's response 429, for a client over a limit of ten minutes (`core.http.throttle.allow`)."""
    return error_response({"__all__": [_("Too many requests. Please try again in ten minutes.")]}, 429)


def iso_timestamp(at: datetime | None) -> str | None:
    """Return a time in ISO 8601; None for None."""
    return at.isoformat() if at else None
