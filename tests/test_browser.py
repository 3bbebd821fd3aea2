"""The pages in a real Chromium: accessible in Hebrew and English (axe), small, and usable without JavaScript."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf.global_settings import PASSWORD_HASHERS
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory, override_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from kesher.accounts.services import start_sign_in
from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Draft
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import conversation_of, reply, set_waiting
from kesher.core.db.agency_scope import scope
from kesher.site.views import server_error
from tests.chromium import CHROMIUM, started
from tests.demo import done_here
from tests.end_to_end import KesherServer, ServerFolder
from tests.keyboard import by_keyboard
from tests.pages import ERRORS, addresses

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine"),
]

# Pages that first visitors never open have no limit of weight.
WORKSHOP = ("/styleguide/", "/simulator/")
# Each language with another colour scheme and width, so that contrast and narrow pages are tested as well.
LOOKS: dict[str, dict[str, Any]] = {
    "he": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "en": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}
# Forms that are submitted empty, with their buttons.
EMPTY_FORMS = {
    "/report/": "main form button[type=submit]:not([name])",
    "/petitions/48213/": "#sign button[type=submit]",
    "/petitions/48213/confirm/": "main form button[type=submit]",
    "/status/?number=999": "main form button[type=submit]",
    "/desk/login/": "main form button[type=submit]",
}
AXE = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
TWICE = """() => {
    const names = [...document.querySelectorAll("[id]")].map(element => element.id);
    return names.filter((name, at) => names.indexOf(name) !== at);
}"""
# Bytes over the network, without uploaded photos.
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(entry => !entry.name.includes("/files/") && !entry.name.includes("/live/"))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
FIRST_VISIT = 100_000
PASSWORD = "neve-yam-demo"


class Served(KesherServer):
    """The demo municipality, served."""

    def open_accounts(self) -> dict[str, Any]:
        return {}


@pytest.fixture(scope="session")
def demo_place(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFolder]:
    """Use static files as in production: collected, compressed and named by their content."""
    made = ServerFolder(tmp_path_factory.mktemp("demo-server"), KESHER_DEBUG="0", KESHER_SIMULATOR="1")
    command = [sys.executable, "-m", "kesher.site.cli", "collectstatic", "--no-input", "-v0"]
    subprocess.run(command, env=made.environment, check=True)
    yield made
    made.forks.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path where the first test stores the demo for the others, on any worker."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "kept-demo"
    folder.mkdir(exist_ok=True)
    return folder


def load_demo(kept: Path, files: Path) -> None:
    """Load the demo into this test's database; it takes twenty seconds to create, so it is created once.

    Whoever creates it uses the hashers of the served process, which knows no fast one.
    """
    copy, kept_files = kept / "kesher.sqlite3", kept / "files"
    connection.ensure_connection()
    if copy.exists():
        with contextlib.closing(sqlite3.connect(copy)) as source:
            source.backup(connection.connection)
        shutil.copytree(kept_files, files)
        return
    with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS):
        call_command("demo", verbosity=0)
    if connection.vendor == "sqlite":
        shutil.copytree(files, kept_files)
        with contextlib.closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)


@pytest.fixture
def served(
    transactional_db: None, demo_place: ServerFolder, kept: Path, turn: sqlite3.Connection, settings: Any
) -> Iterator[Served]:
    settings.KESHER_SIMULATOR = True
    settings.MEDIA_ROOT = demo_place.folder / "files"
    turn.execute("BEGIN EXCLUSIVE")
    try:
        load_demo(kept, demo_place.folder / "files")
    finally:
        turn.execute("ROLLBACK")
    agency = Agency.objects.get()
    with scope(agency):
        made = Served(agency, demo_place)
        try:
            made.start("web")
            yield made
        finally:
            made.stop()
            demo_place.clear()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """Return the browser of this worker; close what the test opened in it."""
    yield chromium
    for context in chromium.contexts:
        context.close()


def open_page(browser: Browser, served: Served, lang: str, **options: Any) -> Page:
    """Open a page as a first visitor does, who has no service worker yet: none is installed while tests measure."""
    context = browser.new_context(locale=lang, reduced_motion="reduce", service_workers="block", **options)
    cookies = {"django_language": lang, **done_here()}
    context.add_cookies([{"name": name, "value": value, "url": served.url} for name, value in cookies.items()])
    context.add_init_script(AXE_SCRIPT)  # half a megabyte, sent once instead of for each page
    return context.new_page()


def sign_in(page: Page, served: Served, username: str) -> None:
    page.goto(served.url + "/desk/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def be_somebody(page: Page, served: Served) -> None:
    """Sign a citizen of the demo in."""
    identity = Identity.objects.filter(scheme="tel").order_by("pk")[0]
    entered = start_sign_in(identity, level=2, way="code", device="Firefox, Android")
    page.context.add_cookies([{"name": "kesher_me", "value": entered.token, "url": served.url}])


def faults(page: Page) -> list[str]:
    """Return axe's findings on the open page with everything expanded, duplicate ids, and horizontal scrolling."""
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    found = [f"{item['id']}: {item['nodes'][0]['html'][:140]} ({len(item['nodes'])})" for item in page.evaluate(AXE)]
    found += [f"two elements are called {name}" for name in page.evaluate(TWICE)]
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{wide} px wide on a phone of 390"] if wide > 390 else found


