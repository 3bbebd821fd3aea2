"""Compile a statement to SQL once and run it often with other values, for pages under load.

Building a statement and its rows costs Django several times what running it costs the database (measured on the
petition's sign page: 1.0 of 1.3 ms). Only the SQL and the layout of its rows are cached; each call asks the database
again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple, get_args

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

from kesher.core.db.agency_scope import Scoped, _current

# Values that no real query uses: they mark where parameters go in the compiled statement.
MARKS: Final = {
    int: -7_130_000_000_000_001,
    str: "\ue000prepared\ue001",
    datetime: datetime(1931, 1, 1, 1, 1, 1, 1, tzinfo=UTC),
}
INSERTED_MOST: Final = 100  # rows in one statement
STEP: Final = 16  # lists are padded to a multiple of this


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns of a result row belong to a model and its joined models.

    `key` is the position of the primary key. `link` and `back` connect the object with the one that it was joined to.
    """

    model: type[models.Model]
    columns: slice
    names: tuple[str, ...]
    key: int
    joined: tuple[Shape, ...]
    link: Callable[[Any, Any], None]
    back: Callable[[Any, Any], None]

    @classmethod
    def of(cls, info: dict[str, Any], select: Sequence[Any]) -> Shape:
        """Return how the columns of a compiled statement map to a model and the models joined to it.

        Assert that rows can be built without Django: the model inherits no columns and defines no `__init__` or
        `from_db`. (There are no signals in the code base.)
        """
        model, places = info["model"], info["select_fields"]
        assert not info.get("from_parent"), model
        own = model.mro()[: model.mro().index(models.Model)]
        assert not any(name in vars(base) for base in own for name in ("__init__", "from_db")), model
        columns = slice(places[0], places[-1] + 1)
        names = tuple(column[0].target.attname for column in select[columns])
        joined = tuple(cls.of(one, select) for one in info.get("related_klass_infos", ()))
        key = places[0] + names.index(model._meta.pk.attname)
        ties = (info.get("local_setter", link_nothing), info.get("remote_setter", link_nothing))
        return cls(model, columns, names, key, joined, *ties)

    def build_instance(self, row: Sequence[Any]) -> models.Model | None:
        """Return the model instance in a result row, with joined ones set; None if a join found nothing."""
        if row[self.key] is None:
            return None
        one = self.model.__new__(self.model)
        one._state = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        one.__dict__.update(zip(self.names, row[self.columns], strict=True))
        for shape in self.joined:
            other = shape.build_instance(row)
            shape.link(one, other)
            if other is not None:
                shape.back(other, one)
        return one


class Compiled(NamedTuple):
    """A compiled statement.

    `marks` are the placeholders in `params` that values replace. `shape` is None if tuples are asked for. `converters`
    are by the position of their column. `extra` names the columns of annotations.
    """

    sql: str
    params: tuple[Any, ...]
    marks: tuple[Any, ...]
    shape: Shape | None
    converters: tuple[tuple[int, list[Callable[..., Any]], Any], ...]
    extra: tuple[tuple[str, int], ...]


