"""A case may be about what a person asked in public, in one thread of a provider."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_drafts"),
        ("channels", "0004_templates_missing"),
        ("conversations", "0014_public_messages"),
    ]

    operations = [
        migrations.AddField(
            "case",
            "account",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="channels.account"
            ),
        ),
        migrations.AddField("case", "thread", models.CharField(blank=True, default="", max_length=200)),
        migrations.AlterField(
            "case",
            "kind",
            models.CharField(
                choices=[
                    ("question", "Question"),
                    ("report", "Report"),
                    ("call", "Call"),
                    ("public", "Public message"),
                ],
                default="question",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "case",
            models.UniqueConstraint(
                fields=["conversation", "account", "thread"],
                name="case_thread_once",
                condition=~Q(thread="") & ~Q(state="closed"),
            ),
        ),
    ]