@contextlib.contextmanager
def every_visit_the_first(page: Page) -> Iterator[None]:
    """Clear the browser's cache between pages."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    yield
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})


def look_at(
    page: Page, served: Served, paths: Iterable[str], status: int = 200, limit: int = 0, *, keyboard: bool = False
) -> dict[str, list[str]]:
    """Open each page, and return the problems by page; ``limit`` is in bytes."""
    size, found = page.viewport_size, {}
    assert size
    for path in paths:
        page.set_viewport_size(size)
        reply = page.goto(served.url + path, wait_until="load")
        if reply is None or reply.status != status or reply.request.redirected_from:
            found[path] = [f"answered {reply.status if reply else None}"]
        elif wrong := faults(page) + too_heavy(page, path, limit) + (by_keyboard(page) if keyboard else []):
            found[path] = wrong
    return found


def listed(found: dict[str, list[str]]) -> str:
    """Return each problem on a line of its own."""
    return "".join(f"\n{path}: {fault}" for path, faults in found.items() for fault in faults)


def too_heavy(page: Page, path: str, limit: int) -> list[str]:
    """Return the page's weight where it is above the limit, with what its scripts asked for since it opened."""
    if not limit or path.startswith(WORKSHOP):
        return []
    weight = page.evaluate(WEIGHT)
    return [f"{weight} bytes"] if weight > limit else []


# The pages are divided among so many tests for the workers: one would take minutes, and each of them loads the demo.
SHARES = 2


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("lang", ["he", "en"])
def test_no_page_is_closed_to_anybody_and_none_is_heavy(
    served: Served, browser: Browser, lang: str, share: int
) -> None:
    page = open_page(browser, served, lang, **LOOKS[lang])
    keyboard = lang == "he"  # one language is enough
    with every_visit_the_first(page):
        found = look_at(page, served, addresses("citizen")[share::SHARES], limit=FIRST_VISIT, keyboard=keyboard)
    be_somebody(page, served)
    found |= look_at(page, served, addresses("person")[share::SHARES], keyboard=keyboard)
    sign_in(page, served, "admin")
    found |= look_at(page, served, addresses("staff")[share::SHARES], keyboard=keyboard)
    assert not found, listed(found)


@pytest.mark.parametrize("lang", ["he", "en"])
def test_axe_finds_nothing_where_something_went_wrong(served: Served, browser: Browser, lang: str) -> None:
    """Open error pages, and forms with errors."""
    page = open_page(browser, served, lang, **LOOKS[lang])
    found: dict[str, list[str]] = {}
    for status, path in ERRORS.items():
        found |= look_at(page, served, [path], status)
    broken = server_error(RequestFactory().get("/broken/")).content.decode()
    page.route("**/broken/", lambda route: route.fulfill(status=500, body=broken, content_type="text/html"))
    found |= look_at(page, served, ["/broken/"], 500)
    for path, button in EMPTY_FORMS.items():
        page.goto(served.url + path)
        page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
        page.locator(button).first.click()
        page.wait_for_load_state("load")
        if wrong := faults(page):
            found[f"{path} sent empty"] = wrong
    sign_in(page, served, "ruth")
    found |= look_at(page, served, ["/desk/staff/"], 403)
    page.context.clear_cookies(name="csrftoken")
    page.goto(served.url + "/desk/password/")
    page.context.clear_cookies(name="csrftoken")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state("load")
    if wrong := faults(page):
        found["a form whose cookie is gone"] = wrong
    assert not found, listed(found)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_works_without_javascript(served: Served, browser: Browser, share: int) -> None:
    page = open_page(browser, served, "he", java_script_enabled=False)
    silent = [path for path in addresses("citizen")[share::SHARES] if not stands(page, served, path)]
    be_somebody(page, served)
    silent += [path for path in addresses("person")[share::SHARES] if not stands(page, served, path)]
    sign_in(page, served, "admin")
    silent += [path for path in addresses("staff")[share::SHARES] if not stands(page, served, path)]
    assert not silent


