"""Filter condition with its values as literals in the SQL, so that SQLite can use a partial index."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.sql.where import WhereNode


class LiteralCondition:
    """A condition whose values are written into the SQL, not passed as parameters.

    SQLite uses a partial index only where the index's condition stands in the statement word for word, and a parameter
    does not (https://sqlite.org/partialindex.html). `filter(LiteralCondition(Q(state="open")))` finds the same rows as
    `filter(Q(state="open"))`. Use it with constants only, never with values that somebody sent.
    """

    conditional = True  # Django requires this of an argument of filter()

    def __init__(self, condition: Q) -> None:
        """Wrap a condition whose values are all constants."""
        self.condition = condition

    def resolve_expression(self, *args: Any, **kwargs: Any) -> LiteralWhere:
        """Return the condition resolved against a query, for its WHERE clause."""
        return LiteralWhere([self.condition.resolve_expression(*args, **kwargs)])


class LiteralWhere(WhereNode):
    """A resolved condition whose values become SQL literals."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the SQL with its values quoted, and no parameters."""
        sql, values = super().as_sql(compiler, connection)
        quoted = connection.SchemaEditorClass(connection).quote_value
        return sql % tuple(map(quoted, values)), ()
