"""Voice messages that wait for a transcript are found by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0012_what_danger")]

    operations = [
        migrations.AddIndex(
            "message", models.Index(fields=["id"], name="message_voice", condition=models.Q(("state", "voice")))
        ),
    ]
