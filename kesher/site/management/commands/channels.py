"""The command ``kesher channels``: list the channel accounts and check how they are configured."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kesher.channels.models import Account
from kesher.channels.registry import channels
from kesher.core.db.agency_scope import everywhere

MARKS = {True: "ok", False: "MISSING", None: "?"}


class Command(BaseCommand):
    """List and check the channel accounts."""

    help = "Lists the accounts of every channel with what check() says; exits with 1 where one that is on is not well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--all", action="store_true", help="also what is well")

    def handle(self, **options: Any) -> None:
        """Print every channel account; exit with 1 where an active one has a problem."""
        with everywhere("kesher channels"):
            rows = list(Account.objects.select_related("agency").order_by("agency_id", "order", "id"))
        bad = sum([self.show(account, everything=options["all"]) for account in rows])
        if not rows:
            self.stdout.write(f"No account yet. Channels: {', '.join(channels())}")
        raise SystemExit(1 if bad else 0)

    def show(self, account: Account, *, everything: bool) -> bool:
        """Print a channel account with its health check, and return whether it is active and has a problem."""
        info = account.info()
        try:
            checks = account.adapter.check(info)
        except KeyError:
            self.stdout.write(
                f"{account.agency.slug:16} {account.channel:10} the package of this channel is not installed"
            )
            return account.is_active
        wrong = [check for check in checks if check.ok is False]
        state = ("well" if not wrong else "NOT WELL") if account.is_active else "off"
        self.stdout.write(f"{account.agency.slug:16} {account.channel:10} {account.address or '-':28} {state}")
        self.stdout.write(f"{'':16} webhook {info.public_url}")
        for check in checks if everything else wrong:
            self.stdout.write(
                f"{'':16} {MARKS[check.ok]:7} {check.name}: {check.hint}"
                if check.ok is not True
                else f"{'':16} ok      {check.name}"
            )
        if account.last_error:
            self.stdout.write(f"{'':16} last error {account.last_error_at:%Y-%m-%d %H:%M}: {account.last_error}")
        return account.is_active and bool(wrong)
