"""The command ``kesher export CODE``: write the public data of a petition, contest or purchase.

Writes its counts (CODE.json) and its rows with ids that lead to nobody (CODE.csv). The pages follow the same rules.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kesher.core.db.agency_scope import everywhere, scope
from kesher.participation.models import Action
from kesher.participation.open_data import find_public_data, public_document
from kesher.participation.open_data_document import rows_csv


class Command(BaseCommand):
    """The command ``kesher export``."""

    help = "Writes an action's counts as JSON, and its rows as CSV with ids that lead to nobody."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the action's code, --folder to write to, and --agency."""
        parser.add_argument("code")
        parser.add_argument("--folder", default=".")
        parser.add_argument("--agency", default="", help="whose, by its slug, where two public bodies have this code")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the public files of the action that the code names; raise CommandError for a bad code."""
        with everywhere("export"):
            found = Action.objects.filter(code=options["code"])
            actions = list((found.filter(agency__slug=options["agency"]) if options["agency"] else found)[:2])
        if len(actions) > 1:
            raise CommandError("two public bodies have this code: say whose with --agency")
        if not actions:
            raise CommandError("there is no action with this code")
        with scope(actions[0].agency_id):
            self.write(actions[0], Path(options["folder"]) / options["code"])

    def write(self, action: Action, path: Path) -> None:
        """Write the action's JSON file, and its CSV file where the rows are public."""
        found = find_public_data(action)
        if found is None:
            raise CommandError("the public may not have this now: it is not published, or its results are hidden")
        meant, told = found
        words = json.dumps(public_document(meant, told, action.code), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(words + "\n")
        self.stdout.write(f"{path}.json")
        if told.rows:
            with path.with_suffix(".csv").open("w") as file:
                file.writelines(rows_csv(meant, chosen=told.chosen))
            self.stdout.write(f"{path}.csv")
        else:
            self.stdout.write("no rows: they are public when it is over")
