"""The command ``kesher verbs``: print the table of what citizens can do on which channel, for the README."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kesher.site.readme_channel_table import insert_table, render_table
from kesher.site.settings import ROOT

README = ROOT.parent / "README.md"


class Command(BaseCommand):
    """Print the table of verbs."""

    help = "Prints which verb is served on which channel; --write puts the table into README.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--write", action="store_true", help="write it into README.md")

    def handle(self, **options: Any) -> None:
        """Print the feature table of verbs and channels, or write it into README.md."""
        if not options["write"]:
            self.stdout.write(render_table())
            return
        README.write_text(insert_table(README.read_text(encoding="utf-8")), encoding="utf-8")
        self.stdout.write(f"{README.name} is up to date")
