"""A public page is made once a second for all whom we do not know, and has nothing of any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from kesher.accounts.session_cookie import COOKIE
from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import add_public_texts
from kesher.answers.models import AnswerTopic
from kesher.answers.tests.factories import published
from kesher.channels.models import Account
from kesher.contests.tests.factories import a_contest
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.http.page_cache import CACHE_CONTROL, FLAG
from kesher.core.ui.confirmation_pages import remember_done
from kesher.petitions.models import Petition
from kesher.petitions.services import create_petition
from kesher.petitions.tests.factories import a_phone, sign_as
from kesher.petitions.views.petitions import SIGNER, sign_page
from kesher.purchases.tests.factories import a_purchase
from kesher.server.lanes import shared_pages
from kesher.server.tests.shared_pages import Answered, Town, a_request

SHADE = "/petitions/48213/"


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is cached, and a page lasts longer than a test on a busy machine."""
    monkeypatch.setattr(shared_pages, "SECONDS", 3600.0)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def shade(city: Agency) -> Petition:
    return create_petition(titles={"he": "צל"}, demands={"he": "להתקין מפרשים"}, code="48213", published=True)


@pytest.fixture
def pages(shade: Petition, city: Agency) -> dict[str, str]:
    """A page of each shared view."""
    add_public_texts(city, {kind: {"he": "## לכולם"} for kind in ("rules", "charter")}, by=SYSTEM)
    topic = AnswerTopic.objects.create(code="waste", names={"he": "אשפה"})
    answer = published("bins", "מתי מפנים?", topic=topic)
    lists = {f"{app}:list": f"/{app}/" for app in ("petitions", "contests", "purchases", "answers", "communities")}
    own = {"site:home": "/", "site:privacy": "/privacy/", "site:accessibility": "/accessibility/"}
    own |= {"site:rules": "/rules/", "site:charter": "/charter/"}
    return {
        **lists, **own, "petitions:detail": SHADE, "contests:detail": a_contest().get_absolute_url(),
        "purchases:detail": a_purchase().get_absolute_url(), "answers:topic": "/answers/topics/waste/",
        "answers:answer": answer.get_absolute_url(),
    }  # fmt: skip


def shared_views(found: list[URLPattern | URLResolver], app: str = "") -> Iterator[str]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from shared_views(one.url_patterns, one.app_name or app)
        elif hasattr(one.callback, "sharing"):
            yield f"{app}:{one.name}"


def without_live(text: str) -> str:
    return re.sub(r' data-live-(ticket|since)="[^"]*"', "", text)


def test_these_views_are_shared(pages: dict[str, str]) -> None:
    """A new one is added above, so that the tests below look at its page."""
    assert set(shared_views(get_resolver().url_patterns)) == set(pages)


def test_a_page_is_made_once_for_all_who_ask(pages: dict[str, str]) -> None:
    for path in pages.values():
        town = Town()
        first = town.visit(*[a_request(path) for _visitor in range(5)])
        again = town.visit(a_request(path))
        assert len(town.made) == 1, path
        assert {answer.text for answer in first + again} == {first[0].text}, path
        assert (first[0].status, first[0].headers["cache-control"]) == (200, CACHE_CONTROL), path
        assert {"Cookie", "Accept-Language"} <= set(first[0].headers["vary"].split(", ")), path


def test_nothing_of_a_visitor_gets_into_a_shared_page(pages: dict[str, str]) -> None:
    """Django is asked without their address, headers, foreign parameters and cookies; so the next one sees none."""
    anna = {"user_agent": "annas-agent", "referer": "https://annas.example/", "x_forwarded_for": "203.0.113.77"}
    anna |= {"cookie": "csrftoken=annastokenannastokenannastoken12", "accept": "annas/type"}
    for path in pages.values():
        town = Town()
        given = town.visit(a_request(f"{path}?fbclid=annasclick", ip="203.0.113.78", **anna))[0]
        assert len(town.made) == 1, path
        asked = " ".join(str(value) for value in town.made[0].values())
        shown = town.visit(a_request(path))[0].text
        for text in (asked, given.text, shown):
            assert "annas" not in text, path
            assert "203.0.113" not in text, path
        assert "csrfmiddlewaretoken" not in shown, path
        assert "nonce" not in shown + given.headers["content-security-policy"], path
        assert "set-cookie" not in given.headers, path


def known_cookies(shade: Petition, ruth: Staff) -> dict[str, str]:
    """The cookies of people whom we know in some way, as our own code sets them."""
    dana, client, response = a_phone(), Client(), HttpResponse()
    client.force_login(ruth.user)
    SIGNER.keep(response, dana)
    remember_done(response, "sign", shade.code, sign_as(shade, dana).signature.receipt)
    sign_page.cookie(shade).set(response, Address(dana.scheme, dana.address), {})
    response.set_cookie(COOKIE, "a-sign-in")
    response.set_cookie("messages", "kept")
    return {name: one.value for name, one in {**response.cookies, **client.cookies}.items()}


def test_whoever_is_known_gets_a_page_of_their_own(shade: Petition, ruth: Staff) -> None:
    cookies = known_cookies(shade, ruth)
    assert len(cookies) >= 6
    for name, value in cookies.items():
        town = Town()
        stranger, known = town.visit(a_request(SHADE), a_request(SHADE, cookie=f"{name}={value}"))
        assert len(town.made) == 2, name
        assert "cache-control" not in known.headers or "public" not in known.headers["cache-control"], name
        assert town.visit(a_request(SHADE))[0].text == stranger.text, name


