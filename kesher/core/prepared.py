"""A query that is built and compiled once, and then only filled in: for the few that every request of a crowd makes.

Making a statement and its rows costs Django several times what running it costs the database (measured on the
petition's sign page: 1.0 of 1.3 ms). Nothing of the answer is kept, only the words of the question and the shape of
its rows: each call asks the database anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState

from kesher.core.scope import _current

# Values that nobody asks for: where they stand in the compiled statement, the asked ones go.
MARKS = {int: -7_130_000_000_000_001, str: "\ue000prepared\ue001"}


@dataclass(frozen=True, slots=True)
class Shape:
    """Where in a row of the answer a model's columns stand, and what is joined to it. ``key``: its place in the row;
    ``link`` and ``back`` tie it to the row that it was joined to."""

    model: type[models.Model]
    columns: slice
    names: tuple[str, ...]
    key: int
    joined: tuple[Shape, ...]
    link: Callable[[Any, Any], None]
    back: Callable[[Any, Any], None]

    @classmethod
    def of(cls, info: dict[str, Any], select: Sequence[Any]) -> Shape:
        """From what Django's compiler says of a statement. Asserts that rows may be put together without Django: no
        model inherits another one's columns, and none makes its rows in its own way (signals the house has none)."""
        model, places = info["model"], info["select_fields"]
        assert not info.get("from_parent"), model
        own = model.mro()[: model.mro().index(models.Model)]
        assert not any(name in vars(base) for base in own for name in ("__init__", "from_db")), model
        columns = slice(places[0], places[-1] + 1)
        names = tuple(column[0].target.attname for column in select[columns])
        joined = tuple(cls.of(one, select) for one in info.get("related_klass_infos", ()))
        key = places[0] + names.index(model._meta.pk.attname)
        ties = (info.get("local_setter", no_tie), info.get("remote_setter", no_tie))
        return cls(model, columns, names, key, joined, *ties)

    def made(self, row: Sequence[Any]) -> models.Model | None:
        """The model's row; None where nothing is joined."""
        if row[self.key] is None:
            return None
        one = self.model.__new__(self.model)
        one._state = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        one.__dict__.update(zip(self.names, row[self.columns], strict=True))
        for shape in self.joined:
            other = shape.made(row)
            shape.link(one, other)
            if other is not None:
                shape.back(other, one)
        return one


class Compiled(NamedTuple):
    """What the making of one statement came to: ``converters`` by the place of their column, ``extra`` the names of
    what is no column."""

    sql: str
    params: tuple[Any, ...]
    shape: Shape
    converters: tuple[tuple[int, list[Callable[..., Any]], Any], ...]
    extra: tuple[tuple[str, int], ...]


class Prepared[Row: models.Model]:
    """Call it with values, get a list of rows. ``kinds``: int or str, one for each parameter of ``build``; a parameter
    may stand in the query only as it is given (a value to be equal to), not reckoned with."""

    def __init__(self, build: Callable[..., models.QuerySet[Row]], *kinds: type) -> None:
        self.build = build
        # Two parameters of one kind must not look alike.
        self.marks = [place(MARKS[kind], number) for number, kind in enumerate(kinds)]
        self.known: dict[Any, Compiled] = {}

    def __call__(self, *values: Any) -> list[Row]:
        database = connections[DEFAULT_DB_ALIAS]
        key = (database.vendor, _current.get())
        if key not in self.known:
            self.known[key] = self.compiled()
        kept = self.known[key]
        given = dict(zip(self.marks, values, strict=True))
        filled = tuple(given.get(param, param) if param.__class__ in MARKS else param for param in kept.params)
        with database.cursor() as cursor:
            cursor.execute(kept.sql, filled)
            found = cursor.fetchall()
        return [self.made(kept, list(row), database) for row in found]

    def made(self, kept: Compiled, row: list[Any], database: Any) -> Row:
        for at, converters, expression in kept.converters:
            for convert in converters:
                row[at] = convert(row[at], expression, database)
        one: Any = kept.shape.made(row)
        for name, at in kept.extra:
            setattr(one, name, row[at])
        return one  # type: ignore[no-any-return]  # of the model that was asked for

    @staticmethod
    def of[Made: models.Model](*kinds: type) -> Callable[[Callable[..., models.QuerySet[Made]]], Prepared[Made]]:
        """As a decorator of the function that builds the query."""
        return lambda build: Prepared(build, *kinds)

    def compiled(self) -> Compiled:
        rows = self.build(*self.marks)
        compiler = rows.query.get_compiler(using=rows.db)
        sql, params = compiler.as_sql()
        assert all(mark in params for mark in self.marks), "a parameter is not in the statement as it was given"
        converters = compiler.get_converters([column for column, *_rest in compiler.select])
        return Compiled(
            sql,
            tuple(params),
            Shape.of(compiler.klass_info, compiler.select),
            tuple((at, list(found), expression) for at, (found, expression) in converters.items()),
            tuple(compiler.annotation_col_map.items()),
        )


def place(mark: Any, number: int) -> Any:
    """The mark of the parameter in this place."""
    return mark - number if isinstance(mark, int) else f"{mark}{number}"


def no_tie(_one: Any, _other: Any) -> None:
    """What was asked for hangs on nothing."""
