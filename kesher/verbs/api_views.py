"""The document of the API for machines, the page about it for people, and the operation that stores files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, too_many_requests
from kesher.core.api.json_schema import DESCRIBED, Schema
from kesher.core.http.client_ip import allow_from
from kesher.verbs.api_operations import DOCUMENT, UPLOAD, FileForm
from kesher.verbs.openapi import CACHED_SECONDS, JSON, METHODS, find_document

TEN_MINUTES, FILES = 600, 60


@api_view(DOCUMENT)
@cache_control(public=True, max_age=CACHED_SECONDS)
def document(request: AgencyRequest) -> JsonResponse:
    """Return the OpenAPI document of the agency's API."""
    return JsonResponse(find_document(request.agency), json_dumps_params={"ensure_ascii": False})


@require_safe
def page(request: AgencyRequest) -> HttpResponse:
    """Show the operations of the agency's API to people who write programs."""
    groups, chosen = list_groups(request.agency), request.GET.get("group", "")
    found = [group for group in groups if group[0] == chosen]
    return render(request, "verbs/api.html", {"groups": found or groups, "chosen": chosen if found else ""})


@api_view(UPLOAD)
def upload(request: HttpRequest) -> JsonResponse:
    """Store the posted ``file`` and return its key, which only whoever uploaded it knows."""
    if not allow_from(request, "api-upload", FILES, TEN_MINUTES):
        return too_many_requests()
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    file = form.cleaned_data["file"]
    return JsonResponse({"data": {"key": file.key, "name": file.name, "mime": file.mime}}, status=201)


DEPTH = 8
SAMPLES = {"string": "…", "integer": 1, "number": 1.5, "boolean": True, "null": None, "object": {}}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a request: its name, what it holds, whether it must be there."""

    name: str
    about: str
    required: bool


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """An operation as the page shows it."""

    name: str
    method: str
    path: str
    title: str
    who: str
    fields: list[ShownField]
    curl: str
    status: str
    answer: str


def list_groups(agency: Agency) -> list[tuple[str, list[ShownOperation]]]:
    """Return (group, its operations) of an agency's API, in the active language."""
    found = find_document(agency, reader=True)
    return [(name, [*several]) for name, several in groupby(shown(found), lambda one: one.path.split("/")[3])]


def shown(document: dict[str, Any]) -> Iterator[ShownOperation]:
    """Yield every operation of a document as the page shows it."""
    known, base = document["components"]["schemas"], document["servers"][0]["url"]
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            one = item[method]
            status, answer = first_answer(one, known)
            yield ShownOperation(
                name=one["operationId"],
                method=method.upper(),
                path=path,
                title=one["summary"],
                who=one["description"],
                fields=fields_of(one),
                curl=curl(method.upper(), base + path, one),
                status=status,
                answer=answer,
            )


def fields_of(one: dict[str, Any]) -> list[ShownField]:
    """Return the fields of an operation's query and body."""
    found = [ShownField(field["name"], field["description"], False) for field in one["parameters"]]
    for body in one.get("requestBody", {}).get("content", {}).values():
        needed = body["schema"].get("required", [])
        parts = body["schema"]["properties"].items()
        found += [ShownField(name, part.get("description", ""), name in needed) for name, part in parts]
    return found


def curl(method: str, url: str, one: dict[str, Any]) -> str:
    """Return a command line that calls an operation with its example."""
    lines = [f"curl -X {method} '{url}'" if method != "GET" else f"curl '{url}'"]
    for media, body in one.get("requestBody", {}).get("content", {}).items():
        example = body.get("example", {})
        if media == JSON:
            lines += [f"-H 'Content-Type: {media}'", f"-d '{json.dumps(example, ensure_ascii=False)}'"]
        else:
            lines += [f"-F {name}=@{file}" for name, file in example.items()]
    return " \\\n  ".join(lines)


def first_answer(one: dict[str, Any], known: dict[str, Schema]) -> tuple[str, str]:
    """Return (status, example) of an operation's answer where nothing is wrong; "" for a file."""
    status, found = next(iter(one["responses"].items()))
    schema = found.get("content", {}).get(JSON, {}).get("schema")
    return status, json.dumps(sample(schema, known), ensure_ascii=False, indent=1) if schema else ""


def sample(schema: Schema, known: dict[str, Schema], depth: int = DEPTH) -> Any:
    """Return a value that a schema describes, without what may be left out; null below ``depth`` levels."""
    if "$ref" in schema:
        schema = known[schema["$ref"].removeprefix(DESCRIBED)]
    if depth == 0:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], known, depth - 1)
    if "items" in schema:
        return [sample(schema["items"], known, depth - 1)]
    if "properties" in schema:
        needed = schema.get("required", [])
        return {name: sample(part, known, depth - 1) for name, part in schema["properties"].items() if name in needed}
    kind = schema.get("type", "object")
    return SAMPLES[kind if isinstance(kind, str) else kind[0]]
