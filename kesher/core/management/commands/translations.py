"""The command ``kesher translations``: update, check or compile the message catalogues.

It compiles the message catalogues. `--update` first collects the messages of the source; `--check` fails if a
translation is missing.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kesher.core.i18n.translations import ROOT, compile_all, conflicts, missing_anywhere, update_all


class Command(BaseCommand):
    """Compile, update or check the message catalogues."""

    help = "Compiles the translations; with --update collects the messages first, with --check names what is missing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of the command."""
        parser.add_argument("--update", action="store_true", help="collect the messages of code and templates")
        parser.add_argument("--check", action="store_true", help="fail if a message lacks a translation")

    def handle(self, *args: Any, **options: Any) -> None:
        """Update, compile and check the translation catalogues, as the options say."""
        if options["update"]:
            self.stdout.write(f"{update_all()} catalogues changed")
        self.stdout.write(f"{compile_all()} catalogues compiled")
        if options["check"]:
            self.check_words()

    def check_words(self) -> None:
        """Raise CommandError if a translation is missing, or if apps translate one message differently."""
        lacking = [*missing_anywhere(), *conflicts(ROOT)]
        if lacking:
            names = "\n".join(f"  {entry}" for entry in lacking)
            raise CommandError(f"{len(lacking)} messages lack a translation of their own:\n{names}")
        self.stdout.write("every message is translated")
