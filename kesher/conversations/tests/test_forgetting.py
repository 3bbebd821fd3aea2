"""What providers sent us in the raw is kept for a while, and not for ever."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Status, dedup
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.channels.whatsapp.inbound import OBJECT
from kesher.contacts.models import Identity
from kesher.contacts.services import ask_erasure
from kesher.contacts.services.erasure import erase_person
from kesher.conversations.models import ChannelEvent, Intake, IntakeAddress, Message
from kesher.conversations.services import forget_raw, receive
from kesher.conversations.tests.backlog import journal, work
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope


def raw(account: Account, days: float, state: str) -> Intake:
    return Intake.objects.create(
        account_id=account.pk, received=time.time() - days * 86_400, path="/in/", body=b"{}", state=state
    )


def read(account: Account, number: int) -> None:
    """Report that the person's device showed our message."""
    dana, target = Address("tel", "+972505550142"), f"wamid.{number}"
    key = dedup(Kind.STATUS, dana, target, "read")
    event = Event(Kind.STATUS, key, sender=dana, target=target, status=Status.READ)
    assert receive(account, event, received=timezone.now()) is None


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_was_worked_off_or_given_up_long_ago_is_dropped(
    city: Agency, sms: Account, settings: Any, state: str
) -> None:
    settings.KESHER_RAW_DAYS = 30
    raw(sms, 31, state)
    assert forget_raw() == 1
    assert not Intake.objects.exists()


def test_what_is_new_or_came_lately_stays(city: Agency, sms: Account) -> None:
    kept = [raw(sms, 1, "done"), raw(sms, 1, "failed"), raw(sms, 40, "new")]
    assert forget_raw() == 0
    assert Intake.objects.count() == len(kept)


def test_an_event_is_known_again_though_nobodys_number_is_kept(city: Agency, whatsapp: Account) -> None:
    for number in (1, 2, 1):
        read(whatsapp, number)
    assert ChannelEvent.objects.count() == 2
    kept = " ".join(str(row) for row in ChannelEvent.objects.values_list())
    assert "+972505550142" not in kept


def test_events_of_long_ago_are_dropped_and_the_later_stay(city: Agency, whatsapp: Account, settings: Any) -> None:
    settings.KESHER_RAW_DAYS = 30
    for number in (1, 2):
        read(whatsapp, number)
    long_ago = timezone.now() - timedelta(days=31)
    ChannelEvent.objects.filter(target="wamid.1").update(at=long_ago, state="unknown")
    assert forget_raw() == 1
    assert ChannelEvent.objects.get().target == "wamid.2"


@pytest.fixture
def heard(city: Agency, whatsapp: Account, sms: Account) -> dict[str, Any]:
    """Raw requests of Dana and of Omar: words, the same words delivered again, an edit, and one that both are in."""
    people = {"dana": Address("tel", "+972505550142"), "omar": Address("tel", "+972505550143")}
    for name, who in people.items():
        for text in (f"{name} one", f"{name} two"):
            journal(whatsapp, who, text, timezone.now())
        journal(sms, who, f"{name} by SMS", timezone.now())
    first = Intake.objects.earliest("id")
    Intake.objects.create(
        account_id=whatsapp.pk, received=time.time(), path="/", headers=first.headers, body=first.body
    )
    edit = {"from": "972505550142", "id": "wamid.e", "type": "edit", "timestamp": "1795559589", "edit": {
        "original_message_id": "late-0", "message": {"type": "text", "text": {"body": "dana otherwise"}}}}  # fmt: skip
    value = {"metadata": {"phone_number_id": whatsapp.address}, "messages": [edit]}
    body = json.dumps({"object": OBJECT, "entry": [{"changes": [{"field": "messages", "value": value}]}]})
    Intake.objects.create(account_id=whatsapp.pk, received=time.time(), path="/", body=body.encode())
    work()
    return people


def test_who_is_erased_is_in_no_raw_request_and_the_others_are(heard: dict[str, Address], whatsapp: Account) -> None:
    assert Intake.objects.filter(state="done").count() == 8
    assert not any("5550142" in str(row) for row in IntakeAddress.objects.values_list())
    dana = Identity.objects.get(address=heard["dana"].address).contact
    row = ask_erasure(dana, by=SYSTEM)
    erase_person(row, by=SYSTEM)
    row.refresh_from_db()
    assert row.state == "done"
    kept = [bytes(row.body).decode() + row.query + row.headers for row in Intake.objects.all()]
    assert len(kept) == 3
    assert all("5550143" in words or "omar" in words for words in kept)
    assert "dana" not in " ".join(str(row) for row in ChannelEvent.objects.values_list())
    assert IntakeAddress.objects.count() == 3
    assert Message.objects.filter(text__startswith="omar").count() == 3


def test_an_erasure_in_one_agency_leaves_the_raw_requests_of_another(heard: dict[str, Address], town: Agency) -> None:
    with scope(town):
        theirs = open_account("sms", address="+97230000000", secrets=("s",), token="t")
        journal(theirs, heard["dana"], "dana elsewhere", timezone.now())
        work()
    erase_person(ask_erasure(Identity.objects.get(address=heard["dana"].address).contact, by=SYSTEM), by=SYSTEM)
    assert Intake.objects.filter(account_id=theirs.pk).count() == 1


def test_what_names_people_goes_with_its_request(heard: dict[str, Address], settings: Any) -> None:
    settings.KESHER_RAW_DAYS = 0
    assert forget_raw() >= 8
    assert not IntakeAddress.objects.exists()
