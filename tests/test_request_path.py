"""How many files of Kesher a signature passes: few, so that a newcomer can read the way from the request to the row."""

from __future__ import annotations

from django.test import Client

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.conversations.tests.talk import hear
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition
from tests.request_path import files_run

OMAR = Address("tel", "+972505550177", "Omar")
# What each way passes today: a change may make it shorter, and not longer.
PAGE, WHATSAPP = 44, 79


def test_a_signature_on_a_page_passes_few_files(client: Client, sms: Account) -> None:
    page = f"/petitions/{a_petition().code}/sign/"
    client.post(page, {"address": "050-5550143"})  # what a process does once is done
    found = files_run(lambda: client.post(page, {"address": "050-5550142"}))
    assert Signature.objects.count() == 2
    assert len(found) <= PAGE, found


def test_a_signature_on_whatsapp_passes_few_files(whatsapp: Account) -> None:
    petition: Petition = a_petition()
    found = files_run(lambda: hear(whatsapp, OMAR, f"לחתום {petition.code}", "1", "דנה", "2"))
    assert Signature.objects.counted().count() == 1
    assert len(found) <= WHATSAPP, found
