"""Every URL that answers a GET is opened by the browser tests, or is listed as not being a page."""

from __future__ import annotations

from tests.no_pages import NO_PAGES
from tests.pages import PAGES
from tests.permissions import TABLE

OF_POSTS = {name for name, answers in TABLE.items() if 200 not in answers and 405 in answers}


def test_every_address_is_looked_at_or_is_no_page() -> None:
    forgotten = set(TABLE) - OF_POSTS - set(PAGES) - set(NO_PAGES)
    assert not forgotten, (
        f"add a row to PAGES in tests/pages.py (or to tests/no_pages.py, with the reason): {sorted(forgotten)}"
    )


def test_the_list_of_pages_names_nothing_that_is_gone() -> None:
    assert (set(PAGES) | set(NO_PAGES)) <= set(TABLE)


def test_nothing_is_both_a_page_and_none() -> None:
    assert not set(PAGES) & set(NO_PAGES)


def test_the_public_pages_are_opened_by_nobody_in_particular() -> None:
    """A public page is tested as strangers see it."""
    wrong = [name for name, page in PAGES.items() if page.who == "staff" and TABLE[name].stranger == 200]
    assert not wrong
