from itertools import batched

from django.db import migrations, models
from django.db.models import Q

BARRED = Q(state="void", voiding__isnull=False)


def let_go(apps, schema_editor):
    """Until now whoever was voided with many others could come again: these count, and their void rows bar nobody. Of
    two such rows of one person the newer stays what it is. What a reversal left behind bars nobody either.

    Each action's rows are read once, in Python: no index finds a void row by its key."""
    rows = apps.get_model("participation", "Participation")._base_manager
    rows.filter(voiding__isnull=False).exclude(state="void").update(voiding=None)
    rows.filter(BARRED, voiding__state="reversed").update(voiding=None)
    barred = list(rows.filter(BARRED).order_by("-pk").values_list("pk", "action_id", "contact_id", "person_key"))
    contacts = {(action, contact) for _pk, action, contact, _key in barred}
    keys = {(action, bytes(key)) for _pk, action, _contact, key in barred}
    here = rows.filter(action__in={action for action, _contact in contacts}, state__in=["pending", "counted"])
    taken = set()
    for action, contact, key, state in here.values_list("action_id", "contact_id", "person_key", "state").iterator():
        taken |= {(action, contact)} & contacts if state == "counted" else set()
        taken |= {(action, bytes(key))} & keys
    free = []
    for pk, action, contact, key in barred:
        own = {(action, contact), (action, bytes(key))}
        free += [pk] if own & taken else []
        taken |= own
    for some in batched(free, 500):
        rows.filter(pk__in=some).update(voiding=None)


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
