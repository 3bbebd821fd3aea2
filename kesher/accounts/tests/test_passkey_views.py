"""Passkeys in a real Chromium with a virtual device, and authenticator apps."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect

from kesher.accounts.models import Keyring, SignIn
from kesher.accounts.passkey_views import get_answering_keyring
from kesher.accounts.services import add_app, add_passkey, get_or_create_keyring, start_sign_in
from kesher.accounts.session_cookie import COOKIE
from kesher.accounts.tests.acting import app_code, browser_of, here
from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts, undo_merge
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.models import Audit
from tests.chromium import CHROMIUM, started

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BROWSER = (
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine"),
)


def marked(test: Any) -> Any:
    for mark in BROWSER:
        test = mark(test)
    return test


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Page]:
    """A browser with a device that knows its owner."""
    settings.ALLOWED_HOSTS = ["*"]
    with started() as chromium:
        context = chromium.new_context(locale="he")
        page = context.new_page()
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page


def address_of(live_server: Any) -> str:
    """A passkey belongs to a name, never to a number of the network."""
    return str(live_server.url).replace("127.0.0.1", "localhost")


def be(page: Page, url: str, identity: Identity) -> None:
    token = start_sign_in(identity, level=2, way="code").token
    # Browsers accept a __Host- cookie over TLS only, except from localhost.
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url.replace("http:", "https:"), "secure": True}])


def add_this_device(page: Page, url: str) -> None:
    page.goto(f"{url}/me/keys/passkey/")
    page.click("form[data-passkey=create] button[type=submit]")
    page.wait_for_url(f"{url}/me/keys/")


@marked
def test_a_passkey_is_added_and_opens_the_page_without_a_code(dana: Identity, live_server: Any, page: Page) -> None:
    url = address_of(live_server)
    be(page, url, dana)
    add_this_device(page, url)
    page.context.clear_cookies()
    page.goto(f"{url}/me/sign-in/?next=/me/keys/")
    page.click("form[data-passkey=get] button[type=submit]")
    page.wait_for_url(f"{url}/me/keys/")
    assert (SignIn.objects.latest("pk").way, SignIn.objects.latest("pk").level) == ("passkey", 2)
    assert SignIn.objects.latest("pk").contact == dana.contact


@marked
def test_a_removed_passkey_opens_nothing(dana: Identity, live_server: Any, page: Page) -> None:
    url = address_of(live_server)
    be(page, url, dana)
    add_this_device(page, url)
    browser_of(dana).post(f"/me/keys/{Authenticator.objects.get().pk}/remove/")
    page.context.clear_cookies()
    page.goto(f"{url}/me/sign-in/")
    page.click("form[data-passkey=get] button[type=submit]")
    expect(page.locator(".toast")).to_be_visible()
    assert SignIn.objects.filter(way="passkey").count() == 0


@marked
def test_a_clerk_comes_in_with_a_passkey(ruth: Staff, live_server: Any, page: Page) -> None:
    url = address_of(live_server)

    def password() -> None:
        page.goto(f"{url}/desk/login/?next=/desk/password/")
        page.fill("input[name=username]", "ruth")
        page.fill("input[name=password]", "a-long-password")
        page.press("input[name=password]", "Enter")

    password()
    page.click("form[data-passkey=create] button[type=submit]")
    expect(page.locator(".recovery")).to_be_visible()  # the key is stored only now
    page.context.clear_cookies()
    password()
    page.click("form[data-passkey=get] button[type=submit]")
    page.wait_for_url(f"{url}/desk/password/")
    assert Audit.objects.filter(operation="accounts.add_passkey").count() == 1


def test_an_app_is_added_by_its_first_code_and_proves_more_afterwards(dana: Identity) -> None:
    cache.clear()
    client = browser_of(dana)
    client.get("/me/keys/app/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/me/keys/app/", {"code": app_code(secret)}).status_code == 302
    known = browser_of(dana, level=1)
    assert known.post("/me/app/", {"code": app_code(secret, step=1)})["Location"] == "/me/"
    assert here(known).level == 2


def test_a_code_of_an_app_opens_once(dana: Identity) -> None:
    cache.clear()
    add_app(get_or_create_keyring(dana.contact).user, SECRET, by=SYSTEM)
    code = app_code(SECRET)
    assert browser_of(dana, level=1).post("/me/app/", {"code": code}).status_code == 302
    again = browser_of(dana, level=1)
    assert again.post("/me/app/", {"code": code}).status_code == 422
    assert again.get("/me/").context["level"] == 1


def test_a_wrong_first_code_adds_no_app(dana: Identity) -> None:
    client = browser_of(dana)
    client.get("/me/keys/app/")
    assert client.post("/me/keys/app/", {"code": "000000"}).status_code == 422
    assert not Authenticator.objects.exists()


def test_a_browser_known_by_a_link_alone_adds_no_key(dana: Identity) -> None:
    client = browser_of(dana, level=1)
    for path in ("/me/keys/", "/me/keys/app/", "/me/keys/passkey/"):
        assert "/me/prove/" in client.get(path)["Location"]
    assert not Keyring.objects.exists()


def test_nobody_removes_anothers_key(dana: Identity, omar: Identity) -> None:
    theirs = get_or_create_keyring(omar.contact).user
    add_app(theirs, SECRET, by=SYSTEM)
    assert browser_of(dana).post(f"/me/keys/{Authenticator.objects.get().pk}/remove/").status_code == 404
    assert Authenticator.objects.count() == 1


def opens(key: Authenticator) -> bool:
    form: Any = SimpleNamespace(is_valid=lambda: True, cleaned_data={"credential": key})
    try:
        return bool(get_answering_keyring(form))
    except Refused:
        return False


def test_a_key_that_was_added_while_two_were_one_opens_nothing_once_they_are_two(
    dana: Identity, omar: Identity
) -> None:
    add_passkey(get_or_create_keyring(dana.contact).user, "before", {"id": "a"}, by=SYSTEM)
    add_passkey(get_or_create_keyring(omar.contact).user, "his", {"id": "b"}, by=SYSTEM)
    row = merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    add_passkey(get_or_create_keyring(omar.contact).user, "meanwhile", {"id": "c"}, by=SYSTEM)
    assert row is not None
    undo_merge(row, by=SYSTEM)
    add_passkey(get_or_create_keyring(dana.contact).user, "after", {"id": "d"}, by=SYSTEM)
    assert [opens(key) for key in Authenticator.objects.order_by("pk")] == [True, True, False, True]


def test_a_citizens_key_is_no_staff_and_an_answer_made_up_opens_nothing(dana: Identity) -> None:
    user = get_or_create_keyring(dana.contact).user
    assert not user.has_usable_password()
    assert not Staff.objects.filter(user=user).exists()
    client = Client()
    client.post("/me/passkey/options/")
    assert client.post("/me/passkey/", {"credential": "{}"})["Location"] == "/me/sign-in/"
    assert not SignIn.objects.exists()


def test_a_key_is_called_as_its_owner_says(dana: Identity) -> None:
    user = get_or_create_keyring(dana.contact).user
    add_passkey(user, "הטלפון שלי", {"id": "x"}, by=SYSTEM)
    assert "הטלפון שלי" in browser_of(dana).get("/me/keys/").content.decode()
