"""How many addresses that nobody proved an agency writes to in a day, of which countries, and when that was half used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_no_agency_index")]

    operations = [
        migrations.AddField(
            model_name="agency", name="unproved_a_day", field=models.PositiveIntegerField(default=5_000)
        ),
        migrations.AddField(model_name="agency", name="countries", field=models.JSONField(default=list)),
        migrations.AddField(model_name="agency", name="unproved_alarm_at", field=models.DateTimeField(null=True)),
    ]
