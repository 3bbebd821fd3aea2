from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery, Sum


def add_up(apps, schema_editor):
    """The sums of the lines that hold: the last one of each person."""
    Pledge = apps.get_model("purchases", "Pledge")
    Purchase = apps.get_model("purchases", "Purchase")
    newest = Pledge.objects.filter(participation=OuterRef("participation")).order_by("-number").values("pk")[:1]
    lines = Pledge.objects.filter(standing="in", pk=Subquery(newest))
    found = lines.values("purchase").annotate(asked=Sum("quantity"), spare=Sum("tolerance"))
    for row in found.order_by():
        Purchase.objects.filter(pk=row["purchase"]).update(asked=row["asked"], spare=row["spare"])


class Migration(migrations.Migration):
    dependencies = [("purchases", "0003_news")]

    operations = [
        migrations.AddField("purchase", "asked", models.PositiveIntegerField(default=0)),
        migrations.AddField("purchase", "spare", models.PositiveIntegerField(default=0)),
        migrations.RunPython(add_up, migrations.RunPython.noop),
        migrations.AddConstraint(
            "purchase",
            models.CheckConstraint(condition=models.Q(("asked__lte", F("taken"))), name="purchase_asked_within_taken"),
        ),
    ]
