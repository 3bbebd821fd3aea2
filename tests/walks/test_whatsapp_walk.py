"""A WhatsApp message, delivered twice and then forged: one signature, one reply, one audit line."""

from __future__ import annotations

import dataclasses

import pytest

from kesher.channels.base import Address
from kesher.conversations.models import Intake, Message
from kesher.core.models import Audit
from kesher.participation.models import Participation
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from tests.end_to_end import KesherServer, until

DANA = Address("tel", "+972505550142", "דנה לוי")


@pytest.fixture
def petition(kesher_server: KesherServer) -> Petition:
    return a_petition(code="48213")


def test_a_signature_is_one_however_often_its_messages_come(kesher_server: KesherServer, petition: Petition) -> None:
    kesher_server.ask("whatsapp", DANA, "לחתום 48213", "צל לגני השעשועים")
    kesher_server.quiet()
    last = kesher_server.request("whatsapp", DANA, text="כן", id="wamid.last")
    before = len(kesher_server.providers.sent)
    assert [kesher_server.post("whatsapp", last).status_code for _ in range(2)] == [200, 200]
    kesher_server.hears("whatsapp", DANA, "", before)
    kesher_server.quiet()
    assert Message.objects.filter(external_id="wamid.last").count() == 1
    assert Participation.objects.filter(state="counted").count() == 1
    assert Audit.objects.filter(operation="petition.take_part").count() == 1
    assert len(kesher_server.providers.sent) == before + 1
    until(lambda: petition.action.tallies.filter(dimension="total", n=1).exists())


def test_a_forged_message_is_refused_and_nothing_is_written(kesher_server: KesherServer, petition: Petition) -> None:
    made = kesher_server.request("whatsapp", DANA, text="לחתום 48213")
    before = Intake.objects.count()
    forged = dataclasses.replace(made, body=made.body.replace(b"48213", b"48214"))
    assert kesher_server.post("whatsapp", forged).status_code == 403
    assert Intake.objects.count() == before
    assert not Participation.objects.exists()
    assert not Audit.objects.filter(operation="petition.take_part").exists()
