"""List the telephone numbers and mailboxes of our own channel accounts, so that we never write to ourselves.

No automatic message may go there, or two machines would answer each other without end.
"""

from __future__ import annotations

import time

from django.core.exceptions import ValidationError

from kesher.channels.models import Account
from kesher.contacts.addresses import mailbox_of, normalize_phone
from kesher.core.db.agency_scope import everywhere

REFRESH_SECONDS = 30.0


class AgencyAddresses:
    """The addresses of every active account of every agency, refreshed twice a minute."""

    def __init__(self) -> None:
        """Start without addresses; the first question reads them from the database."""
        self.read_at: float | None = None
        self.found: frozenset[str] = frozenset()

    def __contains__(self, address: tuple[str, str]) -> bool:
        """Return whether this (scheme, address) belongs to an account of any agency, in any spelling."""
        self.read_when_older(REFRESH_SECONDS)
        return mailbox_of(*address) in self.found

    def read_when_older(self, seconds: float) -> None:
        """Read all account addresses from the database again if they were last read more than `seconds` ago.

        The web process's heartbeat uses half the interval, so that requests seldom have to read.
        """
        if self.read_at is None or time.monotonic() - self.read_at > seconds:
            self.found, self.read_at = read_addresses(), time.monotonic()

    def note(self, account: Account) -> None:
        """Add the addresses of an account that was opened in this process, if it is active."""
        self.found |= {
            canonical(text) for text in (account.address, account.shown_address) if text and account.is_active
        }

    def forget(self) -> None:
        """Mark the addresses as stale after an account was changed, so that the next question reads them again."""
        self.read_at = None

    def begin(self) -> None:
        """Set the addresses to none without reading, for an empty database."""
        self.found, self.read_at = frozenset(), time.monotonic()


def read_addresses() -> frozenset[str]:
    """Return the addresses of all active accounts, in canonical form."""
    with everywhere("the addresses of our own accounts"):
        rows = Account.objects.filter(is_active=True).values_list("address", "shown_address")
        return frozenset(canonical(text) for row in rows for text in row if text)


def canonical(text: str) -> str:
    """Return an account's address as `mailbox_of` spells it; a short code stays as it is."""
    if "@" in text:
        return mailbox_of("mailto", text.strip())
    try:
        return mailbox_of("tel", normalize_phone(text))
    except ValidationError:
        return mailbox_of("tel", text.strip())


AGENCY_ADDRESSES = AgencyAddresses()
