"""The command ``kesher send-as`` where the simulator is installed: the sender's simulated phone shows the message."""

from __future__ import annotations

from importlib import import_module

from kesher.channels.base import Address, Json
from kesher.channels.models import Account
from kesher.simulator.services import record_message

SendAs = import_module("kesher.site.management.commands.send-as").Command  # no name that an import statement takes


class Command(SendAs):  # type: ignore[misc, valid-type]  # found at run time
    """Send a message as a citizen, and show it on their phone."""

    def send(self, account: Account, sender: Address, words: Json, server: str) -> None:
        """Store the message on the simulated phone, and send it to the intake."""
        record_message(account.channel, sender.address, {"say": words}, mine=True)
        super().send(account, sender, words, server)
