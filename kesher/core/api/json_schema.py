"""Write JSON Schema: of the fields of a form, and of the types of answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from django import forms

from kesher.core.ui.form_fields import flatten_choices

type Schema = dict[str, Any]

PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
}
NAMES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    dict: "object",
    list: "array",
}
DESCRIBED = "#/components/schemas/"


class ObjectField(forms.Field):
    """A JSON object."""

    json_schema: Schema = {"type": ["object"]}


class ListField(forms.Field):
    """A list of texts or numbers; one of them may stand without the list."""

    json_schema: Schema = {"type": ["array", "string", "integer"], "items": {"type": ["string", "integer"]}}


def optional(fields: Mapping[str, forms.Field]) -> dict[str, forms.Field]:
    """Return copies of form fields that are not required."""
    found = {name: copy(field) for name, field in fields.items()}
    for field in found.values():
        field.required = False
    return found


def type_schema(kind: Any, known: dict[str, Schema]) -> Schema:
    """Return the schema of a type of an answer; the schemas of its dictionaries are added to ``known``, by name."""
    origin, inside = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return dict(PLAIN[kind])
    if is_typeddict(kind):
        if kind.__name__ not in known:
            known[kind.__name__] = {}  # a type may contain itself
            known[kind.__name__] = dict_schema(kind, known)
        return {"$ref": DESCRIBED + kind.__name__}
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, UnionType):
        return union_schema([type_schema(one, known) for one in inside])
    if origin is list:
        return {"type": "array", "items": type_schema(inside[0], known)}
    if origin is dict:
        return {"type": "object", "additionalProperties": type_schema(inside[1], known)}
    return {}


def union_schema(several: list[Schema]) -> Schema:
    """Return the schema of a value that fits one of several."""
    if all(set(one) == {"type"} for one in several):
        return {"type": [one["type"] for one in several]}
    return {"anyOf": several}


def dict_schema(kind: Any, known: dict[str, Schema]) -> Schema:
    """Return the schema of a TypedDict: all of its keys, and no others."""
    hints = get_type_hints(kind, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired or not kind.__total__}
    plain = {name: get_args(hint)[0] if get_origin(hint) is NotRequired else hint for name, hint in hints.items()}
    return {
        "type": "object",
        "description": (kind.__doc__ or "").replace("``", "`").strip(),
        "properties": {name: type_schema(hint, known) for name, hint in plain.items()},
        "required": [name for name in hints if name not in optional],
        "additionalProperties": False,
    }


def field_schema(field: forms.Field, *, limited: bool = True) -> Schema:
    """Return the schema of what a form field takes, with its question as the description."""
    found = {**json_type(field), **(limits(field) if limited else {})}
    if not (field.required and limited):
        found = allow_nothing(found)
    label, help_text = str(field.label or ""), str(field.help_text or "")
    between = "" if not (label and help_text) else " " if label[-1] in ".?!:" else ". "
    about = label + between + help_text
    return found | ({"description": about} if about else {})


def json_type(field: forms.Field) -> Schema:
    """Return the type of what a form field takes, without the limits that a choice or its length sets."""
    own: Schema | None = getattr(field, "json_schema", None)
    if own is not None:
        return dict(own)
    if isinstance(field, forms.BooleanField | forms.NullBooleanField):
        return {"type": ["boolean"]}
    if isinstance(field, forms.MultipleChoiceField):
        return {"type": ["array"], "items": {"type": ["string"]}}
    if isinstance(field, forms.IntegerField | forms.ChoiceField):
        return {"type": ["integer", "string"]}
    return {"type": ["string"]}


def limits(field: forms.Field) -> Schema:
    """Return what limits a form field: the choices, the least and the most, the length; {} for several choices."""
    if isinstance(field, forms.MultipleChoiceField):
        return {}
    if isinstance(field, forms.ChoiceField):
        values = [value for value, _title in flatten_choices(field.choices)]
        return {"enum": [*dict.fromkeys(map(str, values))]} if values else {}
    names = {
        "min_value": "minimum",
        "max_value": "maximum",
        "max_length": "maxLength",
        **({"min_length": "minLength"} if field.required else {}),
    }
    found = {ours: getattr(field, name, None) for name, ours in names.items()}
    if isinstance(field, forms.CharField) and field.required:
        found["minLength"] = found.get("minLength") or 1
    return {name: value for name, value in found.items() if value is not None}


def allow_nothing(schema: Schema) -> Schema:
    """Return a schema that also allows null, and an empty text among the choices."""
    found = {**schema, "type": [*schema["type"], "null"]}
    if "enum" in found:
        found["enum"] = [*dict.fromkeys([*found["enum"], "", None])]
    return found


def form_schema(fields: Mapping[str, forms.Field], dropped: Collection[str] = ()) -> Schema:
    """Return the schema of a JSON object with these fields.

    Those that may be ``dropped`` are not required, and have no limits: where they are dropped, nobody looks at them.
    """
    parts = {name: field_schema(one, limited=name not in dropped) for name, one in fields.items()}
    found: Schema = {"type": "object", "properties": parts}
    required = [name for name, one in fields.items() if one.required and name not in dropped]
    return found | ({"required": required} if required else {})


def has_type(value: Any, schema: Schema) -> bool:
    """Return whether a value from JSON is of one of the types that a field's schema names, and so are its parts."""
    types = schema["type"]
    if isinstance(value, list):
        return "array" in types and all(has_type(one, schema["items"]) for one in value)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return "object" in types and all(has_type(one, parts[name]) for name, one in value.items() if name in parts)
    return NAMES[type(value)] in types or ("number" in types and type(value) is int)
