"""A code that the worker is to send knows when the request for it reached us."""

from django.db import migrations, models

import kesher.core.http.arrival_time


class Migration(migrations.Migration):
    dependencies = [("participation", "0005_voided_together_stay_out")]

    operations = [
        migrations.AddField(
            model_name="codedue",
            name="asked_at",
            field=models.DateTimeField(default=kesher.core.http.arrival_time.arrived_at),
        ),
    ]
