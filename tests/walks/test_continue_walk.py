"""Begun here, finished there: a report by SMS and the web, and a link that opens one form and merges nobody."""

from __future__ import annotations

import re

import httpx
import pytest

from kesher.agencies.models import Team
from kesher.cases.models import Case, Topic
from kesher.channels.base import Address
from kesher.contacts.models import Contact, Identity, Merge
from kesher.contacts.services import find_identity
from kesher.reports.models import ServiceRequest
from tests.street import Street

DANA = Address("tel", "+972505550142", "דנה לוי")


@pytest.fixture
def topics(street: Street) -> list[Topic]:
    team = Team.objects.create(agency=street.agency, slug="roads", names={"he": "תשתיות"})
    names = (("pothole", "בור בכביש"), ("light", "תאורת רחוב"), ("bin", "פח שלא פונה"))
    return [
        Topic.objects.create(agency=street.agency, code=code, names={"he": name}, team=team, reportable=True, order=n)
        for n, (code, name) in enumerate(names)
    ]


def link_in(street: Street, text: str) -> str:
    found = re.search(re.escape(street.url) + r"/go/[A-Za-z0-9]+/", text)
    assert found, text
    return found[0]


def fill(page: httpx.Response, **answers: str) -> dict[str, str]:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    return {"csrfmiddlewaretoken": token[1], **answers}


def test_a_report_begun_by_sms_is_finished_on_the_web(street: Street, topics: list[Topic]) -> None:
    first = street.ask("sms", DANA, "לדווח", "/go/")
    url = link_in(street, first.text)
    street.ask("sms", DANA, "2", "")
    street.quiet()
    page = street.http.get(url)
    assert page.status_code == 200
    assert "תאורת רחוב" in page.text
    answers = fill(page, topic="light", place="הגפן 12", words="הפנס מול הבית כבוי כבר שבוע")
    done = street.http.post(url, data=answers)
    request = ServiceRequest.objects.get()
    assert str(request.case.number) in done.text
    assert request.case.topic == topics[1]
    identity = find_identity(DANA)
    assert identity
    assert request.case.conversation.contact.root() == identity.contact.root()


def test_a_report_begun_on_the_web_is_finished_on_whatsapp(street: Street, topics: list[Topic]) -> None:
    page = street.http.get("/report/")
    later = street.http.post("/report/", data=fill(page, topic="pothole", place="הגפן 12", words="", later="1"))
    code = re.search(r"המשך\s+([A-Z0-9]{7})", later.text)
    assert code, later.text[:2000]
    street.ask("whatsapp", DANA, f"המשך {code[1]}", "")
    street.ask("whatsapp", DANA, "בור עמוק ליד מעבר החציה", "")
    street.ask("whatsapp", DANA, "דלגו", "20401")
    assert ServiceRequest.objects.get().address == "הגפן 12"


def test_a_forwarded_link_merges_nobody(street: Street, topics: list[Topic]) -> None:
    url = link_in(street, street.ask("sms", DANA, "לדווח", "/go/").text)
    street.quiet()
    people, identities = Contact.objects.count(), Identity.objects.count()
    with httpx.Client(base_url=street.url, follow_redirects=True, trust_env=False) as stranger:
        page = stranger.get(url)
        stranger.post(url, data=fill(page, topic="bin", place="הגפן 3", words="הפח מלא כבר שבוע"))
        assert "sessionid" not in stranger.cookies
    assert Contact.objects.count() == people
    assert Identity.objects.count() == identities
    assert not Merge.objects.exists()
    assert Case.objects.get().conversation.contact.root() == find_identity(DANA).contact.root()  # type: ignore[union-attr]
