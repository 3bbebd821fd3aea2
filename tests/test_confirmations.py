"""Confirmation pages thank the browser that acted, and redirect all others to the public page."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from kesher.channels.secret_redaction import LEFT_OUT, redact_private_links
from kesher.contacts.models import Identity
from kesher.contests.tests.factories import a_contest
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.petitions.services import create_petition
from tests.permissions import ABOUT_POSTS
from tests.test_permissions import walk

DONE = re.compile(r"/(thanks|done|sent|started|proposed|voted|success|complete)/")
# Each with what a stranger would try, and where that leads. Only the browser that acted has the signed value in the URL.
CONFIRMATIONS = {
    "petitions:thanks": ("48213", "?r=AAAAAAAA", "/petitions/48213/"),
    "petitions:started": ("48213", "", "/petitions/48213/"),
    "contests:voted": ("70128", "?r=AAAAAAAA&changed=1", "/contests/70128/"),
    "contests:proposed": ("70128", "?n=1&sent=1", "/contests/70128/"),
    "suggestions:suggest-done": ("", "", "/suggestions/"),
    "reports:done": ("forged:value:here", "", "/status/"),
    "following:follow-done": ("", "", "/following/"),
    **{f"communities:{name}-done": ("31415", "", f"/communities/31415/{name}/") for name in ("join", "post", "leave")},
    **{f"discussions:{name}-done": ("AAAAAAAAAAAA", "", f"/posts/AAAAAAAAAAAA/{name}/") for name in ABOUT_POSTS},
    "following:unfollow-done": ("", "", "/following/end/"),
}
THANKS = ("תודה", "נספר", "הצבעתם", "חתמתם", "שלחנו קוד")


@pytest.fixture
def subjects(dana: Identity) -> None:
    words = {"he": "צל"}
    create_petition(titles=words, demands=words, language="he", author=dana.contact, published=True, code="48213")
    a_contest(code="70128")


def test_every_page_that_says_done_is_listed() -> None:
    named = {name for name, route in walk(get_resolver(), "", "") if DONE.search(f"/{route}")}
    assert {name for name in named if not re.search(r"^(admin|.*:(api|desk))", name)} == set(CONFIRMATIONS)


def test_a_stranger_is_not_thanked_and_comes_to_the_public_page(subjects: None) -> None:
    for name, (argument, query, public) in CONFIRMATIONS.items():
        answer = Client().get(reverse(name, args=[argument] if argument else []) + query)
        assert (answer.status_code, answer["Location"]) == (302, public), name
        assert not [word for word in THANKS if word in answer.content.decode()], name


def test_a_forged_cookie_or_one_of_another_subject_thanks_nobody(subjects: None) -> None:
    kept = HttpResponse()
    remember_done(kept, "sign", "11111", "AAAAAAAA")
    for value in ("AAAAAAAA", kept.cookies["done-sign-11111"].value, ""):
        browser = Client()
        browser.cookies["done-sign-48213"] = value
        assert browser.get("/petitions/48213/thanks/").status_code == 302


def test_the_browser_that_did_it_is_thanked(subjects: None) -> None:
    for verb, subject, path in (
        ("sign", "48213", "/petitions/48213/thanks/"),
        ("vote", "70128", "/contests/70128/vote/thanks/"),
        ("propose", "70128", "/contests/70128/proposed/"),
    ):
        kept, browser = HttpResponse(), Client()
        remember_done(kept, verb, subject, "AAAAAAAA" if verb != "propose" else "")
        browser.cookies.load({name: morsel.value for name, morsel in kept.cookies.items()})
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "תודה" in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert find_done(page.wsgi_request, verb, "other") is None


def test_a_flag_in_an_address_thanks_nobody(subjects: None) -> None:
    assert "תודה" not in Client().get("/petitions/48213/?signed=1&thanks=1").content.decode()


def test_every_address_with_a_key_is_known_as_a_private_link() -> None:
    keyed = [
        route for _name, route in walk(get_resolver(), "", "") if re.search(r"<\w+:(key|token|receipt|signed)>", route)
    ]
    of_staff = r"desk/(people|wards|incidents|petitions)/|api/|in/|files/|simulator/"  # open to who is signed in only
    public = [route for route in keyed if not re.match(of_staff, route)]
    assert "desk/join/<str:key>/" in public
    for route in public:
        link = "https://city.example/" + re.sub(r"<\w+:\w+>", "ABCDEFGHJK", route.replace("<slug:code>", "48213"))
        assert redact_private_links(f"> {link}.") == f"> {LEFT_OUT}", link
    assert redact_private_links("https://city.example/petitions/48213/") == "https://city.example/petitions/48213/"
