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
PHONE = {"width": 390, "height": 844}
# The width of the page with its text twice as large, when the fonts are there and two frames are drawn.
WIDTH_OF_LARGE_TEXT = """async () => {
    document.documentElement.style.fontSize = "200%";
    await document.fonts.ready;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return document.documentElement.scrollWidth;
}"""
SIZE = "selector => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)"
# What a citizen comes for on a page of each kind.
MAIN_ACTIONS = {
    "/": "main input[name=q]",
    "/petitions/48213/": ".lead-act .button",
    "/contests/70128/": ".first-act .button",
    "/purchases/52712/": ".first-act .button",
    "/report/": "label.topic",
    "/answers/": "main input[name=q]",
    "/answers/arnona-discounts/": ".answer-short",
}
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


def test_a_citizens_page_has_its_main_action_in_the_first_phone_screen(served: Served, browser: Browser) -> None:
    """Also: nothing overflows with the text twice as large, and the preference for large text makes it larger."""
    page = open_page(browser, served, "he", viewport=PHONE)
    wrong, sizes = [], {}
    for path, action in MAIN_ACTIONS.items():
        page.goto(served.url + path)
        if page.evaluate(BOTTOM, action) > PHONE["height"]:
            wrong.append(f"{path}: {action} is below the first screen")
        sizes[path] = page.evaluate(SIZE, "main h1")
        if (wide := page.evaluate(WIDTH_OF_LARGE_TEXT)) > PHONE["width"]:
            wrong.append(f"{path}: {wide} px wide with text at 200 %")
    page.context.add_cookies([{"name": "kesher_text", "value": "large", "url": served.url}])
    for path, size in sizes.items():
        page.goto(served.url + path)
        if page.evaluate(SIZE, "main h1") < size * 1.15 or page.evaluate(SIZE, "main p") < 20:
            wrong.append(f"{path}: large text is not larger")
    assert not wrong, "\n".join(wrong)


def test_suggestions_are_seen_to_the_last_and_the_menu_shows_every_page(served: Served, browser: Browser) -> None:
    page = open_page(browser, served, "he", viewport=PHONE)
    page.goto(served.url)
    page.locator("main input[name=q]").press_sequentially("ארנונה")
    last = page.locator(".suggestion-list a").last
    last.wait_for()
    page.locator(".suggestion-list a").nth(3).wait_for()
    last.click(trial=True)  # fails where something covers or clips it
    page.keyboard.press("Escape")
    page.locator(".narrow-links summary").click()
    links = page.locator(".narrow-links a")
    assert links.count() == page.locator(".wide-links a").count() > 5
    for link in links.all():
        link.click(trial=True)
