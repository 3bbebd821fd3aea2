"""A round is ended by a mark of its own, so that counting may take its time and no clock decides."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contests", "0004_cut_actions")]

    operations = [
        migrations.AddField(model_name="round", name="ended_at", field=models.DateTimeField(null=True)),
    ]
