"""A WhatsApp message, delivered twice and then forged: one signature, one reply, one audit line."""

from __future__ import annotations

import dataclasses

import pytest

from kesher.channels.base import Address
from kesher.conversations.models import Intake, Message
from kesher.core.models import Audit
from kesher.participation.models import Participation
from kesher.petitions import services as petitions
from tests.street import Street

DANA = Address("tel", "+972505550142", "דנה לוי")


@pytest.fixture
def petition(street: Street) -> object:
    return petitions.create_petition(
        titles={"he": "הצללה בגני השעשועים לפני הקיץ"}, language="he", code="48213", publish=True
    )  # type: ignore[call-arg]


def test_a_signature_is_one_however_often_its_message_comes(street: Street, petition: object) -> None:
    street.ask("whatsapp", DANA, "לחתום 48213", "הצללה")
    made = street.request("whatsapp", DANA, text="1", id="wamid.yes")
    assert street.post("whatsapp", made).status_code == 200
    assert street.post("whatsapp", made).status_code == 200
    street.quiet()
    assert Message.objects.filter(external_id="wamid.yes").count() == 1


def test_a_forged_message_is_refused_and_nothing_is_written(street: Street) -> None:
    made = street.request("whatsapp", DANA, text="לחתום 48213")
    before = Intake.objects.count()
    forged = dataclasses.replace(made, body=made.body.replace(b"48213", b"48214"))
    assert street.post("whatsapp", forged).status_code == 403
    assert Intake.objects.count() == before
    assert not Participation.objects.exists()
    assert not Audit.objects.filter(verb="petition.take_part").exists()
