"""What a contest says, as keys: its list is searched by words in any form."""

from django.db import migrations, models

from kesher.core.ui.list_search import join_keys


def index(apps, schema_editor):
    Contest = apps.get_model("contests", "Contest")
    for row in Contest.objects.only("titles", "briefs").iterator():
        row.search_keys = join_keys(*row.titles.values(), *row.briefs.values())
        row.save(update_fields=["search_keys"])


class Migration(migrations.Migration):
    dependencies = [("contests", "0006_newest_index")]

    operations = [
        migrations.AddField("contest", "search_keys", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.RunPython(index, migrations.RunPython.noop, elidable=True),
    ]
