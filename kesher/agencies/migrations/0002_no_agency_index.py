"""Drops the indexes on the agency alone that earlier versions made on every table; new databases have none.

They find nothing (nearly all rows of a table have the same agency), cost a write with each row, and SQLite preferred
them to the indexes that do find.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def drop(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    connection = editor.connection
    with connection.cursor() as cursor:
        found = [
            name
            for table in connection.introspection.table_names(cursor)
            for name in indexes(connection, cursor, table)
        ]
    for name in found:
        editor.execute(f"DROP INDEX {editor.quote_name(name)}")


def indexes(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> list[str]:
    """Those on the agency alone; none of a table that is not ours, which may have a column of that name."""
    known = connection.introspection.get_constraints(cursor, table)
    alone = {name: about for name, about in known.items() if about["columns"] == ["agency_id"]}
    if ("agencies_agency", "id") not in [about["foreign_key"] for about in alone.values()]:
        return []
    return [name for name, about in alone.items() if about["index"] and not about["unique"]]


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop, elidable=True)]
