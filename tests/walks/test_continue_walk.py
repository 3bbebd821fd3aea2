"""Every form can be continued on another channel or on its page; its link opens one form and merges nobody."""

from __future__ import annotations

import re

import httpx
import pytest

from kesher.agencies.models import Team
from kesher.answers.tests.factories import a_checker
from kesher.cases.models import Case, Topic
from kesher.channels.base import Address
from kesher.contacts.models import Contact, Identity, Merge
from kesher.contacts.services import find_identity
from kesher.contests.models import Ballot, Proposal
from kesher.contests.tests.factories import a_ballot_of, a_contest
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition
from kesher.purchases.models import Pledge
from kesher.purchases.tests.factories import a_purchase
from kesher.reports.models import ServiceRequest
from tests.end_to_end import KesherServer

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")


@pytest.fixture
def topics(kesher_server: KesherServer) -> list[Topic]:
    team = Team.objects.create(agency=kesher_server.agency, slug="roads", names={"he": "תשתיות"})
    names = (("pothole", "בור בכביש"), ("light", "תאורת רחוב"), ("bin", "פח שלא פונה"))
    return [
        Topic.objects.create(
            agency=kesher_server.agency, code=code, names={"he": name}, team=team, reportable=True, order=n
        )
        for n, (code, name) in enumerate(names)
    ]


def link_in(kesher_server: KesherServer, text: str) -> str:
    found = re.search(re.escape(kesher_server.url) + r"/go/[A-Za-z0-9]+/", text)
    assert found, text
    return found[0]


def fill(page: httpx.Response, **answers: str) -> dict[str, str]:
    """Return a form's answers with its token; a page that visitors share has none."""
    assert "<form" in page.text
    return dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', page.text)) | answers


def test_a_report_begun_by_sms_is_finished_on_the_web(kesher_server: KesherServer, topics: list[Topic]) -> None:
    first = kesher_server.ask("sms", DANA, "לדווח", "/go/")
    url = link_in(kesher_server, first.text)
    kesher_server.ask("sms", DANA, "2", "")
    kesher_server.quiet()
    page = kesher_server.http.get(url)
    assert page.status_code == 200
    assert "תאורת רחוב" in page.text
    answers = fill(page, topic="light", place="הגפן 12", words="הפנס מול הבית כבוי כבר שבוע")
    done = kesher_server.http.post(url, data=answers)
    request = ServiceRequest.objects.get()
    assert str(request.case.number) in done.text
    assert request.case.topic == topics[1]
    identity = find_identity(DANA)
    assert identity
    assert request.case.conversation.contact.root() == identity.contact.root()


def test_a_report_begun_on_the_web_is_finished_on_whatsapp(kesher_server: KesherServer, topics: list[Topic]) -> None:
    page = kesher_server.http.get("/report/")
    later = kesher_server.http.post("/report/", data=fill(page, topic="pothole", place="הגפן 12", words="", later="1"))
    code = re.search(r"המשך\s+([A-Z0-9]{7})", later.text)
    assert code, later.text[:2000]
    kesher_server.ask("whatsapp", DANA, f"המשך {code[1]}", "")
    kesher_server.ask("whatsapp", DANA, "בור עמוק ליד מעבר החציה", "")
    kesher_server.ask("whatsapp", DANA, "דלגו", "הגפן 12")
    kesher_server.ask("whatsapp", DANA, "כן", "20401")
    assert ServiceRequest.objects.get().address == "הגפן 12"


def test_a_forwarded_link_merges_nobody(kesher_server: KesherServer, topics: list[Topic]) -> None:
    url = link_in(kesher_server, kesher_server.ask("sms", DANA, "לדווח", "/go/").text)
    kesher_server.quiet()
    people, identities = Contact.objects.count(), Identity.objects.count()
    with httpx.Client(base_url=kesher_server.url, follow_redirects=True, trust_env=False) as stranger:
        page = stranger.get(url)
        stranger.post(url, data=fill(page, topic="bin", place="הגפן 3", words="הפח מלא כבר שבוע"))
        assert "sessionid" not in stranger.cookies
    assert Contact.objects.count() == people
    assert Identity.objects.count() == identities
    assert not Merge.objects.exists()
    assert Case.objects.get().conversation.contact.root() == find_identity(DANA).contact.root()  # type: ignore[union-attr]


def words_on(page: httpx.Response) -> str:
    """Return the text that the page asks to send, to continue on another channel."""
    found = re.search(r'id="words-to-send"[^>]*>([^<]+)<', page.text)
    assert found, page.text[:3000]
    return found[1]


def test_a_form_begun_on_telegram_is_finished_on_the_page(kesher_server: KesherServer, topics: list[Topic]) -> None:
    first = kesher_server.ask("telegram", OMAR, "לדווח", "/go/")
    url = link_in(kesher_server, first.text + str(first.body))
    kesher_server.quiet()
    page = kesher_server.http.get(url)
    done = kesher_server.http.post(url, data=fill(page, topic="bin", place="הגפן 3", words="הפח מלא כבר שבוע"))
    case = ServiceRequest.objects.get().case
    assert str(case.number) in done.text
    assert case.conversation.contact.root() == find_identity(OMAR).contact.root()  # type: ignore[union-attr]
    assert "410" in str(kesher_server.http.get(url).status_code)


