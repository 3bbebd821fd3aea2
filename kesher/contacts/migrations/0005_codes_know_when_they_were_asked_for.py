"""A code knows when the request for it reached us, and (as a digest) what it was asked for: deadlines judge by that."""

from django.db import migrations, models
from django.db.models import F

import kesher.core.http.arrival_time


def asked_when_made(apps, schema_editor):
    """Codes that are on their way during an upgrade were asked for when they were made."""
    apps.get_model("contacts", "Proof")._base_manager.update(asked_at=F("created"))


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_refusal_taken_back")]

    operations = [
        migrations.AddField(
            model_name="proof",
            name="asked_at",
            field=models.DateTimeField(default=kesher.core.http.arrival_time.arrived_at),
        ),
        migrations.AddField(model_name="proof", name="wish", field=models.CharField(blank=True, max_length=64)),
        migrations.RunPython(asked_when_made, migrations.RunPython.noop),
    ]
