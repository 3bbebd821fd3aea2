"""The number of a purchase that we still read is known to its organiser, and to nobody else."""

from __future__ import annotations

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import SYSTEM
from kesher.purchases.services import start_purchase

OMAR = Address("tel", "+972505550143", "")


def test_its_organiser_hears_that_it_is_read_and_a_stranger_that_there_is_none(dana: Identity, sms: Account) -> None:
    row = start_purchase(
        titles={"he": "דוד שמש"}, texts={"he": "יחד"}, language="he", organiser=dana.contact, by=SYSTEM
    )
    for words in (row.code, f"לקנות {row.code}", f"הרכישה שלי {row.code}"):
        assert "דוד שמש" in hear(sms, DANA, words), words
        assert "דוד שמש" not in hear(sms, OMAR, words), words
