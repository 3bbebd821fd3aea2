"""The command ``kesher send-as``: send one signed inbound message to the running server."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Json
from kesher.channels.models import Account
from kesher.contacts.addresses import normalize_email, normalize_phone
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.site.webhook_client import send_as_person


class Command(BaseCommand):
    """Send a message as a citizen."""

    help = "Sends TEXT as if ADDRESS had written it on CHANNEL: signed as the provider signs, over HTTP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("channel")
        parser.add_argument("address", help="a phone number, an e-mail address, or the channel's own id of a person")
        parser.add_argument("text")
        parser.add_argument("--agency", default="", help="the public body's short name, where there are several")
        parser.add_argument("--name", default="", help="the name that the provider would tell")
        parser.add_argument("--server", default="", help="where it listens; http://127.0.0.1:$PORT if not said")

    def handle(self, **options: Any) -> None:
        """Send the text to the intake as a signed message from a person, as the channel's provider would."""
        account = account_of(options["channel"], options["agency"])
        sender = sender_of(account, options["address"], options["name"])
        words = {"id": uuid.uuid4().hex, "text": options["text"]}
        with scope(account.agency):
            try:
                self.send(account, sender, words, options["server"])
            except Refused as error:
                raise CommandError(error.message) from error
        self.stdout.write(f"{account} took it from {sender.scheme}:{sender.address}")

    def send(self, account: Account, sender: Address, words: Json, server: str) -> None:
        """Send what a person says to the intake."""
        send_as_person(account, sender, words, server)


def account_of(channel: str, slug: str) -> Account:
    """Return the first active account of a channel in the agency. Raise CommandError where there is none."""
    agencies = Agency.objects.filter(slug=slug) if slug else Agency.objects.all()
    with everywhere("send-as"):
        rows = Account.objects.filter(channel=channel, is_active=True, agency__in=agencies).select_related("agency")
        account = rows.order_by("order", "id").first()
    if account is None:
        raise CommandError(f"No account on {channel} is switched on. See: kesher channels")
    return account


def sender_of(account: Account, text: str, name: str) -> Address:
    """Return the person's address in the account's channel. Raise CommandError for an invalid one."""
    schemes = account.capabilities().schemes
    scheme = next((item for item in schemes if item != "demo"), "tel")
    try:
        if scheme == "tel":
            return Address(scheme, normalize_phone(text), name)
        return Address(scheme, normalize_email(text) if scheme == "mailto" else text, name)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
