"""Leave the table of simulated messages to the optional app `kesher.simulator`; the table and its rows stay."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("kesher_site", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="SimulatedMessage")]),
    ]
