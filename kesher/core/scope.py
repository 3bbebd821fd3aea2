"""Whose data is this? Every row belongs to one agency, and a query outside a scope raises.

The scope is a context variable: the middleware opens it for a request, the worker for a row. A raising default
manager is only half of it, since foreign keys, ``refresh_from_db``, ``save`` and ``delete`` go round it: the base
manager is scoped too, and saving or deleting checks the row and its neighbours.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.db import models

log = logging.getLogger("kesher.scope")

EVERYWHERE = -1
_current: ContextVar[int | None] = ContextVar("kesher_agency", default=None)
_row: ContextVar[models.Model | None] = ContextVar("kesher_agency_row", default=None)


class ScopeMissing(RuntimeError):
    """A query ran outside ``scope(agency)``."""


class WrongAgency(RuntimeError):
    """A row of one agency was about to be written in another's scope, or tied to another's row."""


def current_agency_id() -> int:
    """The agency of this scope. Raises ScopeMissing outside one, and in `everywhere`, where there is no single one."""
    agency_id = _current.get()
    if agency_id is None or agency_id == EVERYWHERE:
        raise ScopeMissing("no agency in scope: open one with scope(agency)")
    return agency_id


def scoped_agency_id() -> int | None:
    """The agency of this scope, or None where there is none (or all)."""
    agency_id = _current.get()
    return None if agency_id == EVERYWHERE else agency_id


def scoped_row() -> models.Model | None:
    """The agency's own row, where the scope was opened with it: who has it need not ask for it again."""
    return _row.get()


@contextmanager
def scope(agency: models.Model | int) -> Iterator[None]:
    """Everything inside reads and writes this agency's rows only."""
    agency_id = agency if isinstance(agency, int) else agency.pk
    assert isinstance(agency_id, int)
    row = agency if not isinstance(agency, int) else _row.get() if agency_id == _current.get() else None
    tokens = _current.set(agency_id), _row.set(row)
    try:
        yield
    finally:
        _current.reset(tokens[0])
        _row.reset(tokens[1])


@contextmanager
def everywhere(reason: str) -> Iterator[None]:
    """Reads across agencies, for the worker and for maintenance. The reason is logged."""
    log.debug("scope opened over all agencies: %s", reason)
    tokens = _current.set(EVERYWHERE), _row.set(None)
    try:
        yield
    finally:
        _current.reset(tokens[0])
        _row.reset(tokens[1])


class ScopedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """A QuerySet whose bulk writes are checked like single ones."""

    def update(self, **values: Any) -> int:
        agency_id = _current.get()
        owner = values.get("agency", values.get("agency_id"))
        if owner is not None and getattr(owner, "pk", owner) != agency_id:
            raise WrongAgency(f"rows of {self.model._meta.label} stay with their agency")
        for name, target in scoped_keys(self.model):
            field = self.model._meta.get_field(name)
            assert isinstance(field, models.ForeignKey)
            value = values.get(name, values.get(field.attname))
            # An expression (F("…")) names a column of the same row, which was checked when it was written.
            if value is not None and not hasattr(value, "resolve_expression"):
                check_target(f"{self.model._meta.label}.{name}", target, value, agency_id)
        return super().update(**values)

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        rows = list(objs)
        for row in rows:
            assert isinstance(row, Scoped)
            row.check_scope()
        return super().bulk_create(rows, *args, **kwargs)


class ScopedManager[Row: models.Model](models.Manager[Row]):
    """Filters by the scope; raises ScopeMissing outside one."""

    _queryset_class = ScopedQuerySet

    def get_queryset(self) -> models.QuerySet[Row]:
        agency_id = _current.get()
        rows = super().get_queryset()
        if agency_id is None:
            raise ScopeMissing(f"{self.model._meta.label} was queried outside a scope")
        return rows if agency_id == EVERYWHERE else rows.filter(agency_id=agency_id)

    def _insert(self, *args: Any, **kwargs: Any) -> Any:
        """New rows are checked one by one (`Scoped.check_scope`): no filter is built for them."""
        return self._queryset_class(self.model, using=self._db)._insert(*args, **kwargs)  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        rows: models.QuerySet[Row] = self._queryset_class(self.model, using=self._db)
        return rows.bulk_create(objs, *args, **kwargs)

    def none(self) -> models.QuerySet[Row]:
        """No rows need no scope: that is what a form's field holds until its form is made."""
        return super().get_queryset().none()


class Scoped(models.Model):
    """A row that belongs to one agency. Subclasses have an ``agency`` key or an ``agency_id`` column."""

    agency_id: int

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def check_scope(self, fields: Collection[str] | None = None) -> None:
        """Fills the agency from the scope. Raises WrongAgency where the row, or a row that it points to, is another's.
        ``fields``: the columns that are written, where not all are."""
        agency_id = _current.get()
        if agency_id is None:
            raise ScopeMissing(f"{self._meta.label} was written outside a scope")
        if self.agency_id is None:
            self.agency_id = current_agency_id()
        if agency_id not in (EVERYWHERE, self.agency_id):
            raise WrongAgency(f"{self._meta.label} of agency {self.agency_id} in the scope of {agency_id}")
        for name, target in scoped_keys(type(self)):
            if fields is None or name in fields or f"{name}_id" in fields:
                self.check_neighbour(name, target)

    def check_neighbour(self, name: str, target: type[Scoped]) -> None:
        """One key: the row it points to has our agency. A row at hand is compared; a bare id is looked up."""
        field = self._meta.get_field(name)
        assert isinstance(field, models.ForeignKey)
        value = getattr(self, field.attname)
        if value is not None:
            neighbour = getattr(self, name) if field.is_cached(self) else value
            check_target(f"{self._meta.label}.{name}", target, neighbour, self.agency_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_scope(kwargs.get("update_fields"))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.check_scope()
        return super().delete(*args, **kwargs)

    def again(self) -> Self:
        """This row as the database has it now."""
        self.refresh_from_db()
        return self


def check_target(what: str, target: type[Scoped], value: Any, agency_id: int | None) -> None:
    """Raises WrongAgency unless ``value`` (a row, or the id of one) is a row of this agency."""
    if isinstance(value, Scoped):
        fits = agency_id in (value.agency_id, EVERYWHERE)
    else:
        rows = target._base_manager.filter(pk=value)
        fits = (rows if agency_id == EVERYWHERE else rows.filter(agency_id=agency_id)).exists()  # type: ignore[misc]  # abstract: the column is below
    if not fits:
        raise WrongAgency(f"{what} points to another agency, or to nothing")


_keys: dict[type[models.Model], list[tuple[str, type[Scoped]]]] = {}


def scoped_keys(model: type[models.Model]) -> list[tuple[str, type[Scoped]]]:
    """The foreign keys of a model that lead to scoped rows: (field name, model)."""
    if model not in _keys:
        _keys[model] = [
            (field.name, field.related_model)
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and isinstance(field.related_model, type)
            and issubclass(field.related_model, Scoped)
        ]
    return _keys[model]
