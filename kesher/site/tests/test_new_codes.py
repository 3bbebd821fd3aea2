"""The button for a new code, on pages of apps other than petitions."""

from __future__ import annotations

from django.test import Client

from kesher.channels.models import Account
from kesher.contests.tests.factories import a_ballot_of
from kesher.conversations.models import Message
from kesher.purchases.tests.factories import a_purchase


def test_votes_and_purchases_have_the_button_too(client: Client, sms: Account) -> None:
    a_ballot_of("קלקלן", "סופן", code="61940")
    a_purchase(code="52712", minimum=4)
    asked = {
        "/contests/61940/vote/": {"choice": "1", "address": "050-555-0142"},
        "/purchases/52712/pledge/": {"quantity": "2", "tolerance": "0", "address": "050-555-0143"},
    }
    for path, given in asked.items():
        to = client.post(path, given)["Location"]
        sent = Message.objects.filter(direction="out").count()
        assert "שלחנו לכם קוד חדש" in client.post(to, {"again": "1"}).content.decode()
        assert Message.objects.filter(direction="out").count() == sent + 1
        assert client.post(to, {"again": "1"}).status_code == 429
