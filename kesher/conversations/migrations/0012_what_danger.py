"""A conversation says which danger its person wrote of, and of which they may have written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0011_dangers_come_first")]

    operations = [
        migrations.AddField("conversation", "danger_kind", models.CharField(blank=True, max_length=12)),
        migrations.AddField("conversation", "possible_at", models.DateTimeField(null=True)),
        migrations.AddField("conversation", "possible_kind", models.CharField(blank=True, max_length=12)),
    ]
