"""Starting on the page, and the author's own page: who may, what it costs, and what a forwarded link does not open."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.tests.talk import DANA, MAIL, hear, later
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from kesher.petitions.tests.talk import code_sent_to, link_sent_to
from kesher.petitions.tests.test_desk import PNG
from kesher.petitions.tests.test_drafts import DEMAND, TITLE, WRITTEN, gather

START = "/petitions/start/"
ASKED = {"title": TITLE, "demand": DEMAND, "address": MAIL.address, "name": "דנה לוי"}


def own_page(petition: Petition, rest: str = "") -> str:
    return f"/petitions/{petition.code}/author/{petition.author_key}/{rest}"


def test_a_petition_is_started_on_the_page_and_confirmed_by_a_link(client: Client, mailbox: Account) -> None:
    picture = SimpleUploadedFile("bench.png", PNG, "image/png")
    sent = client.post(START, {**ASKED, "photo": picture, "alt": "ספסל"})
    petition = Petition.objects.get()
    assert sent["Location"] == f"/petitions/{petition.code}/started/"
    assert (petition.moderation, petition.author_name) == ("draft", "דנה לוי")
    link = link_sent_to(MAIL.address)
    assert client.get(link).status_code == 200
    petition.refresh_from_db()
    assert petition.moderation == "draft"  # mail scanners open links, too
    own = client.post(link, {"code": code_sent_to(MAIL.address)})
    assert own["Location"] == own_page(petition)
    petition.refresh_from_db()
    assert petition.moderation == "gathering"


def test_a_wrong_code_starts_nothing(client: Client, mailbox: Account) -> None:
    client.post(START, ASKED)
    petition = Petition.objects.get()
    assert client.post(f"/petitions/{petition.code}/started/", {"code": "000000"}).status_code == 422
    petition.refresh_from_db()
    assert petition.moderation == "draft"


def test_a_mistyped_address_is_put_right_and_nothing_is_written_again(client: Client, mailbox: Account) -> None:
    page = client.post(START, {**ASKED, "address": "dnaa@example.org"})["Location"]
    wrong = code_sent_to("dnaa@example.org")
    assert client.post(page, {"another": "1", "address": "x"}).status_code == 422
    assert client.post(page, {"another": "1", "address": MAIL.address}).status_code == 302
    assert client.post(page, {"code": wrong}).status_code == 422
    assert client.post(page, {"code": code_sent_to(MAIL.address)}).status_code == 302
    petition = Petition.objects.get()
    assert (petition.author, petition.moderation, petition.title) == (
        get_or_create_identity(MAIL).contact,
        "gathering",
        TITLE,
    )


def test_another_browser_takes_over_no_draft(client: Client, mailbox: Account) -> None:
    page = client.post(START, ASKED)["Location"]
    stranger = Client()
    assert 'name="another"' in client.get(page).content.decode()
    assert 'name="another"' not in stranger.get(page).content.decode()
    stranger.post(page, {"another": "1", "address": "other@example.org"})
    assert Petition.objects.get().author == get_or_create_identity(MAIL).contact


def test_what_was_confirmed_changes_hands_no_more(client: Client, mailbox: Account) -> None:
    page = client.post(START, ASKED)["Location"]
    client.post(page, {"code": code_sent_to(MAIL.address)})
    assert client.post(page, {"another": "1", "address": "other@example.org"}).status_code == 422
    assert Petition.objects.get().author == get_or_create_identity(MAIL).contact
    assert 'name="another"' not in client.get(page).content.decode()


@pytest.mark.parametrize(
    "change", [{"title": "א" * 81}, {"title": ""}, {"demand": ""}, {"address": "x"}, {"address": ""}, {"area": "moon"}]
)
def test_what_is_missing_is_said_and_nothing_is_kept(client: Client, mailbox: Account, change: dict[str, str]) -> None:
    services.set_areas([{"code": "north", "column": 0, "row": 0, "people": 0, "names": {"he": "הצפון"}}])
    assert client.post(START, {**ASKED, **change}).status_code == 422
    assert not Petition.objects.exists()


def test_similar_ones_are_shown_before_it_is_sent(client: Client, petition: Petition, mailbox: Account) -> None:
    asked = {**ASKED, "title": "הצללה בגני השעשועים"}
    assert petition.title in client.post(START, asked).content.decode()
    assert Petition.objects.count() == 1
    client.post(START, {**asked, "sure": "1"})
    assert Petition.objects.count() == 2


def test_a_robot_writes_nothing(client: Client, mailbox: Account) -> None:
    assert client.post(START, {**ASKED, "website": "x"}).status_code == 302
    assert not Petition.objects.exists()


def test_what_was_written_goes_on_by_whatsapp(client: Client, whatsapp: Account) -> None:
    hear(whatsapp, DANA, later(client, START, title=TITLE, demand=DEMAND), "דלג", "דלג", "דלג", "1")
    assert Petition.objects.get().title == TITLE


def test_the_authors_page_says_what_is_missing(client: Client, city: Agency) -> None:
    petition = gather(2)
    page = client.get(own_page(petition)).content.decode()
    assert "<b>חסרים 3 תומכים</b>" in page
    assert "wa.me" in page


@pytest.mark.parametrize("rest", ["", "write/", "news/", "close/"])
def test_another_key_opens_nothing(client: Client, city: Agency, rest: str) -> None:
    petition, other = gather(0), a_petition(author=get_or_create_identity(MAIL).contact)
    wrong = f"/petitions/{petition.code}/author/{other.author_key}/{rest}"
    assert client.get(wrong).status_code == 404
    assert client.post(wrong).status_code in (404, 405)


def test_he_changes_it_and_sends_it_again(client: Client, miriam: Staff, city: Agency) -> None:
    petition = gather(5)
    services.submit_supported()
    petition.refresh_from_db()
    services.move(petition, "ask_changes", staff=miriam, asked="בלי שמות")
    assert "בלי שמות" in client.get(own_page(petition, "write/")).content.decode()
    client.post(own_page(petition, "write/"), {"title": "ספסלים בתחנות", "demand": DEMAND})
    petition.refresh_from_db()
    assert (petition.title, petition.moderation) == ("ספסלים בתחנות", "submitted")


def test_he_may_not_change_what_was_signed(client: Client, city: Agency) -> None:
    petition = gather(5)
    client.post(own_page(petition, "write/"), {"title": "אחרת לגמרי", "demand": DEMAND})
    petition.refresh_from_db()
    assert petition.title == TITLE


def test_he_writes_news_and_closes_it(client: Client, city: Agency) -> None:
    petition = a_petition(author=get_or_create_identity(DANA, assurance=1).contact)
    client.post(own_page(petition, "news/"), {"text": "נפגשנו עם ראש האגף."})
    assert petition.updates.get().state == "waiting"
    assert client.get(own_page(petition, "close/")).status_code == 200
    client.post(own_page(petition, "close/"))
    petition.refresh_from_db()
    assert (petition.closing, petition.closed_by) == ("closed", "author")


def test_pages_cost_few_queries(client: Client, city: Agency, django_assert_max_num_queries: Any) -> None:
    petition = gather(3)
    client.get(own_page(petition))
    for path, most in ((own_page(petition), 16), (START, 6), ("/petitions/standards/", 5)):
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_a_supporter_sees_its_page_and_the_list_does_not(client: Client, city: Agency) -> None:
    petition = gather(0)
    assert 'id="sign"' in client.get(f"/petitions/{petition.code}/").content.decode()
    assert TITLE not in client.get("/petitions/").content.decode()
    assert "noindex" in client.get(f"/petitions/{petition.code}/").content.decode()


def test_written_is_in_the_language_of_its_words(city: Agency) -> None:
    assert WRITTEN.values()["titles"] == {"he": TITLE}
