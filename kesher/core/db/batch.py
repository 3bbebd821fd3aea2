"""Read once, and write together, what a batch of events needs.

It is for the worker, which handles a batch of events in one transaction. Most of the cost there is not the database but
building one statement after another. (Fowler, Patterns of Enterprise Application Architecture: "Unit of Work".)

- Reads: a function under `@CachedInBatch` runs once for its arguments. `fill` stores what one query found for many.
- Writes: `save` collects rows. They are written before any statement that names their table, before a savepoint (so
  that a rollback undoes the right ones) and at the end.
- Invalidation: all that was read is forgotten by a rollback to a savepoint and by `outside_batch`, in which code runs
  that changes such rows by queries of its own. Nothing else invalidates.

Outside a batch, `save` saves, and each call reads. See docs/adr/0015-one-batch.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache, update_wrapper
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from kesher.core.db.agency_scope import Scoped
from kesher.core.db.prepared_query import build_update, insert, insert_all, quoted


class Batch:
    """The rows that wait to be written, each once, and what was read."""

    def __init__(self) -> None:
        """Start with nothing read and no rows to write."""
        self.depth = savepoint_depth()
        self.fresh: dict[type[models.Model], dict[int, models.Model]] = {}
        self.changed: dict[type[models.Model], dict[int, tuple[models.Model, set[str]]]] = {}
        self.tables: set[str] = set()
        self.late: dict[int, tuple[models.Model, set[str]]] = {}
        self.read: defaultdict[Any, dict[tuple[Any, ...], Any]] = defaultdict(dict)
        self.last: defaultdict[Callable[[Iterable[Any]], object], dict[Any, None]] = defaultdict(dict)
        self.is_writing = False

    def note(self, row: models.Model, fields: tuple[str, ...]) -> None:
        """Add a row to write at the end of the batch; `fields` are the changed ones, () for all."""
        model = type(row)
        if row._state.adding:
            self.fresh.setdefault(model, {})[id(row)] = row
        else:
            _row, names = self.changed.setdefault(model, {}).setdefault(id(row), (row, set()))
            names.update(fields or (field.name for field in model._meta.concrete_fields))
        self.tables.add(quoted(model._meta.db_table))

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run an SQL statement; if it names the table of a waiting row, write the waiting rows before it."""
        if self.is_writing:
            return execute(sql, params, many, context)
        if sql.startswith("SAVEPOINT"):
            self.flush_all()
        elif any(table in sql for table in self.tables):
            self.flush()
        elif sql.startswith("ROLLBACK"):
            self.read.clear()
            self.late.clear()  # what came before the savepoint was written there
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
            for model in sorted(fresh, key=model_orders().__getitem__):
                insert_all(model, list(fresh[model].values()))  # `save` checked the scope
        finally:
            self.is_writing = False

    def flush_all(self) -> None:
        """Write the waiting rows and those of `save_late`."""
        for row, names in self.late.values():
            self.note(row, tuple(names))
        self.late.clear()
        self.flush()


_batch: ContextVar[Batch | None] = ContextVar("kesher_batch", default=None)


@contextmanager
def batch() -> Iterator[None]:
    """Read once and write together inside the block; needs an open transaction.

    An error drops the waiting rows, as the rollback drops the rest.
    """
    own = Batch()
    token = _batch.set(own)
    try:
        with connection.execute_wrapper(own.watch):
            yield
            own.flush_all()
            for write, items in own.last.items():
                write(items)
    finally:
        _batch.reset(token)


@contextmanager
def outside_batch() -> Iterator[None]:
    """Write what waits, forget what was read, and run the block (or decorated function) as outside the batch.

    For code that changes rows by queries of its own, which the rows in memory would not show.
    """
    own = _batch.get()
    if own is not None:
        own.flush_all()
    token = _batch.set(None)
    try:
        yield
    finally:
        _batch.reset(token)
        if own is not None:
            own.read.clear()


