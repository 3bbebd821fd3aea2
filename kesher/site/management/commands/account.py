"""The command ``kesher account``: add or change a channel account (WhatsApp, SMS …); secrets come from files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.channels.registry import channels, get_channel
from kesher.channels.services import change_account, open_account
from kesher.core.db.agency_scope import scope

WORDS = {"true": True, "false": False}


class Command(BaseCommand):
    """Add or change a channel account."""

    help = "Opens (add CHANNEL) or changes (change CHANNEL:ADDRESS) an account, and says what is still missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("verb", choices=["add", "change"])
        parser.add_argument("account", help="a channel (add); a channel, or channel:address (change)")
        parser.add_argument("--agency", default="", help="the public body's short name, where there are several")
        parser.add_argument("--address", help="the provider's routing key: a number, a mailbox, a bot's name")
        parser.add_argument("--shown", help="the address that people see, where it is another one")
        parser.add_argument("--secret-file", type=Path, action="append", help="a file with a secret; newest first")
        parser.add_argument("--keep-secrets", action="store_true", help="keep the present secrets behind the new ones")
        parser.add_argument("--token-file", type=Path, help="a file with the provider's token or password")
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=TEXT", help="a setting; NAME:=JSON, too"
        )

    def handle(self, **options: Any) -> None:
        """Create or change a channel account as the options say, and print what is missing in it."""
        fields = {"address": options["address"], "shown_address": options["shown"]}
        fields = {name: value for name, value in fields.items() if value is not None}
        given = {"token": read_file(options["token_file"]), "secrets": read_files(options["secret_file"])}
        settings = dict(parse_setting(text) for text in options["set"])
        agency = agency_of(options["agency"])
        with scope(agency):
            if options["verb"] == "add":
                known = {name: value for name, value in given.items() if value is not None}
                account = add_account(options["account"], **fields, **known, settings=settings)
            else:
                account = get_account(options["account"])
                if options["keep_secrets"] and given["secrets"] is not None:
                    given["secrets"] += tuple(account.secrets.get("secrets", ()))
                account = change_account(account, **given, **fields, settings={**account.settings, **settings})
            self.tell(account, agency)

    def tell(self, account: Account, agency: Agency) -> None:
        """Print a channel account's webhook URL and which settings are missing."""
        info = account.info(agency.public_url)
        self.stdout.write(f"{account}\n  webhook {info.public_url}")
        for check in account.adapter.check(info):
            if check.ok is False:
                self.stdout.write(f"  MISSING {check.name}: {check.hint}")


def add_account(name: str, **fields: Any) -> Account:
    """Create a channel account and return it. Raise CommandError where the channel is unknown or the account exists."""
    try:
        get_channel(name)
    except KeyError as error:
        raise CommandError(f"There is no channel {name}. Known: {', '.join(channels())}") from error
    if Account.objects.filter(channel=name, address=fields.get("address", "")).exists():
        raise CommandError("There is such an account already: kesher account change …")
    return open_account(name, **fields)


def get_account(text: str) -> Account:
    """Return the channel account named ``channel`` or ``channel:address``. Raise CommandError for none or several."""
    name, _colon, address = text.partition(":")
    rows = list(Account.objects.filter(channel=name, **({"address": address} if address else {}))[:2])
    if len(rows) != 1:
        raise CommandError(f"{text} names {'several accounts' if rows else 'no account'}. See: kesher channels")
    return rows[0]


def agency_of(slug: str) -> Agency:
    """Return the agency with this slug, or the only one for "". Raise CommandError."""
    rows = list(Agency.objects.filter(**({"slug": slug} if slug else {}))[:2])
    if len(rows) != 1:
        raise CommandError(
            "Say which public body, with --agency." if rows else "There is no such public body: kesher setup"
        )
    return rows[0]


def read_file(path: Path | None) -> str | None:
    """Return a file's text without surrounding white space; None without a path. Raise CommandError."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def read_files(paths: list[Path] | None) -> Any:
    """Return the texts of several files, or None where no paths are given."""
    return None if paths is None else tuple(read_file(path) for path in paths)


def parse_setting(text: str) -> tuple[str, Any]:
    """Return (name, value) of an option NAME=TEXT (text, true or false) or NAME:=JSON. Raise CommandError."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip(":"):
        raise CommandError(f"{text}: write NAME=TEXT, or NAME:=JSON")
    if not name.endswith(":"):
        return name, WORDS.get(value, value)
    try:
        return name.removesuffix(":"), json.loads(value)
    except ValueError as error:
        raise CommandError(f"{text}: {error}") from error
