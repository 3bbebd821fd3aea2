"""What happens to public messages later: their author deletes or edits them, readers react, receipts come."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Status
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.services.events.provider_events import record_event

NOA = Address("messenger", "111111:222222", "Noa")
FIRE = "יש פה שריפה, אנשים לכודים בבניין"
BY_NOA = {"author": {"scheme": NOA.scheme, "address": NOA.address}}


@pytest.fixture
def page(city: Agency) -> Account:
    """A page in Facebook whose comments come here."""
    settings = {"app_id": "15000", "verify_token": "v", "comments": True}
    return open_account("messenger", address="111111", secrets=("s",), token="t" * 40, settings=settings)


@pytest.fixture
def comment(page: Account) -> Message:
    """Noa's comment about a fire, under which the bot put the emergency numbers."""
    event = Event(Kind.COMMENT, "c|1", external_id="111111_5", sender=NOA, text=FIRE, public=True, thread="111111_5")
    message = receive(page, event, received=timezone.now())
    assert message is not None
    respond(message)
    return message


def test_an_edit_that_comes_after_the_deletion_brings_nothing_back(page: Account, comment: Message) -> None:
    record_event(page, Event(Kind.DELETE, "d|1", target="111111_5", data=BY_NOA))
    kept = record_event(page, Event(Kind.EDIT, "e|1", target="111111_5", text=FIRE, data=BY_NOA))
    comment.refresh_from_db()
    assert comment.text == ""
    assert kept is not None
    assert FIRE not in str(kept.data)


def test_a_readers_reaction_is_not_the_authors(page: Account, comment: Message) -> None:
    reader = Address("messenger", "111111:999")
    record_event(page, Event(Kind.REACTION, "r|1", sender=reader, target="111111_5", text="😆"))
    comment.refresh_from_db()
    assert "reaction" not in comment.content


def test_what_we_said_in_public_stays_in_the_journal_when_it_is_deleted_there(page: Account, comment: Message) -> None:
    Message.objects.filter(direction="out").update(external_id="111111_6", state="sent")
    record_event(page, Event(Kind.DELETE, "d|2", target="111111_6"))
    ours = Message.objects.get(direction="out")
    assert ours.text
    assert ours.deleted_at is not None


def test_a_receipt_for_private_messages_says_nothing_of_public_ones(page: Account, comment: Message) -> None:
    Delivery.objects.update(state="sent", leased_at=1.0, external_id="111111_6")
    read = Event(Kind.STATUS, "s|1", sender=NOA, status=Status.READ, data={"until": timezone.now().isoformat()})
    record_event(page, read)
    assert Delivery.objects.get().state == "sent"
