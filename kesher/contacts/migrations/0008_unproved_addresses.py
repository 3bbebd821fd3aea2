"""A table of the addresses that nobody proved and messages went to: what their limits count."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_limits_of_unproved_messages"),
        ("contacts", "0007_merge_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnprovedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(blank=True, max_length=16)),
                ("messages", models.PositiveSmallIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("proved_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "identity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="unproved", to="contacts.identity"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "unproved addresses",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("proved_at", None)), fields=["agency", "last_at"], name="unproved_agency"
                    ),
                    models.Index(
                        condition=models.Q(("proved_at", None)), fields=["network", "last_at"], name="unproved_network"
                    ),
                    models.Index(
                        condition=models.Q(("proved_at__isnull", False)),
                        fields=["network", "proved_at"],
                        name="proved_network",
                    ),
                    models.Index(fields=["last_at"], name="unproved_old"),
                ],
            },
        ),
    ]
