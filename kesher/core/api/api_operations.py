"""Describe the operations of the JSON API: an operation exists only as described, and its request is checked by it.

`api_view` makes a view from the operations of one URL. `list_operations` finds them again in the URLconf, so that the
OpenAPI document and the page about the API show what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, wraps
from typing import Any, NotRequired, TypedDict

from django.forms import BaseForm, Field
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kesher.core.api.json_body import BODY_MAX, parse_json
from kesher.core.api.json_schema import Schema, has_type, json_type
from kesher.core.middleware import is_from_elsewhere

PREFIX = "api/v1/"
WRONG_TYPE = _("This value is of the wrong type.")


class Who(Enum):
    """Who may call an operation."""

    ANYBODY = "anybody"
    CODE = "code"
    KEY = "key"

    @property
    def title(self) -> str:
        """Return who that is, in words."""
        titles = {
            "anybody": _("Anybody. What is asked for an address is done when the code that goes there comes back."),
            "code": _("Whoever got the code."),
            "key": _("Whoever has the secret link."),
        }
        return str(titles[self.value])


class Errors(TypedDict):
    """What is wrong with a request: texts by field, ``__all__`` for the request as a whole.

    ``error``: the same in English, for a URL that is none and a request that cannot be read.
    """

    errors: dict[str, list[str]]
    error: NotRequired[str]


class OtherWay(TypedDict):
    """A free way to do the same by writing to the agency."""

    channel: str
    title: str
    address: str
    words: str
    url: str


class TooMany(Errors):
    """A limit is reached; where no code may be sent, ``why``, and the ways to do the same by writing to the agency."""

    why: NotRequired[str]
    ways: NotRequired[list[OtherWay]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """What one method of one URL does.

    ``answers``: {status: type of the JSON}, or a media type for another file. ``errors``: the statuses of `Errors`,
    besides 404 for a URL with a code, and 422 for a request with a body. ``form`` checks the body, ``fields`` are those
    that it has besides, ``optional`` the names of those that may be dropped. ``query``: the parameters of the URL's
    query. ``example``: a body. ``checked``: whether `api_view` refuses values of other types than those of the fields;
    else the view does. ``media``: the type of the body; in another one than JSON, the fields are files.
    """

    title: Any
    answers: Mapping[int, Any]
    method: str = "GET"
    form: type[BaseForm] | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    optional: Collection[str] = ()
    query: Mapping[str, Field] = field(default_factory=dict)
    errors: Collection[int] = ()
    who: Who = Who.ANYBODY
    example: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = True
    media: str = "application/json"

    @property
    def has_body(self) -> bool:
        """Return whether the operation reads a JSON object."""
        return bool(self.form or self.fields)

    def declared_fields(self) -> dict[str, Field]:
        """Return the fields of the body, without the form's changes for an agency."""
        return {**(self.form.base_fields if self.form else {}), **self.fields}  # type: ignore[attr-defined]

    def body_fields(self) -> dict[str, Field]:
        """Return the fields of the body as they are for the current agency, without traps for robots."""
        found = {**(self.form().fields if self.form else {}), **self.fields}
        return {name: one for name, one in found.items() if not getattr(one, "is_trap", False)}


@dataclass(frozen=True, slots=True)
class DescribedUrl:
    """A URL of the API: its route, the pattern, and the operations behind it."""

    route: str
    pattern: URLPattern
    operations: tuple[Operation, ...]


class BadRequest(Exception):
    """Raised by an operation with the ``response`` that says what is wrong."""

    def __init__(self, response: JsonResponse) -> None:
        """Answer the request with this response."""
        super().__init__(response.status_code)
        self.response = response


def api_view(*operations: Operation) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """Return a decorator for the view of a URL of the API, which answers these operations and no other methods."""
    by_method = {one.method: one for one in operations}
    allowed = [*by_method, *(["HEAD"] if "GET" in by_method else [])]

    def decorate(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        """Return the view, with its operations as an attribute."""

        @csrf_exempt
        @require_http_methods(allowed)
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            """Return what the view returns; 422 for a body that is no object, or has values of another type.

            The view may raise BadRequest.

            403 for a page of another site: in its visitors' browsers it could ask for codes from their networks.
            """
            if request.method not in ("GET", "HEAD") and is_from_elsewhere(request):
                return JsonResponse({"errors": {"__all__": ["another site's page may not ask for this"]}}, status=403)
            operation = by_method.get(request.method or "")
            if operation is not None and operation.has_body and operation.checked:
                wrong = find_wrong_types(request.body, operation)
                if wrong:
                    return JsonResponse({"errors": wrong}, status=422)
            try:
                response: HttpResponseBase = view(request, *args, **kwargs)
            except BadRequest as bad:
                return bad.response
            return response

        answer.operations = operations  # type: ignore[attr-defined]  # read by `list_operations`
        return answer

    return decorate


@cache
def field_types(operation: Operation) -> dict[str, Schema]:
    """Return the types of the fields of an operation's body, without its form's changes for an agency."""
    return {name: json_type(one) for name, one in operation.declared_fields().items()}


def find_wrong_types(raw: bytes, operation: Operation) -> dict[str, list[str]]:
    """Return the errors by field of values in a body whose type the operation does not take.

    A body that is no JSON object is an error only where no field is required: else the form says which one is missing.
    """
    try:
        found = parse_json(raw) if len(raw) <= BODY_MAX else None
    except ValueError:
        found = None
    if isinstance(found, dict):
        return {name: [str(WRONG_TYPE)] for name in wrong_types(found, operation)}
    if raw and not any(one.required for one in operation.declared_fields().values()):
        return {"__all__": [_now("Send a JSON object.")]}
    return {}


def wrong_types(body: Mapping[str, Any], operation: Operation) -> list[str]:
    """Return the names of a JSON object's values whose type the operation does not take; nulls are no values."""
    known = field_types(operation)
    values = [(name, value) for name, value in body.items() if value is not None and name in known]
    return [name for name, value in values if not has_type(value, known[name])]


def list_operations() -> Iterator[DescribedUrl]:
    """Yield every URL of the API with its operations, sorted; without any for a view that `api_view` did not make."""
    found = [one for one in list_patterns(get_resolver(), "") if one[0].startswith(PREFIX)]
    for route, pattern in sorted(found, key=lambda one: one[0]):
        yield DescribedUrl(route, pattern, getattr(pattern.callback, "operations", ()))


def list_patterns(inside: URLResolver | URLPattern, before: str) -> Iterator[tuple[str, URLPattern]]:
    """Yield (route, pattern) of every URL below this one."""
    route = before + str(inside.pattern).removeprefix("^/")
    if isinstance(inside, URLPattern):
        yield route, inside
        return
    for part in inside.url_patterns:
        yield from list_patterns(part, route)
