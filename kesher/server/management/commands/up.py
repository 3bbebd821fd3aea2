"""The command ``kesher up``: migrate, collect static files, and serve (`kesher.site.cli` compiles translations)."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Agency
from kesher.server.management.commands import serve
from kesher.site.data_folder import make_private
from kesher.site.services.agency_setup import make_setup_link


class Command(BaseCommand):
    """Prepare the installation for this version, and serve it."""

    requires_system_checks: list[str] = []  # `kesher check` runs them; a start must be fast
    help = "Prepares this installation for its version, and serves it. With the simulator on, loads the demo once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        serve.Command().add_arguments(parser)
        parser.add_argument("--prepare-only", action="store_true", help="do not serve")

    def handle(self, **options: Any) -> None:
        """Migrate, collect static files, load the demo where asked, and run the server."""
        serve.hold_data_folder()
        make_private()
        migrate()
        collect_static()
        loaded = Agency.objects.filter(demo=True).exists()
        if settings.KESHER_SIMULATOR and (loaded or (settings.KESHER_DEMO and not Agency.objects.exists())):
            call_command("demo")  # a loaded demo only gets the URLs of this start
        connection.close()
        if options.pop("prepare_only"):
            return
        self.greet(options["port"])
        serve.Tree(options["host"], options["port"]).run()

    def greet(self, port: int) -> None:
        """Print the server's URLs, and how to sign in to the demo."""
        base = f"http://localhost:{port}"
        self.stdout.write(f"\n  Kesher   {base}/\n  desk     {base}/desk/")
        if settings.KESHER_SIMULATOR:
            self.stdout.write(f"  phones   {base}/simulator/")
        if Agency.objects.filter(demo=True).exists():
            self.stdout.write("  sign in  ruth (clerk), miriam (manager), admin; password: neve-yam-demo")
        if path := make_setup_link():
            self.stdout.write("  No public body yet. Set it up here; the link works once, within an hour:")
            self.stdout.write(f"  {absolute(path) if 'KESHER_PUBLIC_URL' in os.environ else base + path}")
        connection.close()
        self.stdout.write("  Ctrl-C stops it.\n")
        self.stdout.flush()


def migrate() -> None:
    """Apply pending database migrations, if there are any."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    """Collect static files where one is newer than the last collection, or the version changed."""
    stamp = Path(settings.STATIC_ROOT) / ".gathered"
    newest = str(
        max(
            (
                file.stat().st_mtime_ns
                for app in apps.get_app_configs()
                for file in (Path(app.path) / "static").rglob("*")
                if file.is_file()
            ),
            default=0,
        )
    )  # fmt: skip
    if stamp.exists() and stamp.read_text() == newest:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(newest)
