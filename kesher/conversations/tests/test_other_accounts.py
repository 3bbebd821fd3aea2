"""What was sent to another account than the webhook's stands in nobody's conversation."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command

from kesher.channels.base import AccountInfo, Event, Kind
from kesher.channels.models import Account
from kesher.channels.registry import get_channel
from kesher.contacts.models import Contact
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import ChannelEvent, Intake, Message

PHONE = "+972505550142"


def whatsapp_body(number: str) -> dict[str, Any]:
    message = {
        "from": PHONE[1:],
        "id": f"wamid.{number}",
        "timestamp": "1795000000",
        "type": "text",
        "text": {"body": "שלום"},
    }
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, "messages": [message]}
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def arrive(account: Account, body: bytes, kind: str = "application/json") -> Intake:
    """A request that was verified, through the worker's batch."""
    headers = json.dumps({"content-type": kind})
    row = Intake.objects.create(account_id=account.pk, received=time.time(), path="/", headers=headers, body=body)
    worker = Worker()
    worker.accounts.refresh()
    worker.batch()
    return row


def test_a_message_for_another_number_is_kept_and_shown_and_nobodys(whatsapp: Account) -> None:
    arrive(whatsapp, json.dumps(whatsapp_body("999")).encode())
    assert not Message.objects.exists()
    assert not Contact.objects.exists()
    event = ChannelEvent.objects.get()
    assert (event.state, event.data["of_another_account"]) == ("unknown", "999")
    assert "שלום" not in json.dumps(event.data, ensure_ascii=False)
    arrive(whatsapp, json.dumps(whatsapp_body(whatsapp.address)).encode())
    assert Message.objects.filter(direction="in").count() == 1


def test_a_text_message_for_another_number_is_nobodys_either(sms: Account) -> None:
    for to, count in (("+97235559999", 0), ("03-555-9999", 0), ("035550101", 1), ("+97235550101", 2)):
        form = {"From": PHONE, "To": to, "Body": "שלום", "MessageSid": f"SM{to}", "NumMedia": "0"}
        arrive(sms, urlencode(form).encode(), "application/x-www-form-urlencoded")
        assert Message.objects.filter(direction="in").count() == count, to
    assert ChannelEvent.objects.filter(state="unknown").count() == 2


def test_where_our_own_key_was_wrong_the_message_is_read_again_and_filed(whatsapp: Account) -> None:
    arrive(whatsapp, json.dumps(whatsapp_body("999")).encode())
    Account.objects.filter(pk=whatsapp.pk).update(address="999")
    call_command("replay", "--again", stdout=StringIO())
    assert Message.objects.get(direction="in").text == "שלום"
    assert not ChannelEvent.objects.filter(state="unknown").exists()


@pytest.mark.parametrize("name", ["sms", "kannel", "whatsapp"])
def test_every_channel_that_names_our_number_looks_at_it(name: str) -> None:
    def addressed(to: str, ours: str = "+97235550101", **settings: str) -> bool:
        event = Event(Kind.MESSAGE, "m|1", account=to)
        return get_channel(name).is_addressed(event, AccountInfo("k", name, address=ours, settings=settings))

    assert not addressed("+97235559999")
    assert addressed("+97235550101")
    assert addressed("")
    assert addressed("+97235559999", ours="")
    assert addressed("+97235559999", messaging_service_sid="MG1") == (name == "sms")
