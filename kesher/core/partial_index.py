"""A condition with its values written out, as a partial index has it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.sql.where import WhereNode


class Literally:
    """``filter(Literally(Q(state="open")), …)``: the same rows as ``filter(Q(state="open"), …)``, from an index that
    holds only these. SQLite takes a partial index only for a condition that stands in the statement word for word, and
    a value that is handed in beside it does not (https://sqlite.org/partialindex.html). For constants of ours."""

    conditional = True  # Django's mark of what may stand in filter()

    def __init__(self, condition: Q) -> None:
        self.condition = condition

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Written:
        return Written([self.condition.resolve_expression(*args, **kwargs)])


class Written(WhereNode):
    """The condition in a statement."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        sql, values = super().as_sql(compiler, connection)
        quoted = connection.SchemaEditorClass(connection).quote_value
        return sql % tuple(map(quoted, values)), ()
