"""Count messages by mailbox, and tries of a code apart from where it was not asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0004_three_reopening_days"),
        ("contacts", "0009_who_said_it"),
    ]

    operations = [
        migrations.AddField(
            model_name="proof",
            name="network",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="proof",
            name="tries_elsewhere",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="unprovedaddress",
            name="mailbox",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddIndex(
            model_name="unprovedaddress",
            index=models.Index(
                condition=models.Q(("proved_at", None)), fields=["mailbox", "last_at"], name="unproved_mailbox"
            ),
        ),
    ]
