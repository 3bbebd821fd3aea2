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
from tests.street import Street

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
def seaside(street: Street) -> Street:
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
    return street


class Browser:
    """A person's browser, which posts forms with their page's token."""

    def __init__(self, street: Street, lang: str = "he") -> None:
        headers = {"accept-language": lang}
        self.street = street
        self.http = httpx.Client(
            base_url=street.url, timeout=20, follow_redirects=True, trust_env=False, headers=headers
        )

    def get(self, url: str) -> httpx.Response:
        return self.http.get(url)

    def post(self, url: str, page: str = "", **values: Any) -> httpx.Response:
        shown = self.get(page or url)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text)
        assert found, shown.text[:2000]
        answered = self.http.post(
            url, data={"csrfmiddlewaretoken": found[1], **values}, headers={"referer": self.street.url}
        )
        assert answered.status_code == 200, (answered.status_code, answered.text[:3000])
        return answered

    def sign_in(self, who: Address) -> None:
        before = len(self.street.providers.sent)
        self.post("/me/sign-in/", address=who.address)
        code = re.search(r"\b\d{6}\b", self.street.hears("sms", who, "", before).text)
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
def browse(seaside: Street) -> Iterator[Browse]:
    """Open browsers, and close them at the end."""
    opened: list[Browser] = []

    def make(lang: str = "he") -> Browser:
        opened.append(Browser(seaside, lang))
        return opened[-1]

    yield make
    for browser in opened:
        browser.http.close()


def person(who: Address) -> Contact:
    identity = find_identity(who)
    assert identity is not None
    return identity.contact.root()


def test_a_daughter_finds_what_her_father_pays_twice_asks_and_is_answered_on_whatsapp(
    seaside: Street, browse: Browse
) -> None:
    seaside.ask("whatsapp", DAUGHTER, "שלום", "")
    seaside.quiet()
    his, hers = browse(), browse()
    his.sign_in(FATHER)
    his.post("/records/consents/", source=["policies", "bills"])
    before = len(seaside.providers.sent)
    his.post("/records/acting/", side="giver", address=DAUGHTER.address, scope=["policies"], days="30")
    key = Mandate.objects.get().key
    seaside.hears("sms", DAUGHTER, f"/records/acting/{key}/", before)

    hers.sign_in(DAUGHTER)
    hers.post(f"/records/acting/{key}/")
    sections, summary = hers.streamed(f"/records/?for={key}")
    assert list(sections) == ["policies"]
    assert "מגדלור, אופק" in html.unescape(summary)
    assert "₪175" in summary

    ask = re.search(r'href="(/records/from/policies/ask/[^"]+row=p2[^"]*)"', sections["policies"])
    assert ask
    hers.post(html.unescape(ask[1]), words="אפשר לבטל את השנייה?")
    case = Case.objects.get()
    assert case.conversation.contact_id == person(DAUGHTER).pk
    before = len(seaside.providers.sent)
    ruth = add_staff(username="ruth", name="רותי כהן", password="a-long-password")
    answer(case.conversation, "כן. שלחנו לכם טופס ביטול.", staff=ruth)
    seaside.hears("whatsapp", DAUGHTER, "טופס ביטול", before)

    look = Look.objects.filter(contact=person(FATHER), viewer=person(DAUGHTER)).first()
    assert look is not None
    assert "דנה לוי" in his.get("/records/looks/").text


def test_a_stranger_with_her_link_and_ticket_sees_nothing(browse: Browse) -> None:
    his, others = browse(), browse()
    his.sign_in(FATHER)
    his.post("/records/consents/", source=["policies"])
    ticket = re.search(r'data-records-ticket="([^"]+)"', his.get("/records/").text)
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
        browser.get("/records/")  # whatever was to be said after signing in is said now
        pages.append(browser.get("/records/").text)
    tickets = [re.search(r'data-records-ticket="([^"]+)"', page) for page in pages]
    assert tickets[0]
    assert tickets[1]
    assert tickets[0][1] != tickets[1][1]
    assert pages[0].replace(tickets[0][1], "") == pages[1].replace(tickets[1][1], "")


def test_a_woman_asks_in_russian_by_sms_steps_up_and_sees_what_she_owes(seaside: Street, browse: Browse) -> None:
    published(
        "arnona-pay", "איך משלמים ארנונה?", texts={"ru": {"question": "Как оплатить арнону?", "short": "На сайте или по телефону 106."}}
    )  # fmt: skip
    assert Answer.objects.published().count() == 1
    seaside.ask("sms", SVETA, "Как оплатить арнону?", "106")
    link = seaside.ask("sms", SVETA, "сколько я должна?", "/me/enter/").text
    assert "612" not in link

    hers = browse("ru")
    url = re.search(re.escape(seaside.url) + r"(/me/enter/\S+)", link)
    assert url
    before = len(seaside.providers.sent)
    page = hers.post(url[1])
    assert "/me/prove/" in str(page.url)
    way = re.search(r'name="way" value="([^"]+)"', page.text)
    assert way
    hers.post(str(page.url).removeprefix(seaside.url), way=way[1])
    code = re.search(r"\b\d{6}\b", seaside.hears("sms", SVETA, "", before).text)
    assert code
    shown = hers.post("/me/code/", code=code[0])
    assert str(shown.url).endswith("/records/")

    hers.post("/records/consents/", source=["bills", "fines"])
    whole = html.unescape(hers.get("/records/all/").text)
    assert "612.40" in whole
    assert "Арнона за два месяца" in whole
    said = seaside.ask("sms", SVETA, "сколько я должна?", "612.40").text
    assert "Не ответили 1 из 2 источников: Штрафы." in said
