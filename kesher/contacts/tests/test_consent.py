"""Who may be written to about what: a ledger that is only appended to, and one word that ends it everywhere."""

from __future__ import annotations

import pytest

from kesher.contacts.models import Consent, Identity, Merge
from kesher.contacts.services import (
    find_consent,
    get_or_create_identity,
    merge_contacts,
    record_consent,
    refuse_messages,
    set_consent,
    undo_merge,
    undo_refusal,
)
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.models import Audit

BROADCAST = [Consent.Purpose.INFORMATION, Consent.Purpose.PROMOTION, Consent.Purpose.OPINION]


@pytest.fixture
def mail(dana: Identity) -> Identity:
    """A second address, not known to be Dana's."""
    return get_or_create_identity(Address("mailto", "dana@example.org"))


def grant(identity: Identity, purpose: str = "information") -> None:
    record_consent(identity, purpose, granted=True, source="web", wording="Send me news")


def refuse(identity: Identity, everything: bool = False) -> None:
    refuse_messages(identity.contact.again().root(), everything=everything, source="sms", by=SYSTEM)


def link(kept: Identity, absorbed: Identity) -> Merge:
    row = merge_contacts(kept.contact.again(), absorbed.contact.again(), reason="code", by=SYSTEM)
    assert row is not None
    return row


def test_whoever_said_nothing_has_not_agreed(dana: Identity) -> None:
    assert [find_consent(dana.contact, purpose) for purpose in Consent.Purpose] == [None] * 4


@pytest.mark.parametrize("purpose", BROADCAST)
def test_stop_refuses_what_is_sent_to_many(dana: Identity, purpose: str) -> None:
    grant(dana, purpose)
    refuse(dana)
    assert find_consent(dana.contact, purpose) is False


def test_stop_leaves_answers_about_ones_own_case_and_stop_all_does_not(dana: Identity) -> None:
    refuse(dana)
    assert find_consent(dana.contact, Consent.Purpose.SERVICE) is None
    refuse(dana, everything=True)
    assert find_consent(dana.contact, Consent.Purpose.SERVICE) is False


def test_stop_refuses_for_every_address_of_the_person(dana: Identity, mail: Identity) -> None:
    link(dana, mail)
    grant(mail)
    refuse(dana)
    assert not Consent.objects.filter(identity=mail).latest("id").granted
    assert find_consent(mail.contact.again(), "information") is False


@pytest.mark.parametrize("order", ["agreed before", "agreed after", "said nothing"])
@pytest.mark.parametrize("kept", ["the one that stopped", "the other"])
def test_stop_holds_for_an_address_that_is_linked_later(dana: Identity, mail: Identity, order: str, kept: str) -> None:
    if order == "agreed before":
        grant(mail)
    refuse(dana)
    if order == "agreed after":
        grant(mail)
    link(*((dana, mail) if kept == "the one that stopped" else (mail, dana)))
    assert find_consent(dana.contact.again(), "information") is False
    assert find_consent(mail.contact.again(), "information") is False


def test_a_refusal_is_taken_back_by_a_later_word_of_the_same_person(dana: Identity, mail: Identity) -> None:
    refuse(dana)
    link(dana, mail)
    grant(mail)
    assert find_consent(dana.contact.again(), "information") is True
    assert find_consent(dana.contact.again(), "promotion") is False


def test_an_undo_gives_each_his_own_word_back(dana: Identity, mail: Identity) -> None:
    grant(mail)
    refuse(dana)
    undo_merge(link(dana, mail), by=SYSTEM)
    assert find_consent(mail.contact.again(), "information") is True
    assert find_consent(dana.contact.again(), "information") is False


def test_an_undo_takes_no_word_of_the_other_along(dana: Identity, mail: Identity) -> None:
    """What one of two agreed to or refused while they were one person was written for the other's address, too."""
    grant(mail)
    row = link(dana, mail)
    refuse_messages(dana.contact, everything=True, source="sms", by=SYSTEM)
    set_consent(dana.contact, "opinion", granted=True, wording="Views", by=SYSTEM)
    assert find_consent(mail.contact.again(), "opinion") is True
    undo_merge(row, by=SYSTEM)
    words = {who: [find_consent(who.contact.again(), purpose) for purpose in Consent.Purpose] for who in (dana, mail)}
    assert words == {dana: [False, False, False, True], mail: [None, True, None, None]}
    refuse_messages(dana.contact.again(), everything=True, source="sms", by=SYSTEM)
    assert find_consent(mail.contact.again(), "information") is True


def test_the_ledger_is_appended_to_and_says_where_and_in_which_words(dana: Identity) -> None:
    grant(dana)
    refuse(dana)
    rows = Consent.objects.filter(identity=dana, purpose="information").order_by("id")
    assert [(row.granted, row.source) for row in rows] == [(True, "web"), (False, "sms")]
    assert rows[0].wording == "Send me news"
    assert Audit.objects.filter(operation="contacts.stop").count() == 1


def begin_again(identity: Identity) -> list[str]:
    return undo_refusal(identity.contact.again().root(), source="sms", by=SYSTEM)


def test_start_after_stop_gives_back_what_was_agreed_to_and_nothing_more(dana: Identity, mail: Identity) -> None:
    grant(mail)
    link(dana, mail)
    refuse(dana)
    refuse(dana, everything=True)
    assert set(begin_again(dana)) == set(Consent.Purpose)
    words = {purpose: find_consent(mail.contact.again(), purpose) for purpose in Consent.Purpose}
    assert words == {"service": None, "information": True, "promotion": None, "opinion": None}
    refuse(dana)
    assert find_consent(dana.contact.again(), "information") is False


def test_start_without_stop_agrees_to_nothing_and_takes_no_other_refusal_back(dana: Identity) -> None:
    assert begin_again(dana) == []
    set_consent(dana.contact, "promotion", granted=False, wording="Promotion", by=SYSTEM)
    assert begin_again(dana) == []
    refuse(dana)
    assert set(begin_again(dana)) == {"information", "opinion"}
    assert find_consent(dana.contact, "promotion") is False
    assert begin_again(dana) == []
    assert Audit.objects.filter(operation="contacts.start").count() == 1


def test_start_takes_a_stop_back_that_was_said_on_an_address_linked_since(dana: Identity, mail: Identity) -> None:
    refuse(mail)
    grant(dana)
    link(dana, mail)
    assert find_consent(dana.contact.again(), "information") is False
    begin_again(dana)
    assert find_consent(dana.contact.again(), "information") is True
