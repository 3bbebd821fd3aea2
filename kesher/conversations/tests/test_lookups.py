"""The worker's batch: rows read in advance for all give what each message would have found alone."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.intake.worker import TRIES, Worker
from kesher.conversations.models import Intake, Message, Route
from kesher.conversations.services.events.lookups import Arrival, read_ahead
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.batch import batch
from kesher.dialogues.models import DialogueSession

DANA, ALIAS = Address("tel", "+972505550142", "דנה לוי"), Address("wa-bsuid", "IL.142")


def said(number: int, sender: Address = DANA, *aliases: Address) -> Event:
    return Event(Kind.MESSAGE, f"m|{number}", external_id=f"x{number}", sender=sender, aliases=aliases, text="שלום")


def in_a_batch(*arrivals: Arrival) -> None:
    """As `Worker.batch`, which takes the rows one by one where this fails."""
    with transaction.atomic(), batch(), everywhere("a batch"):
        read_ahead(arrivals)
        for account, event in arrivals:
            Worker().process_event(account, event, time.time())


def test_whoever_was_only_claimed_is_known_as_well_as_the_channel_vouches(city: Agency, whatsapp: Account) -> None:
    get_or_create_identity(DANA)
    in_a_batch((whatsapp, said(1)), (whatsapp, said(2)))
    assert Identity.objects.get().assurance == 1
    assert Message.objects.filter(direction="in").count() == 2


def test_whoever_hides_his_number_later_is_the_same_person(dana: Identity, whatsapp: Account) -> None:
    in_a_batch((whatsapp, said(1, DANA, ALIAS)), (whatsapp, said(2, DANA, ALIAS)))
    in_a_batch((whatsapp, said(3, ALIAS)))
    assert {message.conversation.contact for message in Message.objects.all()} == {dana.contact}
    assert Contact.objects.count() == 1


def test_whoever_is_met_in_a_batch_is_met_with_all_his_names(city: Agency, whatsapp: Account) -> None:
    in_a_batch((whatsapp, said(1, DANA, ALIAS)), (whatsapp, said(2, ALIAS)), (whatsapp, said(3, DANA, ALIAS)))
    assert Contact.objects.count() == 1
    assert {identity.scheme for identity in Identity.objects.all()} == {"tel", "wa-bsuid"}


def test_a_name_that_is_known_costs_no_query_more(dana: Identity, whatsapp: Account) -> None:
    in_a_batch((whatsapp, said(1, DANA, ALIAS)))
    cost = []
    for event in (said(2), said(3, DANA, ALIAS)):
        with CaptureQueriesContext(connection) as seen:
            in_a_batch((whatsapp, event))
        cost.append(len(seen))
    assert cost[0] == cost[1]


def test_one_who_asks_for_a_clerk_makes_no_query_for_the_dialogues_of_others(city: Agency, whatsapp: Account) -> None:
    people = [Address("tel", f"+97250555014{number}", "") for number in range(6)]
    for who in people:
        get_or_create_identity(who, assurance=1)
    words = [replace(said(number, who), text=("נציג", "תפריט")[number % 2]) for number, who in enumerate(people)]
    with CaptureQueriesContext(connection) as seen:
        in_a_batch(*((whatsapp, event) for event in words))
    read = [q for q in seen.captured_queries if q["sql"].startswith("SELECT") and "dialoguesession" in q["sql"]]
    assert len(read) == 1


def test_a_menu_of_weeks_ago_does_not_fail_the_batch(dana: Identity, whatsapp: Account) -> None:
    old = DialogueSession.objects.create(agency=dana.agency, contact=dana.contact, door="whatsapp")
    DialogueSession.objects.filter(pk=old.pk).update(updated=timezone.now() - timedelta(days=15))
    in_a_batch((whatsapp, said(1)))
    old.refresh_from_db()
    assert old.state == DialogueSession.State.DONE
    assert Message.objects.filter(direction="out").exists()


def test_an_echo_and_a_message_of_one_batch_share_their_route(dana: Identity, whatsapp: Account) -> None:
    echo = replace(said(1), kind=Kind.ECHO)
    in_a_batch((whatsapp, echo), (whatsapp, said(2)))
    assert Route.objects.filter(identity=dana).count() == 1
    assert Message.objects.filter(direction="in").count() == 1


def test_whoever_two_bodies_know_is_nobody_of_the_other_in_a_batch(
    dana: Identity, town: Agency, whatsapp: Account
) -> None:
    with scope(town):
        get_or_create_identity(replace(DANA, display=""))
    in_a_batch((whatsapp, said(1)))
    assert Message.objects.filter(direction="in").get().conversation.contact == dana.contact


def test_one_event_on_which_we_fail_does_not_hide_the_others(
    city: Agency, whatsapp: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Intake.objects.create(account_id=whatsapp.pk, received=time.time(), path="/", body=b"{}", tries=TRIES - 1)
    worker = Worker()
    monkeypatch.setattr(worker, "parse_events", lambda _row: [(whatsapp, said(number)) for number in range(3)])
    process = worker.process_event

    def fails(account: Account, event: Event, *how: Any, **more: Any) -> None:
        process(account, event, *how, **more)
        assert event.dedup_key != "m|1"

    monkeypatch.setattr(worker, "process_event", fails)
    worker.one_by_one([row])
    assert sorted(Message.objects.filter(direction="in").values_list("external_id", flat=True)) == ["x0", "x2"]
    assert Intake.objects.get().state == "failed"