@contextmanager
def atomic() -> Iterator[None]:
    """Run the block (or decorated function) in one transaction; in a batch, in the batch's own, without a savepoint.

    A savepoint would write the waiting rows. In a batch, an error that the caller handles undoes nothing: check first.
    """
    with nullcontext() if in_batch() else transaction.atomic():
        yield


def in_batch() -> bool:
    """Return whether this code runs in a batch."""
    return _batch.get() is not None


class CachedInBatch[**P, Found]:
    """A function that reads once in a batch for its positional arguments, and each time outside one."""

    def __init__(self, read: Callable[P, Found]) -> None:
        """Decorate this function."""
        self.read = read
        update_wrapper(self, read)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Found:
        """Return what the function returned in this batch for these arguments; else call it."""
        own = _batch.get()
        if own is None:
            return self.read(*args, **kwargs)
        known = own.read[self]
        if args not in known:
            known[args] = self.read(*args, **kwargs)
        return known[args]  # type: ignore[no-any-return]  # what `read` returned

    def fill(self, found: Mapping[tuple[Any, ...], Found]) -> None:
        """Store in the batch {arguments: result}, which one query found for many, or which just changed."""
        own = _batch.get()
        if own is not None:
            own.read[self].update(found)


def save(row: models.Model, *fields: str) -> None:
    """Save a new row, or these fields of an old one (default: all); in a batch, perhaps later.

    Until it is written, a new row has no key. Inside a savepoint it is written at once. Raise WrongAgency and
    ScopeMissing.
    """
    own = _batch.get()
    if own is None or savepoint_depth() > own.depth:
        if row._state.adding and row.pk is None:
            insert(row)
        else:
            row.save(force_insert=row._state.adding, update_fields=None if row._state.adding else fields or None)
        return
    if isinstance(row, Scoped):
        row.check_scope(fields or None)
    own.note(row, fields)


def save_late(row: models.Model, *fields: str) -> None:
    """Save these fields of a stored row; in a batch at its end, before a savepoint, and by `outside_batch`.

    For a row that the batch holds locked and changes with each event: a query in between does not see the change.
    """
    own = _batch.get()
    if own is None:
        row.save(update_fields=fields)
        return
    if isinstance(row, Scoped):
        row.check_scope(fields)
    own.late.setdefault(id(row), (row, set()))[1].update(fields)


def flush() -> None:
    """Write the waiting rows of the batch now, because somebody needs a primary key."""
    own = _batch.get()
    if own is not None:
        own.flush()


def at_end[Item: Hashable](write: Callable[[Iterable[Item]], object], items: Iterable[Item]) -> None:
    """Call `write` with these items: once for all different ones at the end of the batch, now outside one."""
    own = _batch.get()
    if own is None:
        write(items)
    else:
        own.last[write].update(dict.fromkeys(items))


def update_rows(model: type[models.Model], rows: Iterable[tuple[models.Model, set[str]]]) -> None:
    """Update these fields of rows, with one statement for the rows that change the same fields."""
    alike: dict[frozenset[str], list[models.Model]] = {}
    for row, touched in rows:
        alike.setdefault(frozenset(touched), []).append(row)
    with connection.cursor() as cursor:
        for names, some in alike.items():
            sql, fields = build_update(model, names)
            cursor.executemany(sql, [[*(db_value(field, row) for field in fields), row.pk] for row in some])


def db_value(field: models.Field[Any, Any], row: models.Model) -> Any:
    """Return the value of a row's field in the form that the database takes."""
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)


def savepoint_depth() -> int:
    """Return how many savepoints are open now. Django lists `atomic(savepoint=False)` as None."""
    return sum(name is not None for name in connection.savepoint_ids)


@cache
def model_orders() -> dict[type[models.Model], int]:
    """Return the position of each model in the order of the apps."""
    return {model: number for number, model in enumerate(apps.get_models())}
