"""Two promises of a round are held by the database: hidden results and anonymity may be switched on, never off.

SQLite drops a table's triggers when a later migration remakes the table: such a migration must run ``set_switches``
again (a test looks whether they are there).
"""

from django.db import migrations

TABLE = "contests_round"
SQLITE = """
CREATE TRIGGER contests_round_one_way BEFORE UPDATE ON contests_round
WHEN (OLD.results_hidden AND NOT NEW.results_hidden) OR (OLD.anonymous AND NOT NEW.anonymous)
BEGIN SELECT RAISE(ABORT, 'a promise of a round cannot be taken back'); END
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION contests_round_one_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a promise of a round cannot be taken back' USING ERRCODE = 'check_violation';
END $$
"""
POSTGRES = """
CREATE TRIGGER contests_round_one_way BEFORE UPDATE ON contests_round FOR EACH ROW
WHEN ((OLD.results_hidden AND NOT NEW.results_hidden) OR (OLD.anonymous AND NOT NEW.anonymous))
EXECUTE FUNCTION contests_round_one_way()
"""


def set_switches(apps, schema_editor):
    statements = [FUNCTION, POSTGRES] if schema_editor.connection.vendor == "postgresql" else [SQLITE]
    for statement in statements:
        schema_editor.execute(statement)


def drop_switches(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER contests_round_one_way{on}")


class Migration(migrations.Migration):
    dependencies = [("contests", "0001_initial")]

    operations = [migrations.RunPython(set_switches, drop_switches)]
