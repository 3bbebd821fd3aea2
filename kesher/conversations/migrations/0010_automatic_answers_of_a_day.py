"""A conversation counts its automatic answers of one day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0009_raw_requests_know_whose_they_are")]

    operations = [
        migrations.AddField("conversation", "answers", models.PositiveIntegerField(default=0)),
        migrations.AddField("conversation", "answered_on", models.DateField(null=True)),
    ]
