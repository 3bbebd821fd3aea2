"""The command ``kesher demo``: load a made-up municipality to try everything with."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.demo.data_files import read
from kesher.demo.services import load_demo, set_national_login
from kesher.site.webhook_client import own_address


class Command(BaseCommand):
    """Load the demo."""

    help = "Loads the demo municipality; does nothing but refresh the providers' addresses where it is there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--address", default="", help="where this server listens, as http://127.0.0.1:8000")

    def handle(self, **options: Any) -> None:
        """Load the demo data and print how to sign in."""
        began = time.monotonic()
        agency, made = self.load(options["address"] or own_address())
        if not made:
            return
        self.stdout.write(f"{agency.names['en']} in {time.monotonic() - began:.1f} s. Sign in at /desk/ as:")
        for row in read("agency")["staff"]:
            self.stdout.write(f"  {row['username']:8} {row['role']:8} {row['name']}")
        self.stdout.write(f"  password of all: {read('agency')['password']}")

    def load(self, address: str) -> tuple[Agency, bool]:
        """Return the demo agency, and whether it was created now. The simulator has providers at ``address``."""
        agency, made = load_demo()
        with scope(agency):
            set_national_login()
        return agency, made
