from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0002_sources_and_voidings")]

    operations = [
        migrations.AddField(model_name="action", name="is_cut", field=models.BooleanField(default=False)),
    ]
