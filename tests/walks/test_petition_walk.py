"""A petition is begun with a photo on WhatsApp, signed from four channels, and answered by e-mail."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from conftest import signed_in
from kesher.agencies.business_hours import is_quiet
from kesher.agencies.models import Staff
from kesher.agencies.services import add_staff
from kesher.channels.base import Address
from kesher.conversations.models import BroadcastRow
from kesher.conversations.services import expand_broadcasts
from kesher.participation.services import read_tallies
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.tests.test_desk import PNG
from tests.end_to_end import KesherServer, ProviderHandler, until
from tests.walks.test_one_person_walk import code_in

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")
NOAM = Address("tel", "+972505550166", "נעם בר")
MAIL = Address("mailto", "gila@citizen.example", "גילה רז")
TITLE, DEMAND = "ספסלים בכל תחנות האוטובוס", "להציב ספסל מוצל בכל תחנת אוטובוס עד הקיץ."
ANSWER = "בשלושים תחנות יוצבו ספסלים עד סוף יוני."


def answer_file(handler: Any) -> None:
    """Answer as Meta for a picture: the id returns a URL, the URL the file; both need our token."""
    if handler.headers.get("authorization") != "Bearer wa-token":
        handler.answer(401, {})
    elif handler.path.startswith("/picture"):
        handler.send_response(200)
        handler.send_header("content-length", str(len(PNG)))
        handler.end_headers()
        handler.wfile.write(PNG)
    else:
        handler.answer(200, {"url": f"{handler.server.url}/picture", "sha256": hashlib.sha256(PNG).hexdigest()})


@pytest.fixture
def awake(kesher_server: KesherServer, monkeypatch: pytest.MonkeyPatch) -> KesherServer:
    """Lower the thresholds to two supporters and four signatures."""
    monkeypatch.setattr(ProviderHandler, "do_GET", answer_file, raising=False)
    services.set_policy(supporters=2)
    services.set_thresholds([{"kind": "response", "count": 4, "level": 1, "days": 30, "names": {"he": "תשובה בכתב"}}])
    return kesher_server


@pytest.fixture
def moderator(awake: KesherServer) -> Staff:
    return add_staff(username="miriam", name="מרים אזולאי", password="a-long-password", role="manager")


def the_petition(**state: Any) -> Petition | None:
    return Petition.objects.select_related("action").filter(**state).first()


def at_the_desk(kesher_server: KesherServer, staff: Staff, path: str, **words: str) -> None:
    """Press a button of the desk as a manager."""
    client = signed_in(staff)
    kesher_server.http.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
    page = kesher_server.http.get("/desk/petitions/new/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    answer = kesher_server.http.post(
        path, data={"csrfmiddlewaretoken": token[1], **words}, headers={"referer": kesher_server.url}
    )
    assert answer.status_code == 200, answer.text[:500]


def sign(kesher_server: KesherServer, channel: str, who: Address, code: str) -> None:
    kesher_server.ask(channel, who, f"לחתום {code}", TITLE)
    before = len(kesher_server.providers.sent)
    kesher_server.says(channel, who, "1")
    kesher_server.hears(channel, who, "", before)


def begin(kesher_server: KesherServer) -> Petition:
    """Send a photo and a text, then answer the questions."""
    photo = {"kind": "image", "mime": "image/png", "content_b64": base64.b64encode(PNG).decode()}
    kesher_server.ask("whatsapp", DANA, f"לפתוח עצומה: {TITLE}", TITLE, media=[photo])
    kesher_server.quiet()
    for said in (DEMAND, "דלג", "ספסל שבור בתחנה"):
        kesher_server.says("whatsapp", DANA, said)
        kesher_server.quiet()
    kesher_server.ask("whatsapp", DANA, "דנה לוי", "2")
    petition = until(lambda: the_petition(moderation="gathering"))
    until(lambda: Petition.objects.filter(picture__state="ready"))
    return petition


def test_from_a_photo_on_whatsapp_to_an_answer_by_mail(awake: KesherServer, moderator: Staff, noon: datetime) -> None:
    petition = begin(awake)
    desk = f"/desk/petitions/{petition.code}/"
    for channel, who in (("telegram", OMAR), ("sms", NOAM)):
        sign(awake, channel, who, petition.code)
    until(lambda: the_petition(moderation="submitted"), 30)
    awake.hears("whatsapp", DANA, "בבדיקה")
    at_the_desk(awake, moderator, f"{desk}move/", verb="publish")
    awake.hears("whatsapp", DANA, f"לחתום {petition.code}")

    before = len(awake.providers.sent)
    sign(awake, "email", MAIL, petition.code)
    code = code_in(
        until(lambda: next((s.text for s in awake.providers.sent[before:] if re.search(r"\b\d{6}\b", s.text)), None))
    )
    awake.says("email", MAIL, code)
    until(lambda: read_tallies(petition.action).get("total", {}).get("") == 4)
    until(lambda: the_petition(response="due"), 30)
    awake.hears("whatsapp", DANA, "תשובה בכתב")

    at_the_desk(awake, moderator, f"{desk}response/", text_he=ANSWER, tell="on")
    until(BroadcastRow.objects.exists)
    while is_quiet(awake.agency, timezone.now()) and expand_broadcasts():
        pass  # noon in this process; the worker uses the machine's clock
    for channel, who in (("email", MAIL), ("telegram", OMAR), ("whatsapp", DANA)):
        assert TITLE in awake.hears(channel, who, ANSWER).text
    page = awake.http.get(f"/petitions/{petition.code}/").text
    assert ANSWER in page
    timeline = awake.http.get(f"/api/v1/petitions/{petition.code}/").json()["data"]["attributes"]["timeline"]
    assert [row["event"] for row in timeline] == [
        "started", "supported", "submitted", "published", "reached", "response",
    ]  # fmt: skip
    assert json.dumps(timeline)
