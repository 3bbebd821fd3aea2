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
from tests.street import Street
from tests.walks.test_one_person_walk import code_in

DANA = Address("tel", "+972505550142", "דנה לוי")
MAIL = Address("mailto", "dana@citizen.example", "דנה לוי")


@pytest.fixture
def clerk(street: Street) -> Staff:
    return add_staff(username="ruth", name="רותי כהן", password="a-long-password")


def sit_down(street: Street, staff: Staff) -> None:
    """Sign the browser in as a clerk."""
    client = signed_in(staff)
    street.http.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)


def person(address: Address) -> Contact:
    identity = find_identity(address)
    assert identity
    return identity.contact.root()


def test_an_answer_at_twenty_five_hours_is_offered_another_way(street: Street, clerk: Staff) -> None:
    approve_template(street.accounts["whatsapp"], name="update", language="he", body="שלום {{1}}, יש חדש בפנייה {{2}}.")
    street.ask("whatsapp", DANA, "מתי יתקנו את הפנס ברחוב הגפן?", "20401")
    street.quiet()
    Route.objects.update(last_in_at=timezone.now() - timedelta(hours=25))
    sit_down(street, clerk)
    url = f"/desk/people/{person(DANA).key}/"
    page = street.http.get(url)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    before = len(street.providers.sent)
    data = {"csrfmiddlewaretoken": token[1], "text": "הקבלן מגיע מחר", "mode": "reply", "seen_seq": "99"}
    answer = street.http.post(url + "send/", data=data)
    assert "יש חדש בפנייה" in answer.text
    assert "הקבלן מגיע מחר" in answer.text
    street.quiet()
    assert len(street.providers.sent) == before
    assert not Message.objects.filter(author=clerk).exists()


def test_stop_by_sms_stops_an_email_broadcast_too(street: Street, clerk: Staff, noon: datetime) -> None:
    petition = a_petition(code="48213")
    street.ask("sms", DANA, "לחתום 48213", "")
    street.ask("sms", DANA, "1", "")
    street.ask("sms", DANA, "דנה", "")
    street.ask("sms", DANA, "1", "")
    street.quiet()
    assert Participation.objects.get().state == "counted"
    street.ask("email", MAIL, "לקשר", "")
    before = len(street.providers.sent)
    street.says("email", MAIL, DANA.address)
    code = code_in(street.hears("sms", DANA, "", before).text)
    street.quiet()
    street.ask("email", MAIL, code, "")
    street.ask("sms", DANA, "הסר", "")
    street.quiet()
    publish_update(petition, {"he": "העירייה השיבה לעצומה"}, staff=clerk)
    before = len(street.providers.sent)
    while expand_broadcasts():
        pass
    street.quiet()
    assert BroadcastRow.objects.get().state == "refused"
    assert not [item for item in street.providers.sent[before:] if "השיבה" in item.text]
