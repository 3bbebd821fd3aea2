"""The command ``kesher backup``: write database, files and keys to one archive."""

from __future__ import annotations

import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kesher.site.backup_archive import pack_archive


class Command(BaseCommand):
    """Back up the installation."""

    help = (
        "Writes everything of this installation into one .tar.gz, while it runs. Keep it elsewhere: the keys are in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("file", nargs="?", type=Path, help="the archive; kesher-<date>.tar.gz here, if not said")
        parser.add_argument("--yes", action="store_true", help="replace an archive of that name")

    def handle(self, **options: Any) -> None:
        """Write a backup archive and print its size."""
        target: Path = options["file"] or Path(f"kesher-{timezone.localtime():%Y-%m-%d-%H%M}.tar.gz")
        if target.exists() and not options["yes"]:
            raise CommandError(f"{target} is there already; --yes replaces it.")
        try:
            size = pack_archive(target.resolve())
        except (OSError, subprocess.CalledProcessError) as error:
            raise CommandError(f"The backup failed: {error}") from error
        self.stdout.write(f"{target} ({size / 1_000_000:.1f} MB). It holds people's data and the keys: keep it safe.")
