"""The command ``kesher restore``: restore an archive of ``kesher backup``."""

from __future__ import annotations

import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from kesher.agencies.models import Agency
from kesher.site.backup_archive import BadArchive, open_archive, unpack_archive
from kesher.site.data_folder import InUse, exclude_servers


class Command(BaseCommand):
    """Restore a backup."""

    help = "Puts a backup back. Refuses while a server runs, and to overwrite what is here without --yes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="overwrite what is here")

    def handle(self, **options: Any) -> None:
        """Restore a backup archive, unless a server runs or data would be overwritten without --yes."""
        try:
            with open_archive(options["file"]) as (archive, manifest):
                if has_data() and not options["yes"]:
                    raise CommandError("This installation has data, and a restore replaces it. If you mean it: --yes")
                with exclude_servers():
                    unpack_archive(archive)
        except InUse as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        except (BadArchive, OSError, subprocess.CalledProcessError) as error:
            raise CommandError(f"Nothing was restored: {error}") from error
        self.stdout.write(f"Restored from {manifest['at']} (version {manifest['version']}). Now: kesher up")


def has_data() -> bool:
    """Return whether this installation has an agency, whose data a restore would overwrite."""
    try:
        return Agency.objects.exists()
    except DatabaseError:
        return False  # no tables yet
