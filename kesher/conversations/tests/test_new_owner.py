"""A number that changed hands: what is said to the old owner goes nowhere, and the new one can be answered."""

from __future__ import annotations

import pytest

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import change_owner, merge_contacts, undo_merge
from kesher.conversations.models import Delivery, Message, Route
from kesher.conversations.services import NotNow, best_route, conversation_of, reply, routes_by_preference
from kesher.conversations.services.identity_linkage import write_to
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import SYSTEM


@pytest.fixture
def old(dana: Identity, sms: Account) -> Contact:
    """Dana, who wrote from this number before it was given to somebody else."""
    hear(sms, DANA, "שלום")
    return dana.contact


@pytest.fixture
def new(old: Contact, dana: Identity) -> Contact:
    return change_owner(dana, to=None, how="code", by=SYSTEM)


def test_nothing_goes_out_to_the_old_owner_on_it(old: Contact, new: Contact, ruth: Staff) -> None:
    before = Delivery.objects.count()
    assert (routes_by_preference(old), best_route(old)) == ([], None)
    with pytest.raises(NotNow):
        reply(conversation_of(old), "הפנייה טופלה", staff=ruth)
    assert Delivery.objects.count() == before


def test_whoever_writes_from_it_is_answered_in_his_own_conversation(
    old: Contact, new: Contact, sms: Account, ruth: Staff
) -> None:
    hear(sms, DANA, "שלום")
    answer = reply(conversation_of(new), "במה אפשר לעזור?", staff=ruth)
    assert Route.objects.get().conversation == conversation_of(new)
    assert answer.conversation == conversation_of(new)
    assert routes_by_preference(old) == []


def test_what_we_write_first_makes_it_the_new_owner_s_way(old: Contact, new: Contact, dana: Identity) -> None:
    assert write_to(dana, Say("הקוד שלכם")).conversation == conversation_of(new)
    route = Route.objects.get()
    assert (route.conversation, route.last_in_at) == (conversation_of(new), None)
    assert routes_by_preference(new) == [route]


def test_a_letter_to_the_new_owner_is_in_no_thread_of_the_old_one(old: Contact, new: Contact, sms: Account) -> None:
    Route.objects.update(thread={"subject": "הארנונה שלי"})
    hear(sms, DANA, "שלום")
    assert Route.objects.get().thread == {}


def test_who_was_merged_keeps_his_way_for_the_day_on_which_that_is_undone(
    old: Contact, omar: Identity, sms: Account
) -> None:
    row = merge_contacts(omar.contact, old, reason="test", by=SYSTEM)
    hear(sms, DANA, "שלום")
    assert [route.identity.address for route in routes_by_preference(omar.contact)] == [DANA.address]
    assert row is not None
    undo_merge(row, by=SYSTEM)
    assert [route.conversation.contact for route in routes_by_preference(Contact.objects.get(pk=old.pk))] == [old]
    assert Message.objects.filter(direction="out").exists()
