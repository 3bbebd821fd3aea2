"""``kesher export CODE [--folder DIR]``: an action's counts (CODE.json), and its rows with salted ids (CODE.csv)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kesher.core.scope import everywhere, scope
from kesher.participation.export import document, rows_csv
from kesher.participation.models import Action


class Command(BaseCommand):
    help = "Writes an action's counts as JSON, and its rows as CSV with ids that lead to nobody."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--folder", default=".")

    def handle(self, *args: Any, **options: Any) -> None:
        with everywhere("export"):
            actions = list(Action.objects.filter(code=options["code"])[:2])
        if len(actions) != 1:
            raise CommandError("no action, or more than one, has this code")
        folder = Path(options["folder"])
        with scope(actions[0].agency_id):
            told = json.dumps(document(actions[0]), ensure_ascii=False, indent=1)
            (folder / f"{options['code']}.json").write_text(told + "\n")
            with (folder / f"{options['code']}.csv").open("w") as file:
                file.writelines(rows_csv(actions[0]))
        self.stdout.write(f"{folder}/{options['code']}.json {folder}/{options['code']}.csv")
