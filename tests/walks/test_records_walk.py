"""Records: a daughter finds a double policy of the father's and asks by WhatsApp; a Russian speaker asks what is owed."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from kesher.agencies.services import add_staff
from kesher.answers.models import Answer
from kesher.answers.tests.factories import published
from kesher.cases.models import Case
from kesher.cases.services import answer
from kesher.channels.base import Address
from kesher.contacts.models import Contact
from kesher.contacts.services import find_identity
from kesher.records.models import Look, Mandate
from kesher.records.services import save_source
from tests.end_to_end import KesherServer

DAUGHTER = Address("tel", "+972505550142", "דנה לוי")
FATHER = Address("tel", "+972505550150", "משה לוי")
SVETA = Address("tel", "+972545550144", "Светлана")
HOME = {"title": "ביטוח דירה", "kind": "insurance", "status": "active", "starts": "-300", "ends": "+90"}
COVER = [
    {**HOME, "key": "p1", "number": "DIR-204417", "amount": "94", "provider": "מגדלור"},
    {**HOME, "key": "p2", "number": "88-30-7714", "amount": "81", "provider": "אופק"},
]
BILL = {"key": "b1", "kind": "bill", "status": "due", "amount": "612.40", "due": "+9",
        "title": {"he": "ארנונה", "ru": "Арнона за два месяца"}}  # fmt: skip


@pytest.fixture
def records_server(kesher_server: KesherServer) -> KesherServer:
    """Create three sources: policies (the father has two for one flat), bills, and one that does not answer."""
    names = {"policies": "ביטוחים", "bills": "ארנונה", "fines": "דוחות חניה"}
    russian = {"policies": "Страховки", "bills": "Арнона", "fines": "Штрафы"}
    rows: dict[str, Any] = {"policies": {FATHER.address: COVER}, "bills": {"*": [BILL]}}
    for code, name in names.items():
        how: dict[str, Any] = {"adapter": "failing", "settings": {"way": "error"}}
        if code in rows:
            how = {"adapter": "demo", "settings": {"people": rows[code], "delay": 0.2}}
        wording = {"he": f"מותר לקרוא: {name}", "ru": f"Можно читать: {russian[code]}"}
        save_source(None, staff=None, code=code, names={"he": name, "ru": russian[code]}, wordings=wording, **how)
    return kesher_server


class Browser:
    """A person's browser, which posts forms with their page's token."""

    def __init__(self, kesher_server: KesherServer, lang: str = "he") -> None:
        headers = {"accept-language": lang}
        self.server = kesher_server
        self.http = httpx.Client(
            base_url=kesher_server.url, timeout=20, follow_redirects=True, trust_env=False, headers=headers
        )

    def get(self, url: str) -> httpx.Response:
        return self.http.get(url)

    def post(self, url: str, page: str = "", **values: Any) -> httpx.Response:
        shown = self.get(page or url)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text)
        assert found, shown.text[:2000]
        answered = self.http.post(
            url, data={"csrfmiddlewaretoken": found[1], **values}, headers={"referer": self.server.url}
        )
        assert answered.status_code == 200, (answered.status_code, answered.text[:3000])
        return answered

    def sign_in(self, who: Address) -> None:
        before = len(self.server.providers.sent)
        self.post("/me/sign-in/", address=who.address)
        code = re.search(r"\b\d{6}\b", self.server.hears("sms", who, "", before).text)
        assert code
        self.post("/me/code/", code=code[0])

    def streamed(self, url: str) -> tuple[dict[str, str], str]:
        """Return the page as a browser with JavaScript sees it: ({source: its section}, the summary)."""
        ticket = re.search(r'data-records-ticket="([^"]+)"', self.get(url).text)
        assert ticket
        sections, summary, name = {}, "", ""
        with self.http.stream("GET", "/records/stream/", params={"ticket": html.unescape(ticket[1])}) as lines:
            for line in lines.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    event = json.loads(line[6:])
                    if name == "section":
                        sections[event["code"]] = event["html"]
                    else:
                        summary = event["html"]
        return sections, summary


Browse = Callable[..., Browser]


@pytest.fixture
def browse(records_server: KesherServer) -> Iterator[Browse]:
    """Open browsers, and close them at the end."""
    opened: list[Browser] = []

    def make(lang: str = "he") -> Browser:
        opened.append(Browser(records_server, lang))
        return opened[-1]

    yield make
    for browser in opened:
        browser.http.close()


def person(who: Address) -> Contact:
    identity = find_identity(who)
    assert identity is not None
    return identity.contact.root()


def test_a_daughter_finds_what_her_father_pays_twice_asks_and_is_answered_on_whatsapp(
    records_server: KesherServer, browse: Browse
) -> None:
    records_server.ask("whatsapp", DAUGHTER, "שלום", "")
    records_server.quiet()
    father, daughter = browse(), browse()
    father.sign_in(FATHER)
    father.post("/records/consents/", source=["policies", "bills"])
    before = len(records_server.providers.sent)
    father.post("/records/acting/", side="giver", address=DAUGHTER.address, scope=["policies"], days="30")
    key = Mandate.objects.get().key
    records_server.hears("sms", DAUGHTER, f"/records/acting/{key}/", before)

    daughter.sign_in(DAUGHTER)
    daughter.post(f"/records/acting/{key}/")
    sections, summary = daughter.streamed(f"/records/?for={key}")
    assert list(sections) == ["policies"]
    assert "מגדלור, אופק" in html.unescape(summary)
    assert "175" in summary

    ask = re.search(r'href="(/records/from/policies/ask/[^"]+row=p2[^"]*)"', sections["policies"])
    assert ask
    daughter.post(html.unescape(ask[1]), words="אפשר לבטל את השנייה?")
    case = Case.objects.get()
    assert case.conversation.contact_id == person(DAUGHTER).pk
    before = len(records_server.providers.sent)
    ruth = add_staff(username="ruth", name="רותי כהן", password="a-long-password")
    answer(case.conversation, "כן. שלחנו לכם טופס ביטול.", staff=ruth)
    records_server.hears("whatsapp", DAUGHTER, "טופס ביטול", before)

    look = Look.objects.filter(contact=person(FATHER), viewer=person(DAUGHTER)).first()
    assert look is not None
    assert "דנה לוי" in father.get("/records/looks/").text


def test_a_stranger_with_her_link_and_ticket_sees_nothing(browse: Browse) -> None:
    father, others = browse(), browse()
    father.sign_in(FATHER)
    father.post("/records/consents/", source=["policies"])
    ticket = re.search(r'data-records-ticket="([^"]+)"', father.get("/records/").text)
    assert ticket
    others.sign_in(SVETA)
    for browser in (others, browse()):
        refused = browser.http.get("/records/stream/", params={"ticket": html.unescape(ticket[1])})
        assert (refused.status_code, refused.text) == (401, "")


def test_two_people_get_the_same_page_but_for_their_tickets(browse: Browse) -> None:
    pages = []
    for who in (FATHER, SVETA):
        browser = browse()
        browser.sign_in(who)
        browser.get("/records/")  # shows the messages after signing in
        pages.append(browser.get("/records/").text)
    tickets = [re.search(r'data-records-ticket="([^"]+)"', page) for page in pages]
    assert tickets[0]
    assert tickets[1]
    assert tickets[0][1] != tickets[1][1]
    assert pages[0].replace(tickets[0][1], "") == pages[1].replace(tickets[1][1], "")


def test_a_russian_speaker_asks_by_sms_proves_more_and_sees_what_is_owed(
    records_server: KesherServer, browse: Browse
) -> None:
    published(
        "arnona-pay", "איך משלמים ארנונה?", texts={"ru": {"question": "Как оплатить арнону?", "short": "На сайте или по телефону 106."}}
    )  # fmt: skip
    assert Answer.objects.published().count() == 1
    records_server.ask("sms", SVETA, "Как оплатить арнону?", "106")
    link = records_server.ask("sms", SVETA, "сколько я должна?", "/me/enter/").text
    assert "612" not in link

    caller = browse("ru")
    url = re.search(re.escape(records_server.url) + r"(/me/enter/\S+)", link)
    assert url
    before = len(records_server.providers.sent)
    page = caller.post(url[1])
    assert "/me/prove/" in str(page.url)
    way = re.search(r'name="way" value="([^"]+)"', page.text)
    assert way
    caller.post(str(page.url).removeprefix(records_server.url), way=way[1])
    code = re.search(r"\b\d{6}\b", records_server.hears("sms", SVETA, "", before).text)
    assert code
    shown = caller.post("/me/code/", code=code[0])
    assert str(shown.url).endswith("/records/")

    caller.post("/records/consents/", source=["bills", "fines"])
    whole = html.unescape(caller.get("/records/all/").text)
    assert "612.40" in whole
    assert "Арнона за два месяца" in whole
    said = records_server.ask("sms", SVETA, "сколько я должна?", "612.40").text
    assert "Не ответили 1 из 2 источников: Штрафы." in said
