"""Unit of work: collect the rows that a batch of messages writes, and write them together.

It is for the worker, which handles a batch of events in one transaction. Most of the cost there is not the database but
building one statement after another. Outside a unit, `save` is `row.save()`. Inside, rows are written before any
statement that names their table, before a savepoint (so that a rollback undoes the right ones) and at the end.
(Pattern: Fowler, Patterns of Enterprise Application Architecture, "Unit of Work".)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from kesher.core.agency_scope import Scoped


class Unit:
    """The rows that wait to be written, each once."""

    def __init__(self) -> None:
        """Start with no rows to write."""
        self.depth = savepoint_depth()
        self.fresh: dict[type[models.Model], dict[int, models.Model]] = {}
        self.changed: dict[type[models.Model], dict[int, tuple[models.Model, set[str]]]] = {}
        self.tables: set[str] = set()
        self.memo: dict[Any, Any] = {}
        self.is_writing = False

    def note(self, row: models.Model, fields: tuple[str, ...]) -> None:
        """Add a row to write at the end of the unit; `fields` are the changed ones, () for all."""
        model = type(row)
        if row._state.adding:
            self.fresh.setdefault(model, {})[id(row)] = row
        else:
            _row, names = self.changed.setdefault(model, {}).setdefault(id(row), (row, set()))
            names.update(fields or column_names(model))
        self.tables.add(quoted(model._meta.db_table))

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run an SQL statement; if it names the table of a waiting row, write the waiting rows before it."""
        named = sql.startswith("SAVEPOINT") or any(table in sql for table in self.tables)
        if named and not self.is_writing:
            self.flush()
        return execute(sql, params, many, context)

    def flush(self) -> None:
        """Write the waiting rows to the database: changed ones first, then new ones.

        A change may have to precede a new row (one dialogue ends, the next begins). New rows are written in the order
        of the layers, so that a row follows the one it points to.
        """
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
    """Collect the rows that are saved inside the block and write them together; needs an open transaction.

    An error drops them, as the rollback drops the rest.
    """
    unit = Unit()
    token = _unit.set(unit)
    try:
        with connection.execute_wrapper(unit.watch):
            yield
            unit.flush()
    finally:
        _unit.reset(token)


def save(row: models.Model, *fields: str) -> None:
    """Save a new row, or these fields of an old one (default: all); inside a unit of work, perhaps later.

    Until it is written, a new row has no key. Inside a savepoint it is written at once. Raise WrongAgency and
    ScopeMissing.
    """
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
    """Insert a new row at once, even inside a unit of work, by a cached statement.

    Building the statement costs Django several times what running it costs the database. The effect is that of
    `row.save(force_insert=True)`: the scope is checked and the row gets its key. The database must assign the key.
    Raise WrongAgency, ScopeMissing and IntegrityError.
    """
    row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]  # Django's own
    if isinstance(row, Scoped):
        row.check_scope()
    database = connections[DEFAULT_DB_ALIAS]  # looked up once, not thirty times
    sql, fields = build_insert(type(row), database.vendor)
    with database.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields])
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def build_insert(model: type[models.Model], vendor: str) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    """Return (the INSERT statement of a model, the fields whose values it takes)."""
    key = model._meta.auto_field
    assert key is not None, f"the database gives no key to {model._meta.label}"
    fields = tuple(field for field in model._meta.concrete_fields if field is not key)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table, key_column = quoted(model._meta.db_table), quoted(str(key.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key_column}", fields  # noqa: S608  # names


def flush() -> None:
    """Write the waiting rows of the unit of work now, because somebody needs a primary key."""
    unit = _unit.get()
    if unit is not None:
        unit.flush()


def cached_in_unit[T](key: Any, make: Callable[[], T]) -> T:
    """Return `make()`, computed once for this key in a unit of work, and each time outside one."""
    unit = _unit.get()
    if unit is None:
        return make()
    if key not in unit.memo:
        unit.memo[key] = make()
    found: T = unit.memo[key]
    return found


def update_rows(model: type[models.Model], rows: Iterable[tuple[models.Model, set[str]]]) -> None:
    """Update these fields of rows, with one statement for the rows that change the same fields."""
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
    """Return a queryset of all agencies' rows, for rows that were checked against the scope before."""
    return models.QuerySet(model)


def savepoint_depth() -> int:
    """Return how many savepoints are open now. Django lists `atomic(savepoint=False)` as None."""
    return sum(name is not None for name in connection.savepoint_ids)


def db_value(field: models.Field[Any, Any], row: models.Model) -> Any:
    """Return the value of a row's field in the form that the database takes."""
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)


@cache
def quoted(name: str) -> str:
    """Return a table or column name quoted for the database."""
    return connection.ops.quote_name(name)


def concrete_field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """Return the field of a model with this name."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


@cache
def column_names(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names of a model's fields without the primary key."""
    return tuple(field.name for field in model._meta.concrete_fields if not field.primary_key)


@cache
def model_orders() -> dict[type[models.Model], int]:
    """Return the position of each model in the order of the apps."""
    return {model: number for number, model in enumerate(apps.get_models())}


def model_order(model: type[models.Model]) -> int:
    """Return the position of a model in the order of the apps."""
    return model_orders()[model]