def test_a_petition_begun_on_telegram_is_finished_on_the_page(kesher_server: KesherServer) -> None:
    url = link_in(kesher_server, str(kesher_server.ask("telegram", OMAR, "לפתוח עצומה", "/go/").body))
    kesher_server.ask("telegram", OMAR, "ספסלים מוצלים בטיילת", "")
    kesher_server.quiet()
    page = kesher_server.http.get(url)
    assert "ספסלים מוצלים בטיילת" in page.text
    demand = "להציב עשרה ספסלים מוצלים בטיילת עד הקיץ"
    kesher_server.http.post(url, data=fill(page, title="ספסלים מוצלים בטיילת", demand=demand))
    assert Petition.objects.get().demands == {"he": demand}
    # Having a link does not make its holder the owner: the code goes to where the form was begun.
    kesher_server.hears("telegram", OMAR, "/petitions/")


def test_a_form_that_runs_on_telegram_goes_on_by_sms(kesher_server: KesherServer, topics: list[Topic]) -> None:
    url = link_in(kesher_server, str(kesher_server.ask("telegram", OMAR, "לדווח", "/go/").body))
    kesher_server.ask("telegram", OMAR, "2", "")
    kesher_server.quiet()
    elsewhere = f"{url}elsewhere/"
    later = kesher_server.http.post(elsewhere, data=fill(kesher_server.http.get(elsewhere)))
    kesher_server.ask("sms", DANA, words_on(later), "")
    kesher_server.ask("sms", DANA, "הגפן 12", "")
    kesher_server.ask("sms", DANA, "הפנס כבוי כבר שבוע", "")
    kesher_server.ask("sms", DANA, "דלגו", "הגפן 12")
    kesher_server.ask("sms", DANA, "כן", "20401")
    request = ServiceRequest.objects.get()
    assert (request.case.topic, request.door) == (topics[1], "sms")
    assert not Merge.objects.exists()


def test_a_proposal_begun_on_the_web_is_finished_on_telegram(kesher_server: KesherServer) -> None:
    a_contest(code="70128")
    page = kesher_server.http.get("/contests/70128/propose/")
    later = kesher_server.http.post("/contests/70128/propose/", data=fill(page, text="חשפן", later="1"))
    kesher_server.ask("telegram", OMAR, words_on(later), "")
    kesher_server.ask("telegram", OMAR, "כי הוא חושף את הסוף", "חשפן")
    kesher_server.says("telegram", OMAR, "1")
    kesher_server.quiet()
    proposal = Proposal.objects.get()
    assert (proposal.text, proposal.meaning) == ("חשפן", "כי הוא חושף את הסוף")


def test_a_pledge_begun_on_the_web_is_finished_on_whatsapp(kesher_server: KesherServer) -> None:
    a_purchase(code="52712")
    page = kesher_server.http.get("/purchases/52712/")
    later = kesher_server.http.post("/purchases/52712/pledge/", data=fill(page, quantity="3", later="1"))
    kesher_server.ask("whatsapp", DANA, words_on(later), "3")
    kesher_server.says("whatsapp", DANA, "כן")
    kesher_server.quiet()
    assert Pledge.objects.get().quantity == 3


def test_a_signature_begun_on_the_page_is_given_on_whatsapp(kesher_server: KesherServer) -> None:
    petition = a_petition(code="48213")
    page = kesher_server.http.get("/petitions/48213/")
    written = fill(page, name="דנה לוי", show_name="on", updates="on", later="1")
    later = kesher_server.http.post("/petitions/48213/sign/", data=written)
    kesher_server.ask("whatsapp", DANA, words_on(later), petition.title)
    kesher_server.says("whatsapp", DANA, "1")
    kesher_server.quiet()
    signature = Signature.objects.of(petition).counted().get()
    assert (signature.name, signature.channel) == ("דנה לוי", "whatsapp")


def test_a_ballot_begun_on_the_page_is_cast_by_sms(kesher_server: KesherServer) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="approval", code="70128")
    page = kesher_server.http.get("/contests/70128/vote/")
    later = kesher_server.http.post("/contests/70128/vote/", data=fill(page, choice="3", later="1"))
    kesher_server.ask("sms", DANA, words_on(later), "ברזייה")
    kesher_server.says("sms", DANA, "1")
    kesher_server.quiet()
    assert Ballot.objects.of(round).get().value == "3"


def test_a_check_begun_on_the_page_ends_on_telegram(kesher_server: KesherServer) -> None:
    path = a_checker().get_absolute_url()
    page = kesher_server.http.get(path)
    later = kesher_server.http.post(path, data=fill(page, age="70", pension="yes", step="home", later="1"))
    kesher_server.ask("telegram", OMAR, words_on(later), "")
    kesher_server.ask("telegram", OMAR, "2", "30")


def test_an_unfinished_form_stands_on_ones_own_page(kesher_server: KesherServer, topics: list[Topic]) -> None:
    """ "My page" on Telegram opens the page with unfinished forms, which continue on other channels."""
    kesher_server.ask("telegram", OMAR, "לדווח", "/go/")
    kesher_server.ask("telegram", OMAR, "תפריט", "")
    sent = kesher_server.ask("telegram", OMAR, "העמוד שלי", "/me/enter/")
    found = re.search(re.escape(kesher_server.url) + r"(/me/enter/[^/\s\"']+/)", str(sent.body))
    assert found
    entered = kesher_server.http.post(found[1], data=fill(kesher_server.http.get(found[1])))
    assert "/go/" in entered.text
    assert "/elsewhere/" in entered.text
