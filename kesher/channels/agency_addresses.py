"""The numbers and mailboxes of our own accounts: nothing that a machine writes may go there, or two of them would
answer each other without end."""

from __future__ import annotations

import time

from django.core.exceptions import ValidationError

from kesher.channels.models import Account
from kesher.contacts.addresses import mailbox, phone
from kesher.core.scope import everywhere

REFRESH_SECONDS = 30.0


class AgencyAddresses:
    """The addresses of every active account of every agency, however they are spelled; read again twice a minute."""

    def __init__(self) -> None:
        self.read_at: float | None = None
        self.found: frozenset[str] = frozenset()

    def __contains__(self, address: tuple[str, str]) -> bool:
        """Is this (scheme, address) one of ours?"""
        self.read_when_older(REFRESH_SECONDS)
        return mailbox(*address) in self.found

    def read_when_older(self, seconds: float) -> None:
        """Read them where that was longer ago: half as long in the background, so that no request has to."""
        if self.read_at is None or time.monotonic() - self.read_at > seconds:
            self.found, self.read_at = read_addresses(), time.monotonic()

    def note(self, account: Account) -> None:
        """Take in an account that was opened in this process."""
        self.found |= {
            canonical(text) for text in (account.address, account.shown_address) if text and account.is_active
        }

    def forget(self) -> None:
        """Read the accounts anew at the next question: one of them was changed."""
        self.read_at = None

    def begin(self) -> None:
        """Know that there are no accounts yet: an empty database."""
        self.found, self.read_at = frozenset(), time.monotonic()


def read_addresses() -> frozenset[str]:
    """Return where a message to each of our active accounts arrives."""
    with everywhere("the addresses of our own accounts"):
        rows = Account.objects.filter(is_active=True).values_list("address", "shown_address")
        return frozenset(canonical(text) for row in rows for text in row if text)


def canonical(text: str) -> str:
    """Return an account's address as `mailbox` names it; one that is no phone number stays as it is."""
    if "@" in text:
        return mailbox("mailto", text.strip())
    try:
        return mailbox("tel", phone(text))
    except ValidationError:
        return mailbox("tel", text.strip())


AGENCY_ADDRESSES = AgencyAddresses()
