"""Where things stand on a screen: a dense desk at 1280×800, and what a citizen sees first on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kesher.contacts.models import Contact
from tests.chromium import CHROMIUM
from tests.test_browser import Served, browser, chromium, demo_place, kept, open_page, served, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="browser tests: no Chromium on this machine"),
]

assert browser, (chromium, demo_place, kept, served)  # fixtures
DESK = {"width": 1280, "height": 800}
ROWS_IN_VIEW = """() => [...document.querySelectorAll("#list .items:last-of-type [data-item]")]
    .filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"""
# Links of the bar that are shown, and do not lie within it.
CUT = """() => {
    const bar = document.querySelector(".bar nav").getBoundingClientRect();
    return [...document.querySelectorAll(".bar nav > ul > li")].filter(item => item.checkVisibility())
        .filter(item => { const box = item.getBoundingClientRect(); return box.left < bar.left - 1 || box.right > bar.right + 1; })
        .map(item => item.textContent.trim());
}"""
HEIGHT = "selector => document.querySelector(selector).getBoundingClientRect().height"
BOTTOM = "selector => document.querySelector(selector).getBoundingClientRect().bottom"


def person(page: Page, served: Served, name: str) -> None:
    """Open the page of the demo's person with this name on the desk."""
    page.goto(f"{served.url}/desk/people/{Contact.objects.get(name=name).key}/")


def conversation_share(page: Page) -> Any:
    """Return the conversation's share of the window's height."""
    return page.evaluate(HEIGHT, ".pane-stream .pane-body") / DESK["height"]


@pytest.mark.parametrize("lang", ["he", "ru"])
def test_the_desk_is_dense_and_nothing_of_its_bar_is_cut(served: Served, browser: Browser, lang: str) -> None:
    page = open_page(browser, served, lang, viewport=DESK)
    sign_in(page, served, "admin")
    page.goto(served.url + "/desk/?tab=all")
    assert page.evaluate(ROWS_IN_VIEW) >= 14
    assert page.evaluate(CUT) == []
    assert page.locator(".bar nav > ul > li > a[href='/desk/overview/']").is_visible()
    person(page, served, "מיכל עמיר")  # by SMS, which is always open
    assert page.evaluate(HEIGHT, "#composer") <= 100
    assert page.evaluate(BOTTOM, ".moves") < DESK["height"] * 0.6  # all the next steps
    assert page.locator("#speaker").is_visible()
    page.fill("#words", "שורה\n" * 40)
    assert conversation_share(page) >= 0.4
    page.check("[name=mode][value=note]", force=True)
    assert conversation_share(page) >= 0.4
    person(page, served, "Анна Соловей")  # the reply window on WhatsApp is closed: templates are offered
    assert page.locator("#way-note .ready-item").count() > 1
    page.fill("#words", "שורה\n" * 40)
    assert conversation_share(page) >= 0.4
    assert page.evaluate(BOTTOM, "#composer") <= DESK["height"]
