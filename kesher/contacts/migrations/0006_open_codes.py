"""An index of the codes that did not come back yet: a close waits for them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_codes_know_when_they_were_asked_for")]

    operations = [
        migrations.AddIndex(
            model_name="proof",
            index=models.Index(
                condition=models.Q(("used_at", None)), fields=["purpose", "subject", "expires"], name="proof_open"
            ),
        ),
    ]
