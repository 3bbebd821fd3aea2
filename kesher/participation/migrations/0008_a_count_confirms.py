"""The delta of what counted at once says whose confirmation the worker owes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participation", "0007_counted_rows_are_confirmed"),
    ]

    operations = [
        migrations.AddField(
            model_name="countdelta",
            name="confirms",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="participation.participation",
            ),
        ),
        migrations.AddField(
            model_name="countdelta",
            name="lang",
            field=models.CharField(blank=True, max_length=8),
        ),
    ]
