from django.db import migrations, models
from django.db.models import F, Q


def give_turns(apps, schema_editor):
    """Who waits, or has a place kept, has the turn of the first line with which this waiting began. Lines that are
    history get one, too, as the new constraint asks."""
    Pledge = apps.get_model("purchases", "Pledge")
    Allotment = apps.get_model("purchases", "Allotment")
    waited = Pledge.objects.filter(standing__in=["waiting", "offered"]).values("participation")
    turns = {}
    for line in Pledge.objects.filter(participation__in=waited).order_by("id").iterator():
        if line.standing not in ("waiting", "offered"):
            turns.pop(line.participation_id, None)
            continue
        turn = turns.setdefault(line.participation_id, line.pk)
        Pledge.objects.filter(pk=line.pk).update(turn=turn)
    Allotment.objects.filter(state__in=["waiting", "offered"]).update(turn=F("place"))


class Migration(migrations.Migration):
    dependencies = [("purchases", "0004_sum_what_pledges_stand_for")]

    operations = [
        *(
            operation
            for model in ("pledge", "allotment")
            for operation in (
                migrations.AddField(model, "turn", models.PositiveBigIntegerField(null=True)),
                migrations.AddField(model, "secured", models.PositiveIntegerField(default=0)),
                migrations.AddField(model, "whole", models.BooleanField(default=False)),
            )
        ),
        migrations.RunPython(give_turns, migrations.RunPython.noop),
        migrations.AddConstraint(
            "pledge",
            models.CheckConstraint(
                condition=Q(standing__in=["waiting", "offered"], turn__isnull=False)
                | Q(standing="in")
                | Q(standing="out", turn=None),
                name="pledge_waits_in_turn",
            ),
        ),
        migrations.AddConstraint(
            "pledge",
            models.CheckConstraint(condition=Q(secured__lte=F("quantity")), name="pledge_secured_within_quantity"),
        ),
        migrations.AddConstraint(
            "allotment",
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "offered"]) | Q(turn__isnull=False), name="allotment_waits_in_turn"
            ),
        ),
    ]
