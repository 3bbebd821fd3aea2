"""“What do I owe?” in a conversation: the same envelopes, said where it was asked."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from django.utils import timezone, translation

from kesher.accounts.services import link_to_page
from kesher.accounts.services.magic_links import LINKS_AN_HOUR
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.contacts.services import prove_identity
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.tests.talk import link_in
from kesher.core.audit import SYSTEM
from kesher.records.chat_summary import source_failure_lines
from kesher.records.models import Look, Lookup
from kesher.records.services import answer_lookup, take_lookups
from kesher.records.sources.readings import Envelope
from kesher.records.tasks import answer_in_thread
from kesher.records.tests.factories import a_failing_source, a_source, agree, row

COUNT = iter(range(10_000))


def says(account: Account, identity: Identity, words: str) -> None:
    sender = Address(identity.scheme, identity.address, "דנה לוי")
    number = next(COUNT)
    event = Event(Kind.MESSAGE, f"m|{number}", external_id=f"x{number}", sender=sender, text=words)
    message = receive(account, event, received=timezone.now())
    assert message is not None
    respond(message)


def last() -> Message:
    return Message.objects.filter(direction="out").latest("pk")


def answered() -> str:
    """The worker's part, and what was said then."""
    for _agency, pk in take_lookups():
        answer_lookup(pk)
    return last().text


@pytest.fixture
def proved(dana: Identity) -> Identity:
    """Dana once typed a code from this number."""
    prove_identity(dana, evidence={"test": True}, by=SYSTEM)
    return dana.again()


@pytest.mark.parametrize("words", ["מה החוב שלי", "كم عليّ أن أدفع", "сколько я должна", "what do I owe?"])
def test_four_languages_ask(proved: Identity, sms: Account, words: str) -> None:
    agree(proved.contact, a_source())
    says(sms, proved, words)
    assert Lookup.objects.filter(state="new").count() == 1


def test_the_answer_has_the_sum_and_what_is_in_it(proved: Identity, sms: Account) -> None:
    agree(
        proved.contact, a_source(), a_source("fines", [{"key": "f", "title": "חניה", "kind": "fine", "amount": "100"}])
    )
    says(sms, proved, "מה החוב שלי")
    said = answered()
    assert "712.40" in said
    assert "ארנונה" in said
    assert "חניה" in said


def test_it_names_how_many_did_not_answer(proved: Identity, sms: Account) -> None:
    sources = [a_source(), a_source("b"), a_source("c"), a_failing_source("d"), a_failing_source("e", "garbage")]
    agree(proved.contact, *sources)
    says(sms, proved, "what do I owe?")
    assert "2 of 5 sources did not answer: Source d, Source e." in answered()


def test_a_sum_of_which_a_part_is_missing_says_so(proved: Identity, sms: Account) -> None:
    agree(proved.contact, a_source("whole"), a_source("part", settings={"missing": ["water"]}))
    says(sms, proved, "what do I owe?")
    assert "Source part." in answered().partition("Answered in part: ")[2]


def test_an_older_answer_of_which_a_part_is_missing_says_both() -> None:
    old = Envelope("a", "stale", (row(),), timezone.now(), ("water",))
    with translation.override("en"):
        assert source_failure_lines([old, Envelope("b", "ok", (row(),))], {"a": "Source a"}) == [
            "Answered in part: Source a.",
            "Not of today: Source a.",
        ]


def test_whoever_is_not_known_well_enough_gets_a_link_and_no_amount(dana: Identity, sms: Account) -> None:
    agree(dana.contact, a_source())
    says(sms, dana, "what do I owe?")
    assert not Lookup.objects.exists()
    link = link_in(Delivery.objects.latest("pk").sealed)
    assert "/me/enter/" in link
    assert "?next=%2Frecords%2F" in link
    assert "612" not in last().text


def test_a_question_costs_one_link_and_over_the_limit_the_answer_still_comes(proved: Identity, sms: Account) -> None:
    agree(proved.contact, a_source())
    asked = Proof.objects.filter(purpose="enter")
    says(sms, proved, "what do I owe?")
    assert ("612.40" in answered(), asked.count()) == (True, 1)
    for _more in range(LINKS_AN_HOUR - 1):
        link_to_page(proved)
    says(sms, proved, "what do I owe?")
    assert "612.40" in answered()
    assert last().content["links"][0][1].endswith("/records/")
    assert asked.count() == LINKS_AN_HOUR


def test_a_question_that_breaks_is_told_to_the_log(
    proved: Identity, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_pk: int) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("kesher.records.tasks.services.answer_lookup", breaks)
    monkeypatch.setattr("kesher.records.tasks.connection", Mock())
    answer_in_thread(proved.agency_id, 7)
    assert "question 7 was not answered" in caplog.text


def test_what_asks_for_more_is_only_counted(proved: Identity, sms: Account) -> None:
    agree(
        proved.contact,
        a_source(),
        a_source("health", [{"key": "h", "title": "סוד", "kind": "bill", "amount": "9"}], level=3),
    )
    says(sms, proved, "what do I owe?")
    said = answered()
    assert "1 more source opens on your page" in said
    assert "סוד" not in said


def test_an_answer_is_said_once_and_is_a_look(proved: Identity, sms: Account) -> None:
    agree(proved.contact, a_source())
    says(sms, proved, "what do I owe?")
    answered()
    before = Message.objects.count()
    answer_lookup(Lookup.objects.get().pk)
    assert Message.objects.count() == before
    assert (Look.objects.get().door, Look.objects.get().viewer_id) == ("sms", proved.contact_id)


def test_one_question_is_taken_by_one_worker(proved: Identity, sms: Account) -> None:
    agree(proved.contact, a_source())
    says(sms, proved, "what do I owe?")
    assert (len(take_lookups()), take_lookups()) == (1, [])