class Prepared[Row]:
    """A query that is called with values and returns a list of rows, or of tuples (`values_list`).

    `build` makes the queryset. `kinds` are the types of its parameters: int, str, datetime, `list[int]` or `list[str]`.
    The query may use a parameter only as given (compared with a column, in a list), not in an expression.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Row]], *kinds: Any) -> None:
        """Store the function that builds the queryset, and the types of its parameters."""
        self.build = build
        self.kinds = kinds
        self.known: dict[Any, Compiled] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """Run the statement with these values, compiled once for their sizes; return the rows as a list."""
        given: list[Any] = []
        sizes: list[int] = []
        for value in values:
            several = pad_list(value) if isinstance(value, list) else [value]
            if not several:
                return []
            given += several
            sizes.append(len(several))
        database = connections[DEFAULT_DB_ALIAS]
        key = (database.vendor, _current.get(), *sizes)
        if key not in self.known:
            self.known[key] = self.compile_for(sizes)
        kept = self.known[key]
        filling = dict(zip(kept.marks, (for_database(value, database) for value in given), strict=True))
        # psycopg may have turned a mark into its own number type, a subclass of int.
        filled = tuple(filling.get(one, one) if isinstance(one, int | str | datetime) else one for one in kept.params)
        with database.cursor() as cursor:
            cursor.execute(kept.sql, filled)
            found = cursor.fetchall()
        if kept.shape is None and not kept.converters:
            return found  # type: ignore[no-any-return]  # the tuples as they are
        return [self.build_row(kept, list(row), database) for row in found]

    def build_row(self, kept: Compiled, row: list[Any], database: Any) -> Row:
        """Return a result row as a model instance or tuple, with its values converted."""
        for at, converters, expression in kept.converters:
            for convert in converters:
                row[at] = convert(row[at], expression, database)
        if kept.shape is None:
            return tuple(row)  # type: ignore[return-value]  # of the columns that were asked for
        one: Any = kept.shape.build_instance(row)
        for name, at in kept.extra:
            setattr(one, name, row[at])
        return one  # type: ignore[no-any-return]  # of the model that was asked for

    @staticmethod
    def of[Made](*kinds: Any) -> Callable[[Callable[..., models.QuerySet[Any, Made]]], Prepared[Made]]:
        """Return a decorator that makes a `Prepared` of the function that builds the query."""
        return lambda build: Prepared(build, *kinds)

    def compile_for(self, sizes: list[int]) -> Compiled:
        """Return the compiled statement for list parameters of these sizes."""
        marks: list[Any] = []
        asked: list[Any] = []
        for kind, size in zip(self.kinds, sizes, strict=True):
            # Every parameter gets a different mark.
            mark = MARKS[(get_args(kind) or (kind,))[0]]
            own = [mark_at(mark, number) for number in range(len(marks), len(marks) + size)]
            asked.append(own if get_args(kind) else own[0])
            marks += own
        rows = self.build(*asked)
        compiler = rows.query.get_compiler(using=rows.db)
        database = connections[DEFAULT_DB_ALIAS]
        marks = [for_database(mark, database) for mark in marks]
        sql, params = compiler.as_sql()
        sql, params = write_constants(sql, params, marks, database)
        assert all(mark in params for mark in marks), "a parameter is not in the statement as it was given"
        converters = compiler.get_converters([column for column, *_rest in compiler.select])
        tuples = bool(rows.query.values_select)
        return Compiled(
            sql,
            tuple(params),
            tuple(marks),
            None if tuples else Shape.of(compiler.klass_info, compiler.select),
            tuple((at, list(found), expression) for at, (found, expression) in converters.items()),
            () if tuples else tuple(compiler.annotation_col_map.items()),
        )


def write_constants(sql: str, params: Sequence[Any], marks: list[Any], database: Any) -> tuple[str, list[Any]]:
    """Return a statement with its constant texts and truth values written into it, and the parameters that are left.

    Where a table has partial indexes, SQLite compiles a statement anew each time a parameter is bound that may tell
    whether one of them fits (it took three quarters of the time of a petition's query), and a plan that PostgreSQL
    stores can use none of them.
    """
    quote, given, left = database.schema_editor().quote_value, iter(params), []

    def write(place: re.Match[str]) -> str:
        """Return a constant as SQL; leave other parameters where they are."""
        if place[0] == "%%":
            return place[0]
        value = next(given)
        if isinstance(value, bool) or (isinstance(value, str) and value not in marks and "%" not in value):
            return str(quote(value))
        left.append(value)
        return place[0]

    return re.sub("%[%s]", write, sql), left


def mark_at(mark: Any, number: int) -> Any:
    """Return the placeholder value of parameter `number`, unlike every other one, for compiling a query."""
    if isinstance(mark, datetime):
        return mark + timedelta(days=number)
    return mark - number if isinstance(mark, int) else f"{mark}{number}"


def for_database(value: Any, database: Any) -> Any:
    """Return a parameter's value as the database takes it."""
    return database.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def pad_list(values: list[Any]) -> list[Any]:
    """Return a list with its last value repeated up to a multiple of `STEP`, so that few statements are cached."""
    return values + values[-1:] * (-len(values) % STEP)


def link_nothing(_one: Any, _other: Any) -> None:
    """Do nothing: the root of a result is linked to no other object."""


def insert(row: models.Model) -> None:
    """Insert a new row at once, even in a batch, by a cached statement.

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


def insert_all(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert new rows of a model, whose scope was checked, as `bulk_create` does, by cached statements.

    Nine tenths of what `bulk_create` costs is asking each value of each row whether it is an expression.
    """
    database = connections[DEFAULT_DB_ALIAS]
    for first in range(0, len(rows), INSERTED_MOST):
        some = rows[first : first + INSERTED_MOST]
        for row in some:
            row._prepare_related_fields_for_save(operation_name="bulk_create")  # type: ignore[attr-defined]  # Django's own
        sql, fields = build_insert(model, database.vendor, len(some))
        values = [field.get_db_prep_save(field.pre_save(row, True), database) for row in some for field in fields]
        with database.cursor() as cursor:
            cursor.execute(sql, values)
            keys = cursor.fetchall()
        for row, (key,) in zip(some, keys, strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def build_insert(
    model: type[models.Model], vendor: str, count: int = 1
) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    """Return (the INSERT statement of this many rows of a model, the fields whose values it takes)."""
    key = model._meta.auto_field
    assert key is not None, f"the database gives no key to {model._meta.label}"
    fields = tuple(field for field in model._meta.concrete_fields if field is not key)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    table, key_column = quoted(model._meta.db_table), quoted(str(key.column))
    return f"INSERT INTO {table} ({columns}) VALUES {places} RETURNING {key_column}", fields  # noqa: S608  # names


@cache
def build_update(model: type[models.Model], names: frozenset[str]) -> tuple[str, list[models.Field[Any, Any]]]:
    """Return (the UPDATE statement of these fields of a row by its key, the fields whose values it takes)."""
    fields = [field for field in model._meta.concrete_fields if field.name in names and not field.primary_key]
    columns = ", ".join(f"{quoted(str(field.column))} = %s" for field in fields)
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    return f"UPDATE {table} SET {columns} WHERE {key} = %s", fields  # noqa: S608  # names


@cache
def quoted(name: str) -> str:
    """Return a table or column name quoted for the database."""
    return connection.ops.quote_name(name)