def test_the_signer_sees_that_they_signed_and_nobody_else_does(shade: Petition) -> None:
    dana, response, town = a_phone(), HttpResponse(), Town()
    before = town.visit(a_request(SHADE))[0]
    receipt = sign_as(shade, dana).signature.receipt
    SIGNER.keep(response, dana)
    cookie = f"{SIGNER.cookie}={response.cookies[SIGNER.cookie].value}"
    mine, theirs = town.visit(a_request(SHADE, cookie=cookie), a_request(SHADE))
    assert receipt in mine.text
    assert theirs.text == before.text
    assert receipt not in theirs.text


def test_language_theme_and_text_size_have_pages_of_their_own(shade: Petition) -> None:
    town = Town()
    looks = [{"cookie": "django_language=ru"}, {"cookie": "theme=dark"}, {"cookie": "kesher_text=large"}]
    found = town.visit(a_request(SHADE), *[a_request(SHADE, **look) for look in looks])
    assert len({without_live(answer.text) for answer in found}) == len(town.made) == 4
    same = [
        {"accept_language": "ru-RU,ru;q=0.9"},
        {"cookie": "theme=pink"},
        {"cookie": "django_language=ru; csrftoken=x"},
    ]
    again = town.visit(*[a_request(SHADE, **look) for look in same])
    assert [answer.text for answer in again] == [found[1].text, found[0].text, found[1].text]
    assert len(town.made) == 4


def test_a_copy_that_still_holds_is_not_sent_again(shade: Petition, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    first = town.visit(a_request(SHADE))[0]
    monkeypatch.setattr(shared_pages, "SECONDS", 0.0)
    same = town.visit(a_request(SHADE, if_none_match=first.headers["etag"]))[0]
    assert (same.status, same.text, same.headers["etag"]) == (304, "", first.headers["etag"])
    assert same.headers["cache-control"] == CACHE_CONTROL
    sign_as(shade, a_phone(), name="דנה לוי", show_name=True)
    changed = town.visit(a_request(SHADE, if_none_match=first.headers["etag"]))[0]
    assert changed.status == 200
    assert "דנה לוי" in changed.text
    assert len(town.made) == 3


def test_a_search_and_an_unknown_path_are_answered_by_django(shade: Petition) -> None:
    town = Town()
    town.visit(a_request("/petitions/?q=%D7%A6%D7%9C"), a_request("/nothing/"), a_request("/me/"))
    town.visit(a_request(SHADE, "HEAD", authorization="Basic x"), a_request(SHADE, "POST"))
    assert len(town.made) == 5
    assert not any(environ[FLAG] for environ in town.made)


def test_a_petition_that_is_not_there_is_shared_too(city: Agency) -> None:
    town = Town()
    found = town.visit(*[a_request("/petitions/99999/") for _visitor in range(3)])
    assert [answer.status for answer in found] == [404] * 3
    assert len(town.made) == 1


def test_pages_that_nobody_asks_for_leave_the_memory(shade: Petition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_pages, "PAGES_MAX", 3)
    town = Town()
    town.visit(*[a_request(f"/petitions/{number}/") for number in range(70001, 70010)])
    assert len(town.cache.pages) == 3


def test_where_a_page_cannot_be_made_each_visitor_is_answered(shade: Petition, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    real, broken = town.cache.draw, [True]

    async def draw(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope.get(FLAG) and broken:
            raise OSError
        await real(scope, receive, send)

    monkeypatch.setattr(town.cache, "draw", draw)
    found = town.visit(a_request(SHADE), a_request(SHADE))
    assert [answer.status for answer in found] == [200, 200]
    assert "csrfmiddlewaretoken" in found[0].text
    assert not town.cache.drawing


class Form:
    """The signing form, posted from a shared page by a browser that has no cookie."""

    def __init__(self, petition: Petition) -> None:
        self.page: Answered = Town().visit(a_request(petition.get_absolute_url()))[0]
        self.browser = Client(enforce_csrf_checks=True)

    def post(self, **headers: str) -> int:
        assert "csrfmiddlewaretoken" not in self.page.text
        action = re.search(r'action="([^"]+/sign/)"', self.page.text)
        assert action is not None
        answer = self.browser.post(action[1], {"address": "054-5550123", "name": ""}, headers=headers)
        return answer.status_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 302),
        ({"Origin": "http://testserver"}, 302),
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://forum.testserver"}, 403),
    ],
)
def test_a_form_of_a_shared_page_is_taken_from_our_own_page_only(
    shade: Petition, sms: Any, headers: dict[str, str], status: int
) -> None:
    assert Form(shade).post(**headers) == status


def test_a_form_with_a_token_is_taken_as_before(shade: Petition, sms: Any) -> None:
    form = Form(shade)
    form.browser.get(SHADE)
    token = form.browser.cookies["csrftoken"].value
    sent = {"address": "054-5550123", "csrfmiddlewaretoken": token}
    assert form.browser.post(f"{SHADE}sign/", sent).status_code == 302


def test_the_desk_always_needs_the_token(shade: Petition, ruth: Staff, sms: Any) -> None:
    form = Form(shade)
    form.browser.force_login(ruth.user)
    assert form.post(**{"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Origin": "http://testserver"}, 202),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_site_may_not_ask_the_api(
    shade: Petition, mailbox: Account, headers: dict[str, str], status: int
) -> None:
    path, body = f"/api/v1/petitions/{shade.code}/signatures/", '{"address": "dana@example.org"}'
    assert Client().post(path, body, content_type="text/plain", headers=headers).status_code == status
