"""What whoever proposed a word hears of its review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import merge_contacts
from kesher.contests.models import Contest, Proposal
from kesher.contests.services import add_statement, claim_proposal, decide, merge, review
from kesher.contests.tests.factories import a_contest, a_phone, proposed
from kesher.conversations.models import Broadcast, BroadcastRow, Message
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, MAIL, code_sent_to, hear
from kesher.core.audit import SYSTEM

WAYS = "/api/v1/contests/31415/proposals/"


@pytest.fixture
def contest(city: Agency) -> Contest:
    return a_contest(code="31415")


def last_words() -> str:
    expand_broadcasts()
    return Message.objects.filter(direction="out").latest("id").text


def states() -> list[str]:
    return list(BroadcastRow.objects.order_by("id").values_list("state", flat=True))


def test_who_proposed_by_sms_hears_there_that_it_is_published(
    contest: Contest, sms: Account, ruth: Staff, noon: datetime
) -> None:
    hear(sms, DANA, "להציע 31415", "קלקלן", "מי שמקלקל את הסוף", "2")
    row = review(Proposal.objects.get(), "publish", staff=ruth)
    assert row.get_absolute_url() in last_words()
    assert states() == ["queued"]


def test_who_proposed_hears_the_reason_of_a_no_in_his_language(contest: Contest, ruth: Staff, dana: Identity) -> None:
    row = proposed(contest, dana, "קלקלן", door="sms").proposal
    review(row, "reject", staff=ruth, reason="exists")
    texts = Broadcast.objects.get().texts
    assert "This word is in use already" in texts["en"]
    assert contest.get_absolute_url() in texts["he"]


def test_an_address_that_was_only_typed_hears_nothing_until_its_code_came_back(
    client: Client, contest: Contest, mailbox: Account, ruth: Staff, noon: datetime
) -> None:
    for text in ("קלקלן", "סופן"):
        client.post(WAYS, {"text": text, "address": MAIL.address}, content_type="application/json")
    typed, proved = Proposal.objects.order_by("number")
    claim_proposal(proved, Call(door="api", address=MAIL), code=code_sent_to(MAIL.address))
    for row in (typed, proved):
        review(row, "publish", staff=ruth)
    assert Broadcast.objects.get().name == "31415 2"
    assert "סופן" in last_words()


def test_one_person_who_proposed_it_twice_hears_once(contest: Contest, dana: Identity, omar: Identity) -> None:
    row = proposed(contest, dana, "קלקלן").proposal
    proposed(contest, omar, "הקלקלן")
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    review(row, "publish", staff=None)
    assert BroadcastRow.objects.count() == 1


def test_who_was_erased_and_the_staff_themselves_hear_nothing(contest: Contest, dana: Identity) -> None:
    gone = proposed(contest, dana, "קלקלן").proposal
    Contact.objects.filter(pk=dana.contact_id).update(status=Contact.Status.ERASED)
    review(gone, "publish", staff=None)
    review(add_statement(contest, {"he": "סופן"}), "reject", staff=None, reason="advert")
    assert not Broadcast.objects.exists()


def test_who_cannot_be_reached_holds_up_no_review(contest: Contest, noon: datetime) -> None:
    row = review(proposed(contest, a_phone(), "קלקלן").proposal, "publish", staff=None)
    expand_broadcasts()
    assert (row.state, states()) == ("published", ["unreachable"])


def test_a_word_that_staff_join_to_a_published_one_is_published_with_it(
    contest: Contest, dana: Identity, omar: Identity
) -> None:
    shown = review(proposed(contest, dana, "קלקלן").proposal, "publish", staff=None)
    waiting: Any = proposed(contest, omar, "סופן").proposal
    merge(waiting, shown, staff=None)
    assert [row.contact for row in BroadcastRow.objects.order_by("id")] == [dana.contact, omar.contact]


def test_whoever_coined_the_word_that_is_chosen_hears_it_without_having_asked(
    contest: Contest, dana: Identity, omar: Identity
) -> None:
    row: Any = proposed(contest, dana, "קלקלן", level=1, door="sms").proposal
    proposed(contest, omar, "קלקלן", level=0, door="api")  # perhaps another person typed the address
    review(row, "publish", staff=None)
    BroadcastRow.objects.all().delete()
    decide(contest, row.again(), {"he": "כי היא טובה"}, staff=None)
    told = BroadcastRow.objects.filter(broadcast__purpose="service").values_list("contact", flat=True)
    assert list(told) == [dana.contact_id]
