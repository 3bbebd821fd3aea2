"""Reporters see the emergency numbers at once."""

from __future__ import annotations

from django.test import Client

from kesher.agencies.models import Agency
from kesher.cases.models import Topic
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.tests.talk import DANA, hear
from kesher.reports.services import open_report, receipt_text


def test_page_conversation_and_api_say_them(client: Client, city: Agency, sms: Account) -> None:
    Agency.objects.update(contact={"phone": "106"})
    Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, reportable=True, group="roads")
    page = client.get("/report/").content.decode()
    said = hear(sms, DANA, "לדווח")
    api = client.get("/api/v1/topics/").json()["emergency"]
    assert [call["number"] for call in api] == ["100", "101", "102"]
    assert all(f'href="tel:{n}"' in page and n in said for n in ("100", "101", "102"))
    assert "106" not in said


def test_the_receipt_of_a_danger_says_them_in_the_language_of_the_reporter(city: Agency, sms: Account) -> None:
    about = Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, reportable=True, needs_place=False)
    said = {}
    for words in ("כבל חשמל קרוע על המדרכה ויש ילדים ליד", "הפנס לא דולק"):
        made = open_report(
            get_or_create_identity(Address("tel", "+972505550142")).contact, topic=about, words=words, door="sms"
        )
        said[words] = receipt_text(made.case)
    dangerous, harmless = said.values()
    assert all(number in dangerous for number in ("100", "101", "102"))
    assert "101" not in harmless.replace(str(made.case.number), "")
