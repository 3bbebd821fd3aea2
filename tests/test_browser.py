"""The pages in a real Chromium: axe finds nothing in Hebrew and English, nothing is heavy, nothing needs JavaScript but
what is live."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, Request, sync_playwright

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact
from kesher.core.scope import scope
from tests.street import Street

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine"),
]

CITIZEN = (
    "/",
    "/petitions/",
    "/petitions/48213/",
    "/report/",
    "/status/",
    "/chat/",
    "/privacy/",
    "/accessibility/",
    "/desk/login/",
)
STAFF = ("/desk/", "/desk/?tab=all", "/desk/overview/", "/desk/channels/", "/desk/petitions/", "/desk/requests/")
PASSWORD = "neve-yam-demo"


class Served(Street):
    """The demo municipality, served."""

    def open_accounts(self) -> dict[str, Any]:
        return {}

    @property
    def environment(self) -> dict[str, str]:
        """As on a real installation: static files gathered, compressed and named by their content."""
        return {**super().environment, "KESHER_DEBUG": "0"}

    def gather(self) -> None:
        command = [sys.executable, "-m", "kesher.site.cli", "collectstatic", "--no-input", "-v0"]
        subprocess.run(command, env=self.environment, check=True)


@pytest.fixture
def served(transactional_db: None, tmp_path: Any, settings: Any) -> Iterator[Served]:
    settings.KESHER_SIMULATOR = True
    settings.MEDIA_ROOT = tmp_path / "data" / "files"
    call_command("demo", verbosity=0)
    agency = Agency.objects.get()
    with scope(agency):
        made = Served(agency, str(tmp_path / "data"))
        try:
            made.gather()
            made.start("web")
            yield made
        finally:
            made.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


def open_page(browser: Browser, served: Served, lang: str, **options: Any) -> Page:
    context = browser.new_context(locale=lang, **options)
    context.add_cookies([{"name": "django_language", "value": lang, "url": served.url}])
    return context.new_page()


def sign_in(page: Page, served: Served) -> None:
    page.goto(served.url + "/desk/")
    page.fill("input[name=username]", "miriam")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/desk/**")


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:140]} ({len(item['nodes'])})" for item in found]


@pytest.mark.parametrize("lang", ["he", "en"])
def test_axe_finds_nothing(served: Served, browser: Browser, lang: str) -> None:
    page = open_page(browser, served, lang)
    found: dict[str, list[str]] = {}
    person = Contact.objects.filter(conversation__waiting_since__isnull=False).first()
    assert person
    for path in CITIZEN:
        assert (page.goto(served.url + path) or page).status == 200, path  # type: ignore[union-attr]
        if wrong := faults(page):
            found[path] = wrong
    sign_in(page, served)
    for path in (*STAFF, f"/desk/people/{person.key}/"):
        assert (page.goto(served.url + path) or page).status == 200, path  # type: ignore[union-attr]
        if wrong := faults(page):
            found[path] = wrong
    assert not found


def test_a_first_visit_weighs_at_most_a_hundred_kilobytes(served: Served, browser: Browser) -> None:
    heavy = {}
    for path in CITIZEN:
        page = open_page(browser, served, "he")
        weights: list[int] = []
        page.on("requestfinished", weigher(weights))
        page.goto(served.url + path, wait_until="load")
        page.wait_for_timeout(200)
        if sum(weights) > 100_000:
            heavy[path] = sum(weights)
        page.context.close()
    assert not heavy


def weigher(weights: list[int]) -> Callable[[Request], None]:
    return lambda request: weights.append(weigh(request))


def weigh(request: Request) -> int:
    """Bytes over the wire; photographs that people or editors added do not count."""
    if "/files/" in request.url or "/live/" in request.url:
        return 0
    return int(request.sizes()["responseBodySize"])


def test_every_page_works_without_javascript(served: Served, browser: Browser) -> None:
    page = open_page(browser, served, "he", java_script_enabled=False)
    for path in CITIZEN:
        reply = page.goto(served.url + path)
        assert reply
        assert reply.status == 200
        assert page.locator("main h1").first.is_visible()
    sign_in(page, served)
    assert page.locator("main").first.is_visible()
