"""Anonymous rounds that were counted before `Action.is_cut` was there are cut already; a recount must know."""

from django.db import migrations


def mark(apps, schema_editor):
    rounds = apps.get_model("contests", "Round")._base_manager.filter(anonymous=True, counted_at__isnull=False)
    actions = apps.get_model("participation", "Action")._base_manager
    actions.filter(pk__in=rounds.exclude(method="").values("action")).update(is_cut=True)


class Migration(migrations.Migration):
    dependencies = [("contests", "0003_snapshot"), ("participation", "0003_action_is_cut")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