def stands(page: Page, served: Served, path: str) -> bool:
    """Return whether the page has its title, after following a redirect that works without JavaScript."""
    first = page.request.get(served.url + path)
    if (onward := re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', first.text())) is not None:
        path = unescape(onward[1])
    reply = page.goto(served.url + path, wait_until="domcontentloaded")
    return (
        bool(first.status == 200 and reply and reply.status == 200 and not reply.request.redirected_from)
        and page.locator("main h1").first.is_visible()
    )


def test_what_is_live_moves_by_itself(served: Served, browser: Browser) -> None:
    """A new visitor's chat is live once there is a conversation; the number in the desk's menu follows."""
    page = open_page(browser, served, "he")
    page.goto(served.url + "/chat/")
    page.evaluate("""() => {
        const form = new FormData(document.querySelector(".composer"));
        form.set("text", "שלום");
        return fetch("/chat/", {method: "POST", body: form});
    }""")
    page.wait_for_selector("[role=log][data-live]", timeout=15_000)
    mine = Conversation.objects.latest("pk")
    page.wait_for_timeout(500)  # the stream opens
    reply(mine, "כאן רותי", staff=Staff.objects.get(user__username="ruth"))
    page.get_by_text("כאן רותי").wait_for(timeout=4_000)
    sign_in(page, served, "ruth")
    page.goto(served.url + "/desk/channels/")
    count = page.locator(".nav-link .count")
    before = count.inner_text()
    page.wait_for_timeout(500)
    set_waiting(mine, timezone.now())
    page.wait_for_function(
        "before => document.querySelector('.nav-link .count').textContent !== before", arg=before, timeout=6_000
    )
    assert int(count.inner_text()) == int(before) + 1


def test_a_clerk_puts_in_ready_words_and_sees_who_else_is_there(served: Served, browser: Browser) -> None:
    person = Contact.objects.filter(conversation__routes__account__channel="sms").exclude(name="").first()
    assert person
    pages = [open_page(browser, served, "he") for _ in range(2)]
    for page, username in zip(pages, ("ruth", "miriam"), strict=True):
        sign_in(page, served, username)
        page.goto(f"{served.url}/desk/people/{person.key}/")
    mine, other = pages
    mine.locator("#presence .badge").wait_for(timeout=8_000)
    mine.fill("#words", "בוקר טוב.")
    other.locator("#presence .badge.wait").wait_for(timeout=8_000)
    mine.locator("summary[data-key=a]").click()
    mine.locator(".ready-answer").first.click()
    words = mine.input_value("#words")
    assert words.startswith("בוקר טוב.\n")
    assert "{" not in words
    assert "undefined" not in mine.locator("#cost").inner_text()
    other.close()
    expect(mine.locator("#presence .badge")).to_have_count(0, timeout=8_000)


def test_a_clerk_sees_what_came_before_sending_and_finds_the_draft_again(served: Served, browser: Browser) -> None:
    """A colleague's reply that arrives during typing needs a click first; a draft is stored on the server."""
    person = Contact.objects.filter(conversation__routes__account__channel="sms").exclude(name="").first()
    assert person
    talk, miriam = conversation_of(person), Staff.objects.get(user__username="miriam")
    page = open_page(browser, served, "he")
    sign_in(page, served, "ruth")
    url = f"{served.url}/desk/people/{person.key}/"
    page.goto(url)
    seen = page.input_value("[name=seen_seq]")
    page.wait_for_timeout(500)  # the stream opens
    page.fill("#words", "נחזור אליכם מחר")
    reply(talk, "כבר טופל", staff=miriam)
    page.locator("[data-show-new]").wait_for(timeout=6_000)
    assert page.input_value("[name=seen_seq]") == seen
    page.locator(".ways button").first.click()
    page.locator("#composer .note-box.wait").wait_for(timeout=6_000)
    assert page.input_value("#words") == "נחזור אליכם מחר"
    assert not Message.objects.filter(text="נחזור אליכם מחר").exists()
    reply(talk, "ועוד דבר", staff=miriam)
    page.locator("[data-show-new]").click(timeout=6_000)
    assert int(page.input_value("[name=seen_seq]")) > int(seen) + 1
    page.fill("#words", "טיוטה שלי")
    with page.expect_response("**/draft/"):
        page.locator("#words").blur()  # following a link leaves the field first
    page.goto(served.url + "/desk/?tab=all")
    expect(page.get_by_label("הטיוטה שלך")).to_have_count(1)
    page.goto(url)
    assert page.input_value("#words") == "טיוטה שלי"
    page.locator(".ways button").first.click()
    expect(page.locator("#words")).to_have_value("", timeout=6_000)
    page.wait_for_timeout(2_000)  # longer than the delay before a draft is stored
    assert not Draft.objects.exists()
