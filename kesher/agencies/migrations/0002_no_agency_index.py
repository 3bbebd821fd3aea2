"""Drops the indexes on the agency alone that earlier versions made on every table; new databases have none.

They find nothing (nearly all rows of a table have the same agency), cost a write with each row, and SQLite preferred
them to the indexes that do find.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def drop(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    connection = editor.connection
    with connection.cursor() as cursor:
        found = [
            name
            for table in connection.introspection.table_names(cursor)
            for name, about in connection.introspection.get_constraints(cursor, table).items()
            if about["index"] and about["columns"] == ["agency_id"] and not about["unique"]
        ]
    for name in found:
        editor.execute(f"DROP INDEX {editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop, elidable=True)]
