"""The command ``kesher recount [CODE]``: compare the tallies with the rows, and correct them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kesher.core.db.agency_scope import everywhere, scope
from kesher.participation.models import Action
from kesher.participation.services import count_at, recount_action


class Command(BaseCommand):
    """The command ``kesher recount``."""

    help = "Counts every action again (or the one with this code) and corrects its tallies."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the optional argument: the code of the one action to recount."""
        parser.add_argument("code", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare the tallies of one action, or of all, with its rows, and correct them."""
        with everywhere("recount"):
            actions = Action.objects.order_by("id")
            rows = list(actions.filter(code=options["code"]) if options["code"] else actions)
        if not rows:
            raise CommandError("there is no such action")
        for action in rows:
            with scope(action.agency_id):
                found = asdict(recount_action(action))
                found["at_level"] = {level: count_at(action, level) for level in (1, 2, 3)}
            self.stdout.write(json.dumps({**found, "ok": not found["wrong"]}, ensure_ascii=False))
