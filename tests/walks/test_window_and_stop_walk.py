"""Forbidden messages are not sent: a reply after twenty-five hours, and a broadcast after "stop"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from conftest import signed_in
from kesher.agencies.models import Staff
from kesher.agencies.services import add_staff
from kesher.channels.base import Address
from kesher.channels.services import approve_template
from kesher.contacts.models import Contact
from kesher.contacts.services import find_identity
from kesher.conversations.models import BroadcastRow, Message, Route
from kesher.conversations.services import expand_broadcasts
from kesher.participation.models import Participation
from kesher.petitions.services import publish_update
from kesher.petitions.tests.factories import a_petition
from tests.end_to_end import KesherServer
from tests.walks.test_one_person_walk import code_in

DANA = Address("tel", "+972505550142", "דנה לוי")
MAIL = Address("mailto", "dana@citizen.example", "דנה לוי")


@pytest.fixture
def clerk(kesher_server: KesherServer) -> Staff:
    return add_staff(username="ruth", name="רותי כהן", password="a-long-password")


def sit_down(kesher_server: KesherServer, staff: Staff) -> None:
    """Sign the browser in as a clerk."""
    client = signed_in(staff)
    kesher_server.http.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)


def person(address: Address) -> Contact:
    identity = find_identity(address)
    assert identity
    return identity.contact.root()


def test_an_answer_at_twenty_five_hours_is_offered_another_way(kesher_server: KesherServer, clerk: Staff) -> None:
    approve_template(
        kesher_server.accounts["whatsapp"], name="update", language="he", body="שלום {{1}}, יש חדש בפנייה {{2}}."
    )
    kesher_server.ask("whatsapp", DANA, "מתי יתקנו את הפנס ברחוב הגפן?", "20401")
    kesher_server.quiet()
    Route.objects.update(last_in_at=timezone.now() - timedelta(hours=25))
    sit_down(kesher_server, clerk)
    url = f"/desk/people/{person(DANA).key}/"
    page = kesher_server.http.get(url)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    before = len(kesher_server.providers.sent)
    data = {"csrfmiddlewaretoken": token[1], "text": "הקבלן מגיע מחר", "mode": "reply", "seen_seq": "99"}
    answer = kesher_server.http.post(url + "send/", data=data)
    assert "יש חדש בפנייה" in answer.text
    assert "הקבלן מגיע מחר" in answer.text
    kesher_server.quiet()
    assert len(kesher_server.providers.sent) == before
    assert not Message.objects.filter(author=clerk).exists()


def test_stop_by_sms_stops_an_email_broadcast_too(kesher_server: KesherServer, clerk: Staff, noon: datetime) -> None:
    petition = a_petition(code="48213")
    kesher_server.ask("sms", DANA, "לחתום 48213", "")
    kesher_server.ask("sms", DANA, "1", "")
    kesher_server.ask("sms", DANA, "2", "עדכונים")
    kesher_server.quiet()
    assert Participation.objects.get().state == "counted"
    kesher_server.ask("sms", DANA, "לקשר", "")
    before = len(kesher_server.providers.sent)
    kesher_server.says("sms", DANA, MAIL.address)
    code = code_in(kesher_server.hears("email", MAIL, "", before).text)
    kesher_server.quiet()
    kesher_server.ask("sms", DANA, code, "")
    kesher_server.ask("sms", DANA, "הסר", "")
    kesher_server.quiet()
    publish_update(petition, {"he": "העירייה השיבה לעצומה"}, staff=clerk)
    before = len(kesher_server.providers.sent)
    while expand_broadcasts():
        pass
    kesher_server.quiet()
    assert BroadcastRow.objects.get().state == "refused"
    assert not [item for item in kesher_server.providers.sent[before:] if "השיבה" in item.text]
