"""What a purchase says, as keys: its list is searched by words in any form."""

from django.db import migrations, models

from kesher.core.ui.list_search import join_keys


def index(apps, schema_editor):
    Purchase = apps.get_model("purchases", "Purchase")
    for row in Purchase.objects.only("titles", "texts").iterator():
        row.search_keys = join_keys(*row.titles.values(), *row.texts.values())
        row.save(update_fields=["search_keys"])


class Migration(migrations.Migration):
    dependencies = [("purchases", "0001_initial")]

    operations = [
        migrations.AddField(
            "purchase", "search_keys", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.RunPython(index, migrations.RunPython.noop, elidable=True),
    ]
