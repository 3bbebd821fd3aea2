"""Take over the table of simulated messages, which `kesher.site` created; nothing changes in the database."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("agencies", "0001_initial"),
        ("kesher_site", "0002_move_simulated_message"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SimulatedMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("channel", models.CharField(max_length=30)),
                        ("address", models.CharField(max_length=254)),
                        ("mine", models.BooleanField(default=False)),
                        ("payload", models.JSONField(default=dict)),
                        ("told", models.PositiveSmallIntegerField(default=0)),
                        ("at", models.DateTimeField(auto_now_add=True)),
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
                        "db_table": "kesher_site_simulatedmessage",
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["agency", "address", "-id"], name="simulated_history"),
                            models.Index(
                                condition=models.Q(("mine", False), ("told__lt", 2)),
                                fields=["id"],
                                name="simulated_untold",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
