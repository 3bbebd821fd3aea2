"""A unit of work: inside, rows are noted and written together, a statement a table, as late as that cannot be told.

For the worker, which handles a batch of events in one transaction: most of what it costs is not the database but the
making of one statement after another. Outside a unit, `save` is ``row.save()``. Inside, what is noted is written before
any statement that names its table, before a savepoint (so that undoing one undoes what it should), and at the end.
(The pattern: Fowler, Patterns of Enterprise Application Architecture, "Unit of Work".)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from kesher.core.scope import Scoped


class Unit:
    """What waits to be written, each row once however often it was kept."""

    def __init__(self) -> None:
        self.depth = savepoint_depth()
        self.fresh: dict[type[models.Model], dict[int, models.Model]] = {}
        self.changed: dict[type[models.Model], dict[int, tuple[models.Model, set[str]]]] = {}
        self.tables: set[str] = set()
        self.memo: dict[Any, Any] = {}
        self.is_writing = False

    def note(self, row: models.Model, fields: tuple[str, ...]) -> None:
        model = type(row)
        if row._state.adding:
            self.fresh.setdefault(model, {})[id(row)] = row
        else:
            _row, names = self.changed.setdefault(model, {}).setdefault(id(row), (row, set()))
            names.update(fields or column_names(model))
        self.tables.add(quoted(model._meta.db_table))

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stands before every statement: whoever reads a table finds in it what was kept."""
        named = sql.startswith("SAVEPOINT") or any(table in sql for table in self.tables)
        if named and not self.is_writing:
            self.flush()
        return execute(sql, params, many, context)

    def flush(self) -> None:
        """Changes first: a row that makes room for a new one (the dialogue that ends, the one that begins) is there to
        be changed. Then new rows, in the order of the floors, so that a row follows the one it points to."""
        self.is_writing = True
        try:
            changed, self.changed = self.changed, {}
            fresh, self.fresh = self.fresh, {}
            self.tables.clear()
            for model, touched in changed.items():
                update_rows(model, touched.values())
            for model in sorted(fresh, key=model_order):
                unscoped_rows(model).bulk_create(fresh[model].values())
        finally:
            self.is_writing = False


_unit: ContextVar[Unit | None] = ContextVar("kesher_unit", default=None)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Opens a unit; needs an open transaction. An error drops what was noted, as the rollback drops the rest."""
    unit = Unit()
    token = _unit.set(unit)
    try:
        with connection.execute_wrapper(unit.watch):
            yield
            unit.flush()
    finally:
        _unit.reset(token)


def save(row: models.Model, *fields: str) -> None:
    """Saves a row: a new one whole, an old one by these fields (none: all). In a unit it may be written later, and has
    no key until then; inside a savepoint it never is. Raises WrongAgency and ScopeMissing like ``save``."""
    unit = _unit.get()
    if unit is None or savepoint_depth() > unit.depth:
        if row._state.adding and row.pk is None:
            insert(row)
        else:
            row.save(force_insert=row._state.adding, update_fields=None if row._state.adding else fields or None)
        return
    if isinstance(row, Scoped):
        row.check_scope(fields or None)
    unit.note(row, fields)


def insert(row: models.Model) -> None:
    """Writes a new row at once, also in a unit, by a statement that is made once: making it costs Django several times
    what running it costs the database. As ``row.save(force_insert=True)``: checked against its scope, with its key
    afterwards. For rows whose key the database gives. Raises WrongAgency, ScopeMissing and IntegrityError."""
    row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]  # Django's own
    if isinstance(row, Scoped):
        row.check_scope()
    database = connections[DEFAULT_DB_ALIAS]  # asked for once, not thirty times
    sql, fields = build_insert(type(row), database.vendor)
    with database.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields])
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def build_insert(model: type[models.Model], vendor: str) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    """The statement of one new row, and the fields whose values it takes."""
    key = model._meta.auto_field
    assert key is not None, f"the database gives no key to {model._meta.label}"
    fields = tuple(field for field in model._meta.concrete_fields if field is not key)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table, key_column = quoted(model._meta.db_table), quoted(str(key.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key_column}", fields  # noqa: S608  # names


def flush() -> None:
    """Writes down what waits: before somebody needs a key."""
    unit = _unit.get()
    if unit is not None:
        unit.flush()


def cached_in_unit[T](key: Any, make: Callable[[], T]) -> T:
    """Something read once in a unit; read anew each time outside one."""
    unit = _unit.get()
    if unit is None:
        return make()
    if key not in unit.memo:
        unit.memo[key] = make()
    found: T = unit.memo[key]
    return found


def update_rows(model: type[models.Model], rows: Iterable[tuple[models.Model, set[str]]]) -> None:
    """Updates rows by their keys, those that change the same fields in one go."""
    alike: dict[tuple[str, ...], list[models.Model]] = {}
    for row, touched in rows:
        alike.setdefault(tuple(sorted(touched)), []).append(row)
    with connection.cursor() as cursor:
        for names, some in alike.items():
            fields = [concrete_field(model, name) for name in names]
            columns = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
            key = model._meta.pk
            cursor.executemany(
                f"UPDATE {quoted(model._meta.db_table)} SET {columns} WHERE {quoted(key.column)} = %s",  # noqa: S608  # names of columns
                [[*(db_value(field, row) for field in fields), row.pk] for row in some],
            )


def unscoped_rows(model: type[models.Model]) -> models.QuerySet[Any]:
    """All of a table: what is written here was checked against its scope when it was kept."""
    return models.QuerySet(model)


def savepoint_depth() -> int:
    """How many savepoints are open. (``atomic(savepoint=False)`` is listed as None.)"""
    return sum(name is not None for name in connection.savepoint_ids)


def db_value(field: models.Field[Any, Any], row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)


@cache
def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def concrete_field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


@cache
def column_names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.concrete_fields if not field.primary_key)


@cache
def model_orders() -> dict[type[models.Model], int]:
    return {model: number for number, model in enumerate(apps.get_models())}


def model_order(model: type[models.Model]) -> int:
    return model_orders()[model]
