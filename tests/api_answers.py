"""Hold every answer of the API that a test gets against its description: the status, and the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from kesher.core.api.api_operations import Operation
from kesher.core.api.json_schema import type_schema
from kesher.verbs.openapi import all_answers


@pytest.fixture(scope="session", autouse=True)
def _answers_as_described() -> Iterator[None]:
    plain = Client.request

    def request(self: Client, **options: Any) -> Any:
        response = plain(self, **options)
        try:
            match = resolve(response.request["PATH_INFO"])
        except Resolver404:
            return response
        for one in getattr(match.func, "operations", ()):
            if one.method == response.request["REQUEST_METHOD"]:
                hold(one, match.route, response)
        return response

    Client.request = request  # type: ignore[method-assign]
    yield
    Client.request = plain  # type: ignore[method-assign]


def hold(operation: Operation, route: str, response: Any) -> None:
    """Fail if an operation's status or its JSON is not as described."""
    answers = all_answers(route, operation)
    assert response.status_code in answers, f"{operation.method} {route}: {response.status_code} is not described"
    kind = answers[response.status_code]
    if kind is None:
        return
    if isinstance(kind, str):
        assert response.headers["Content-Type"] == kind
        return
    try:
        validator(operation, route, response.status_code).validate(response.json())
    except jsonschema_rs.ValidationError as error:
        raise AssertionError(f"{operation.method} {route}: {error}") from error


@cache
def validator(operation: Operation, route: str, status: int) -> Any:
    known: dict[str, Any] = {}
    schema = type_schema(all_answers(route, operation)[status], known)
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": known}})
