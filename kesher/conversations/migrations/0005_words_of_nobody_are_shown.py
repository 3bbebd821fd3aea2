from typing import Any

from django.db import migrations

SPEECH = ["message", "choice", "started", "comment", "auto_reply", "call", "echo"]


def show(apps: Any, _schema: Any) -> None:
    """What somebody said and could be filed under nobody was ignored, and no page showed it."""
    events = apps.get_model("conversations", "ChannelEvent")._base_manager
    events.filter(state="ignored", kind__in=SPEECH).update(state="unknown")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_what_came_in_which_request")]

    operations = [migrations.RunPython(show, migrations.RunPython.noop)]
