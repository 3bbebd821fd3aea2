"""The site as an app on a phone: installable, with a page for no network, and a report that is not lost there."""

from __future__ import annotations

import io

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser

from kesher.agencies.models import Agency
from kesher.core.files.attachments import file_path, store_logo
from kesher.core.models import Attachment
from kesher.reports.tests.factories import topic
from tests.chromium import CHROMIUM
from tests.test_browser import Served, browser, chromium, demo_place, kept, served

assert browser, (chromium, demo_place, kept, served)  # fixtures

WORDS = "פנס כבוי ליד הגן"
READY = "navigator.serviceWorker.ready.then(found => Boolean(found.active))"
SEND = "form.report button[type=submit]:not([name])"


def signed_message(text: str) -> str:
    """Return the value of the cookie in which a message waits for a visitor."""
    storage, answer = CookieStorage(HttpRequest()), HttpResponse()
    storage.add(constants.SUCCESS, text)
    storage.update(answer)
    return answer.cookies["messages"].value


def test_a_manifest_is_in_the_readers_language_and_its_icons_are_pictures(client: Client, city: Agency) -> None:
    for lang, name, direction in (("he", "עיריית נווה־ים", "rtl"), ("en", "City of Neve Yam", "ltr")):
        found = client.get("/site.webmanifest", headers={"accept-language": lang}).json()
        assert (found["name"], found["dir"]) == (name, direction)
        for icon in found["icons"]:
            assert client.get(icon["src"]).content.startswith(b"\x89PNG")
    assert client.get("/icon-77.png").status_code == 404


def test_the_service_worker_names_no_page_but_the_one_for_no_network(client: Client, city: Agency) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert 'const PAGE = "/offline/?lang=he"' in answer.content.decode()
    assert "/me/" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_version_of_the_service_worker_changes_with_the_language(client: Client, city: Agency) -> None:
    versions = {client.get("/sw.js", headers={"accept-language": lang}).content for lang in ("he", "en")}
    assert len(versions) == 2


def test_the_page_for_no_network_shows_nothing_of_a_person(client: Client, city: Agency) -> None:
    page = client.get("/offline/").content.decode()
    assert "csrfmiddlewaretoken" not in page
    assert "/me/" not in page.partition("<main")[2].partition("</main")[0]


def test_the_page_for_no_network_leaves_a_visitors_messages_and_language_alone(client: Client, city: Agency) -> None:
    client.cookies["django_language"] = "ar"
    client.cookies["messages"] = signed_message("Your vote was counted")
    answer = client.get("/offline/?lang=en")
    page = answer.content.decode()
    assert "Your vote was counted" not in page
    assert "messages" not in answer.cookies
    assert ('lang="en"' in page, "No connection" in page) == (True, True)
    assert client.get("/offline/?lang=xx").status_code == 200


def test_what_another_app_shares_is_in_the_report_and_in_no_address(client: Client, city: Agency) -> None:
    topic()
    target = client.get("/site.webmanifest").json()["share_target"]
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(target["action"], {"title": "", "text": WORDS, "url": "https://maps.example/1"})
    assert (target["method"], answer.status_code) == ("POST", 200)
    assert f"{WORDS}\nhttps://maps.example/1" in answer.content.decode()
    assert WORDS not in browser.get("/report/", {"text": WORDS}).content.decode()


def test_the_icon_is_the_logo_where_there_is_one(client: Client, city: Agency) -> None:
    letter = client.get("/icon-192.png").content
    address = client.get("/site.webmanifest").json()["icons"][0]["src"]
    drawn = io.BytesIO()
    Image.new("RGBA", (300, 100), "#ff0000").save(drawn, "PNG")
    city.logo = store_logo(drawn.getvalue()).key
    city.save()
    assert client.get("/site.webmanifest").json()["icons"][0]["src"] != address
    with Image.open(io.BytesIO(client.get("/icon-192.png").content)) as icon:
        assert (icon.getpixel((96, 96)), icon.getpixel((4, 4))) == ((255, 0, 0), (255, 255, 255))
    file_path(Attachment.objects.get(key=city.logo).sha256).unlink()
    assert client.get("/icon-192.png").content == letter


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine")
def test_a_report_that_was_sent_without_a_network_is_offered_again(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(base_url=served.url)
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(READY)
    page.goto("/report/")
    errors = context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    assert errors["installabilityErrors"] == []
    page.fill("textarea[name=words]", WORDS)
    context.set_offline(True)
    page.click(SEND)
    page.wait_for_selector("[data-draft-offline]:not([hidden])")
    assert page.input_value("textarea") == WORDS
    context.set_offline(False)
    page.goto("/report/")
    page.click("[data-draft-use]")
    assert page.input_value("textarea[name=words]") == WORDS
    page.close()
    page = context.new_page()  # nobody asked the device to keep it
    page.goto("/report/")
    assert not page.is_visible("[data-draft-offer]")
    context.close()
