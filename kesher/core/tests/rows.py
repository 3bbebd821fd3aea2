"""A row of any table, filled with whatever it must have: for rules that hold for every table alike."""

from __future__ import annotations

import itertools
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from kesher.core.db.agency_scope import Scoped, scope, scoped_keys
from kesher.core.db.ids import uuid7

_numbers = itertools.count(1)
_BY_KIND: tuple[tuple[type[Any], Any], ...] = (
    (models.BooleanField, lambda: False),
    (models.DateTimeField, timezone.now),
    (models.DateField, lambda: timezone.now().date()),
    (models.UUIDField, uuid7),
    (models.BinaryField, lambda: uuid7().bytes),
    (models.JSONField, dict),
    (models.FloatField, lambda: 1.0),
    (models.PositiveSmallIntegerField, lambda: 1),
    (models.IntegerField, lambda: next(_numbers)),
)

# What a table's checks ask for besides: fields that may be empty elsewhere, and values that go together.
_ALSO: dict[str, tuple[str, ...]] = {"records.Look": ("viewer",), "records.Mandate": ("invited",)}
_TOGETHER: dict[str, dict[str, Any]] = {
    "purchases.Pledge": {"standing": "in", "quantity": 1},
    "records.WardRequest": {"kind": "ward", "level": 2},
}


def scoped_models() -> list[type[Scoped]]:
    """Every table whose rows belong to one agency; a proxy is its table."""
    found = [model for model in apps.get_models() if issubclass(model, Scoped)]
    return sorted((model for model in found if not model._meta.proxy), key=lambda model: model._meta.label)


def scoped_pairs() -> list[tuple[type[Scoped], str, type[Scoped]]]:
    """Every key between two such tables: (table, field, the other table)."""
    return [(model, name, target) for model in scoped_models() for name, target in scoped_keys(model)]


def row(model: type[Scoped], agency: models.Model, **given: Any) -> Scoped:
    """An unsaved row of this agency; the rows that it must point to are saved."""
    label = model._meta.label
    values: dict[str, Any] = {"agency_id": agency.pk, **_TOGETHER.get(label, {})}
    for field in model._meta.concrete_fields:
        is_own_number = field.primary_key and not isinstance(field, models.ForeignKey)
        may_lack = field.has_default() or (field.null and field.name not in _ALSO.get(label, ()))
        if field.name in given or field.attname in values or is_own_number or may_lack:
            continue
        values[field.name] = value(field, agency)
    return model(**{**values, **given})


def saved(model: type[Scoped], agency: models.Model, **given: Any) -> Any:
    """The same, stored."""
    made = row(model, agency, **given)
    with scope(agency):
        made.save()
    return made


def value(field: models.Field[Any, Any], agency: models.Model) -> Any:
    """Something that the field takes, a new one each time."""
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        assert isinstance(target, type)
        if issubclass(target, Scoped):
            return saved(target, agency)
        return agency if isinstance(agency, target) else target._default_manager.create(username=f"u{next(_numbers)}")
    if field.choices:
        return next(iter(field.flatchoices))[0]
    for kind, make in _BY_KIND:
        if isinstance(field, kind):
            return make()
    return f"{next(_numbers)}"[-(getattr(field, "max_length", None) or 40) :]
