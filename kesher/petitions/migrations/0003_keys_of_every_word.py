"""The keys of every word of a petition, so that its list is searched by them; until now only of its first forty."""

from django.db import migrations

from kesher.core.ui.list_search import stored_keys


def index(apps, schema_editor):
    Petition, PetitionKey = apps.get_model("petitions", "Petition"), apps.get_model("petitions", "PetitionKey")
    for row in Petition.objects.only("agency", "titles", "demands").iterator():
        titles, demands = (stored_keys(" ".join(texts.values())) for texts in (row.titles, row.demands))
        PetitionKey.objects.filter(petition=row).delete()
        PetitionKey.objects.bulk_create(
            PetitionKey(agency_id=row.agency_id, petition=row, key=key, in_title=key in titles)
            for key in sorted(titles | demands)
        )


class Migration(migrations.Migration):
    dependencies = [("petitions", "0002_petitions_whole")]

    operations = [migrations.RunPython(index, migrations.RunPython.noop, elidable=True)]
