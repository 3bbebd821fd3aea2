"""A message may be public, in a thread of the provider; the inbox shows whether the last one was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0013_voice_messages")]

    operations = [
        migrations.AddField("conversation", "last_public", models.BooleanField(default=False)),
        migrations.AddField("message", "public", models.BooleanField(default=False)),
        migrations.AddField("message", "thread", models.CharField(blank=True, default="", max_length=200)),
    ]
