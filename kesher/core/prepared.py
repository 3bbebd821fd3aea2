"""A query that is built and compiled once, and then only filled in: for the few that every request of a crowd makes.

Making a statement costs Django several times what running it costs the database (measured on the petition's sign page:
1.0 of 1.3 ms). Nothing of the answer is kept, only the words of the question: each call asks the database anew.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.models.query import ModelIterable

from kesher.core.scope import _current

# Values that nobody asks for: where they stand in the compiled statement, the asked ones go.
MARKS = {int: -7_130_000_000_000_001, str: "\ue000prepared\ue001"}


class Compiled(NamedTuple):
    """What the making of one statement came to."""

    rows: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    converters: dict[int, Any]


class Prepared[Row: models.Model]:
    """Call it with values, get a list of rows. ``kinds``: int or str, one for each parameter of ``build``; a parameter
    may stand in the query only as it is given (a value to be equal to), not reckoned with."""

    def __init__(self, build: Callable[..., models.QuerySet[Row]], *kinds: type) -> None:
        self.build = build
        # Two parameters of one kind must not look alike.
        self.marks = [place(MARKS[kind], number) for number, kind in enumerate(kinds)]
        self.known: dict[Any, Compiled] = {}

    def __call__(self, *values: Any) -> list[Row]:
        key = (connection.vendor, _current.get())
        if key not in self.known:
            self.known[key] = self.compiled()
        kept = self.known[key]
        given = dict(zip(self.marks, values, strict=True))
        filled = tuple(given.get(param, param) if param.__class__ in MARKS else param for param in kept.params)
        mine = copy(kept.compiler)
        mine.connection = connection  # this thread's
        mine.as_sql = lambda *_args, **_kwargs: (kept.sql, filled)
        mine.get_converters = lambda _expressions: kept.converters
        shell = SimpleNamespace(
            db=kept.rows.db,
            model=kept.rows.model,
            query=SimpleNamespace(get_compiler=lambda using: mine),
            _fetch_mode=kept.rows._fetch_mode,
            _known_related_objects={},
        )
        return list(ModelIterable(shell))  # type: ignore[arg-type]  # it has all that is asked of a QuerySet

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
        return Compiled(rows, compiler, sql, tuple(params), converters)


def place(mark: Any, number: int) -> Any:
    """The mark of the parameter in this place."""
    return mark - number if isinstance(mark, int) else f"{mark}{number}"
