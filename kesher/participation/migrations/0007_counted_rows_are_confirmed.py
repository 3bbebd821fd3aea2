"""A row that counted at once waits for its confirmation as another waits for its code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0006_codes_due_know_when")]

    operations = [migrations.AddField(model_name="codedue", name="counted", field=models.BooleanField(default=False))]
