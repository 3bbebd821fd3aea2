from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

BARRED = Q(state="void", voiding__isnull=False)


def let_go(apps, schema_editor):
    """Until now whoever was voided with many others could come again: these count, and their void rows bar nobody. Of
    two such rows of one person the newer stays what it is. What a reversal left behind bars nobody either."""
    rows = apps.get_model("participation", "Participation")._base_manager
    rows.filter(voiding__isnull=False).exclude(state="void").update(voiding=None)
    rows.filter(BARRED, voiding__state="reversed").update(voiding=None)
    others = rows.filter(action=OuterRef("action")).exclude(pk=OuterRef("pk"))
    by_contact, by_key = Q(contact=OuterRef("contact")), Q(person_key=OuterRef("person_key"))
    stands = others.filter(by_contact & Q(state="counted") | by_key & Q(state__in=["pending", "counted"]))
    newer = others.filter(BARRED, by_contact | by_key, pk__gt=OuterRef("pk"))
    rows.filter(BARRED).filter(Exists(stands) | Exists(newer)).update(voiding=None)


class Migration(migrations.Migration):
    dependencies = [("participation", "0004_kept_keys_and_named_signers")]

    operations = [
        migrations.RunPython(let_go, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="participation", name="participation_person_once"),
        migrations.RemoveConstraint(model_name="participation", name="participation_contact_once"),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.UniqueConstraint(
                condition=Q(("state__in", ["pending", "counted"]), BARRED, _connector="OR"),
                fields=["action", "person_key"],
                name="participation_person_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.UniqueConstraint(
                condition=Q(("state", "counted"), BARRED, _connector="OR"),
                fields=["action", "contact"],
                name="participation_contact_once",
            ),
        ),
    ]
