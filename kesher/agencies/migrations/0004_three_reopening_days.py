"""New words reopen a solved request for three days, no more for seven, unless the agency chose a number itself."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def take_the_new_default(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("agencies", "Agency").objects.filter(reopen_days=7).update(reopen_days=3)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0003_limits_of_unproved_messages")]

    operations = [
        migrations.AlterField("agency", "reopen_days", models.PositiveSmallIntegerField(default=3)),
        migrations.RunPython(take_the_new_default, migrations.RunPython.noop),
    ]
