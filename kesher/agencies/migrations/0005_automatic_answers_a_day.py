"""An agency says how many automatic answers one person gets a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agencies", "0004_three_reopening_days")]

    operations = [
        migrations.AddField("agency", "answers_a_day", models.PositiveIntegerField(default=100)),
    ]
