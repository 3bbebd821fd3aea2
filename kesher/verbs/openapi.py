"""Write the OpenAPI document of the API from the descriptions of its operations, for one agency.

Topics and areas to choose from are the agency's. The document is in English, whoever asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from django.core.cache import cache
from django.utils import translation

from kesher.agencies.base_url import base_url
from kesher.agencies.models import Agency, in_language
from kesher.core.api.api_operations import DescribedUrl, Errors, Operation, list_operations
from kesher.core.api.json_schema import Schema, field_schema, form_schema, type_schema

OPENAPI = "3.1.0"
LANGUAGE, JSON = "en", "application/json"
CACHED_SECONDS = 600
FILE: Schema = {"type": "string", "format": "binary"}
METHODS = {"get", "post", "delete"}
PARAMETER = re.compile(r"<(\w+):(\w+)>")
# What Django's converters match.
CONVERTERS: Mapping[str, Schema] = {
    "int": {"type": "integer", "minimum": 0},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "str": {"type": "string", "pattern": "^[^/]+$"},
}
MEANINGS = {
    200: "Done, or what was asked for.",
    201: "Done.",
    202: "Accepted; it waits for a code, or for somebody to read it.",
    304: "Unchanged since the date that was given.",
    400: "The request cannot be read.",
    403: "A browser sent it from a page of another site.",
    404: "There is nothing under this code, number or key.",
    409: "Not possible now; the error says why.",
    413: "The body is too long.",
    415: "The body is of a type that is not taken.",
    422: "The error says for each field what is wrong.",
    429: "Too many requests, or too many codes; try again later.",
    503: "Not ready; try again later.",
}


def find_document(agency: Agency, *, reader: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document of an agency, which is in scope; made once in ten minutes.

    ``reader``: in the language of the current reader instead of English.
    """
    lang = (translation.get_language() or LANGUAGE) if reader else LANGUAGE
    key = f"verbs:openapi:{agency.pk}:{version('kesher')}:{lang}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        with translation.override(lang):
            found = build_document(agency)
        cache.set(key, found, CACHED_SECONDS)
    return found


def build_document(agency: Agency) -> dict[str, Any]:
    """Return the OpenAPI document of an agency, which is in scope, in the active language."""
    known: dict[str, Schema] = {}
    paths = {
        path_of(url.route): {
            "parameters": [path_parameter(*found) for found in PARAMETER.findall(url.route)],
            **{one.method.lower(): describe(url, one, known) for one in url.operations},
        }
        for url in list_operations()
    }
    return {
        "openapi": OPENAPI,
        "info": {
            "title": f"{in_language(agency.names)}: API",
            "version": version("kesher"),
            "description": "Bodies and answers are JSON. Texts come in the language of the header Accept-Language.",
        },
        "servers": [{"url": base_url()}],
        "paths": paths,
        "components": {"schemas": dict(sorted(known.items()))},
    }


def path_of(route: str) -> str:
    """Return a route of the URLconf as a path of the document: "/api/v1/petitions/{code}/"."""
    return "/" + PARAMETER.sub(r"{\2}", route)


def path_parameter(converter: str, name: str) -> dict[str, Any]:
    """Return the parameter of a path that this converter matches."""
    return {"name": name, "in": "path", "required": True, "schema": CONVERTERS[converter]}


def describe(url: DescribedUrl, one: Operation, known: dict[str, Schema]) -> dict[str, Any]:
    """Return an operation's description; the schemas of its answers are added to ``known``."""
    words = re.findall(r"\w+", path_of(url.route).removeprefix("/api/v1"))
    found: dict[str, Any] = {
        "operationId": "_".join([one.method.lower(), *words]),
        "tags": [words[0]],
        "summary": str(one.title),
        "description": one.who.title,
        "parameters": [query_parameter(name, field) for name, field in one.query.items()],
        "responses": {
            str(status): response(status, kind, known) for status, kind in all_answers(url.route, one).items()
        },
    }
    if one.has_body:
        schema = form_schema(one.body_fields(), one.optional)
        if one.media != JSON:
            schema["properties"] = {name: dict(FILE) for name in schema["properties"]}
        body = {"schema": schema, **({"example": dict(one.example)} if one.example else {})}
        found["requestBody"] = {"required": "required" in schema, "content": {one.media: body}}
    return found


def query_parameter(name: str, field: Any) -> dict[str, Any]:
    """Return a parameter of the query, which may be left out."""
    schema = field_schema(field)
    return {"name": name, "in": "query", "description": schema["description"], "schema": {"type": "string"}}


def all_answers(route: str, one: Operation) -> dict[int, Any]:
    """Return {status: type of the JSON} of an operation, with the errors that its URL and its body imply."""
    implied = [
        400,
        *([403] if one.method != "GET" else []),
        *one.errors,
        *([404] if "<" in route else []),
        *([422] if one.has_body and one.checked else []),
    ]
    found = {**dict.fromkeys(implied, Errors), **one.answers}
    # A request that reaches no view is answered by the site.
    return {status: kind | Errors if status in (400, 404) else kind for status, kind in sorted(found.items())}


def response(status: int, kind: Any, known: dict[str, Schema]) -> dict[str, Any]:
    """Return the description of an answer: JSON of this type, or another file."""
    if kind is None:
        return {"description": MEANINGS[status]}
    media = {kind: {}} if isinstance(kind, str) else {JSON: {"schema": type_schema(kind, known)}}
    return {"description": MEANINGS[status], "content": media}
