"""Keep the rows of agencies (tenants) apart: a query outside the scope of one agency raises an error.

The scope is a context variable. The middleware opens it for a request, the worker for a row. The default manager
filters by it. Foreign keys, `refresh_from_db`, `save` and `delete` bypass that manager, so the base manager is scoped
too, and saving or deleting checks the row and the rows that it points to.
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
    """A query ran outside `scope(agency)`."""


class WrongAgency(RuntimeError):
    """A row was written in another agency's scope, or linked to another agency's row."""


def current_agency_id() -> int:
    """Return the id of the agency that queries are limited to here. Raise ScopeMissing outside a scope.

    Raise ScopeMissing outside a scope, and in `everywhere`, where there is no single agency.
    """
    agency_id = _current.get()
    if agency_id is None or agency_id == EVERYWHERE:
        raise ScopeMissing("no agency in scope: open one with scope(agency)")
    return agency_id


def scoped_agency_id() -> int | None:
    """Return the id of the agency that queries are limited to here; None outside a scope and in `everywhere`."""
    agency_id = _current.get()
    return None if agency_id == EVERYWHERE else agency_id


def scoped_row() -> models.Model | None:
    """Return the agency's model instance if the scope was opened with one, else None."""
    return _row.get()


@contextmanager
def scope(agency: models.Model | int) -> Iterator[None]:
    """Limit all queries and writes inside the block to the rows of this agency."""
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
    """Let queries inside the block read all agencies, for jobs and maintenance. The reason is logged."""
    log.debug("scope opened over all agencies: %s", reason)
    tokens = _current.set(EVERYWHERE), _row.set(None)
    try:
        yield
    finally:
        _current.reset(tokens[0])
        _row.reset(tokens[1])


class ScopedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """A QuerySet that checks bulk writes like single ones."""

    def update(self, **values: Any) -> int:
        """Update rows. Raise WrongAgency if they would move or point to another agency."""
        agency_id = _current.get()
        owner = values.get("agency", values.get("agency_id"))
        if owner is not None and getattr(owner, "pk", owner) != agency_id:
            raise WrongAgency(f"rows of {self.model._meta.label} stay with their agency")
        for name, target in scoped_keys(self.model):
            field = self.model._meta.get_field(name)
            assert isinstance(field, models.ForeignKey)
            value = values.get(name, values.get(field.attname))
            # An expression (F("…")) names a column of the same row, which was checked on writing.
            if value is not None and not hasattr(value, "resolve_expression"):
                check_target(f"{self.model._meta.label}.{name}", target, value, agency_id)
        return super().update(**values)

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """Create rows after checking that each belongs, and refers only, to the agency in scope."""
        rows = list(objs)
        for row in rows:
            assert isinstance(row, Scoped)
            row.check_scope()
        return super().bulk_create(rows, *args, **kwargs)


class ScopedManager[Row: models.Model](models.Manager[Row]):
    """A manager that filters by the scope and raises ScopeMissing outside one."""

    _queryset_class = ScopedQuerySet

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the rows of the agency in scope. Raise ScopeMissing outside one."""
        agency_id = _current.get()
        rows = super().get_queryset()
        if agency_id is None:
            raise ScopeMissing(f"{self.model._meta.label} was queried outside a scope")
        return rows if agency_id == EVERYWHERE else rows.filter(agency_id=agency_id)

    def _insert(self, *args: Any, **kwargs: Any) -> Any:
        """Insert without building a filter: new rows are checked one by one (`Scoped.check_scope`)."""
        return self._queryset_class(self.model, using=self._db)._insert(*args, **kwargs)  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """Create rows after checking that each belongs, and refers only, to the agency in scope."""
        rows: models.QuerySet[Row] = self._queryset_class(self.model, using=self._db)
        return rows.bulk_create(objs, *args, **kwargs)

    def none(self) -> models.QuerySet[Row]:
        """Return an empty queryset even outside a scope, as form fields need it at import."""
        return super().get_queryset().none()


class Scoped(models.Model):
    """A row that belongs to one agency. Subclasses have a key `agency` or a column `agency_id`."""

    agency_id: int

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def check_scope(self, fields: Collection[str] | None = None) -> None:
        """Set this row's agency from the scope; raise WrongAgency if it, or a row it refers to, has another.

        Raise WrongAgency if the row, or a row that it points to, is another agency's. `fields` are the columns to be
        written (default: all).
        """
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
        """Raise WrongAgency unless the row behind this foreign key has the same agency as this row.

        A loaded row is compared; a bare id is looked up.
        """
        field = self._meta.get_field(name)
        assert isinstance(field, models.ForeignKey)
        value = getattr(self, field.attname)
        if value is not None:
            neighbour = getattr(self, name) if field.is_cached(self) else value
            check_target(f"{self._meta.label}.{name}", target, neighbour, self.agency_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save this row after checking that it belongs to the agency in scope."""
        self.check_scope(kwargs.get("update_fields"))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete this row after checking that it belongs to the agency in scope."""
        self.check_scope()
        return super().delete(*args, **kwargs)

    def again(self) -> Self:
        """Return this row after reloading its fields from the database."""
        self.refresh_from_db()
        return self


def check_target(what: str, target: type[Scoped], value: Any, agency_id: int | None) -> None:
    """Raise WrongAgency unless `value` (a row or its id), which field `what` refers to, is of this agency."""
    if isinstance(value, Scoped):
        fits = agency_id in (value.agency_id, EVERYWHERE)
    else:
        rows = target._base_manager.filter(pk=value)
        fits = (rows if agency_id == EVERYWHERE else rows.filter(agency_id=agency_id)).exists()  # type: ignore[misc]  # abstract: the column is below
    if not fits:
        raise WrongAgency(f"{what} points to another agency, or to nothing")


_keys: dict[type[models.Model], list[tuple[str, type[Scoped]]]] = {}


def scoped_keys(model: type[models.Model]) -> list[tuple[str, type[Scoped]]]:
    """Return (field name, model) for each foreign key of a model to a scoped model."""
    if model not in _keys:
        _keys[model] = [
            (field.name, field.related_model)
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and isinstance(field.related_model, type)
            and issubclass(field.related_model, Scoped)
        ]
    return _keys[model]
