"""The agency's list of streets, areas and landmarks."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agencies", "0005_automatic_answers_a_day")]

    operations = [
        migrations.CreateModel(
            "Place",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("code", models.SlugField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[("street", "Street"), ("area", "Area"), ("landmark", "Landmark")],
                        default="street",
                        max_length=8,
                    ),
                ),
                ("names", models.JSONField(default=dict)),
                ("other_names", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("agency", "code"), name="place_code_once")],
            },
        ),
    ]
