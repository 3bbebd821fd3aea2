"""What JSON Schema says of a form's fields and of an answer's type."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

import pytest
from django import forms
from django.http import JsonResponse
from django.test import RequestFactory

from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_schema import ListField, Schema, field_schema, form_schema, has_type, optional, type_schema


class Inner(TypedDict):
    """A part."""

    at: str | None


class Outer(TypedDict):
    """A whole."""

    kind: Literal["one", "two"]
    parts: list[Inner]
    counts: dict[str, int]
    note: NotRequired[str | Inner]


class PlainForm(forms.Form):
    name = forms.CharField(label="Name", max_length=8)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], required=False)
    units = forms.IntegerField(min_value=1, max_value=9, required=False)


def test_a_type_names_its_parts() -> None:
    known: dict[str, Schema] = {}
    assert type_schema(Outer, known) == {"$ref": "#/components/schemas/Outer"}
    assert known["Outer"]["required"] == ["kind", "parts", "counts"]
    assert known["Outer"]["properties"]["kind"] == {"enum": ["one", "two"]}
    assert known["Outer"]["properties"]["parts"] == {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}
    assert known["Inner"]["properties"]["at"] == {"type": ["string", "null"]}


def test_a_form_names_its_limits() -> None:
    found = form_schema(PlainForm.base_fields)
    assert found["required"] == ["name"]
    assert found["properties"]["name"] == {"type": ["string"], "maxLength": 8, "minLength": 1, "description": "Name"}
    assert found["properties"]["kind"]["enum"] == ["a", "b", "", None]
    assert found["properties"]["units"] == {"type": ["integer", "string", "null"], "minimum": 1, "maximum": 9}


def test_what_a_form_may_drop_is_not_required() -> None:
    assert "required" not in form_schema(PlainForm.base_fields, dropped=("name",))
    assert "required" not in form_schema(optional(PlainForm.base_fields))


@pytest.mark.parametrize(("value", "fits"), [("a", True), ([1, "b"], True), ([[1]], False), ({}, False), (True, False)])
def test_a_list_may_be_one_value(value: Any, fits: bool) -> None:
    assert has_type(value, field_schema(ListField())) is fits


@pytest.mark.parametrize(
    ("body", "status"),
    [('{"name": "Noa"}', 200), ('{"name": {"first": "Noa"}}', 422), ('{"name": true}', 422), ('{"other": 1}', 200)],
)
def test_a_value_of_another_type_is_refused(rf: RequestFactory, body: str, status: int) -> None:
    operation = Operation(title="Say", method="POST", answers={200: Inner}, form=PlainForm)
    view = api_view(operation)(lambda _request: JsonResponse({}))
    assert view(rf.post("/", body, content_type="application/json")).status_code == status


@pytest.mark.parametrize("body", ["[]", "{", '"a"', "{}" + " " * 10_000])
def test_what_is_no_object_is_refused_where_nothing_is_required(rf: RequestFactory, body: str) -> None:
    operation = Operation(title="Say", method="POST", answers={200: Inner}, fields=optional(PlainForm.base_fields))
    view = api_view(operation)(lambda _request: JsonResponse({}))
    assert view(rf.post("/", body, content_type="application/json")).status_code == 422
