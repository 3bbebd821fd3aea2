"""Within how many days an answer is due is the law of Israel alone; what an administrator set stays."""

from django.db import migrations, models

ISRAEL = ("Asia/Jerusalem", "Asia/Tel_Aviv", "Israel")
DEFAULT = 45


def clear_outside_israel(apps, schema_editor):
    """Set the former default to 0 where the agency is in another country and nobody set it."""
    agencies = apps.get_model("agencies", "Agency").objects.using(schema_editor.connection.alias)
    audits = apps.get_model("core", "Audit").objects.using(schema_editor.connection.alias)
    for agency in agencies.filter(statutory_days=DEFAULT):
        country = agency.contact.get("country") or ("IL" if agency.timezone in ISRAEL else "")
        saved = audits.filter(agency_id=agency.pk, operation="site.save_profile").values_list("data", flat=True)
        if country != "IL" and not any("statutory_days" in str(data) for data in saved):
            agencies.filter(pk=agency.pk).update(statutory_days=0)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0007_first_setup"), ("core", "0002_the_audit_records_an_operation")]

    operations = [
        migrations.AlterField(
            model_name="agency", name="statutory_days", field=models.PositiveSmallIntegerField(default=0)
        ),
        migrations.RunPython(clear_outside_israel, migrations.RunPython.noop),
    ]
