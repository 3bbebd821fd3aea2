"""What is a person's, on his own page: each room of the house fills a shelf, and this room knows none of them.

A room registers in its ``apps.py:ready()``; the page reads the shelves when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kesher.contacts.models import Contact

MOST = 5
ALL = 200  # of one shelf, for whoever wants to see all of it


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a person. ``state`` is a word of it, ``kind`` its colour (good, wait, bad, info, accent);
    ``elsewhere``: where it is moved to another channel."""

    title: str
    url: str
    text: str = ""
    state: str = ""
    kind: str = ""
    at: datetime | None = None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class MyPageSection:
    """``read`` gives the newest things first, and no more than it is asked for. ``level``: how well the person must be
    known to see it. ``news``: what its messages to many are about, where there are any (the shelf's name is their
    topic). ``empty``: what stands where there is nothing, "" to leave the shelf away then. ``more``: (address name,
    words) of the page where one goes on from here."""

    name: str
    title: Any
    icon: str
    read: Callable[[Contact, int], list[Thing]]
    level: int = 2
    empty: Any = ""
    more: tuple[str, Any] | None = None
    news: Any = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class MyPageTab:
    """One more page of a person's own, in the row of tabs."""

    title: Any
    url_name: str
    icon: str
    order: int


MY_PAGE_SECTIONS: dict[str, MyPageSection] = {}
MY_PAGE_TABS: dict[str, MyPageTab] = {}


def register(shelf: MyPageSection) -> None:
    """Adds a shelf; the same name again replaces it."""
    MY_PAGE_SECTIONS[shelf.name] = shelf


def register_tab(title: Any, url_name: str, *, icon: str, order: int = 50) -> None:
    """Adds a page to the tabs of a person's own pages. ``title`` is lazy."""
    MY_PAGE_TABS[url_name] = MyPageTab(title, url_name, icon, order)


def sorted_tabs() -> list[MyPageTab]:
    return sorted(MY_PAGE_TABS.values(), key=lambda place: place.order)


def read_my_page_sections(contact: Contact, level: int, whole: str = "") -> Iterator[dict[str, Any]]:
    """The shelves that somebody known this well may see, in order: {shelf, things, is_more, is_whole}. ``whole``: the
    name of the one that is shown to its end."""
    for shelf in sorted(MY_PAGE_SECTIONS.values(), key=lambda shelf: (shelf.order, shelf.name)):
        if shelf.level > level:
            continue
        is_whole = shelf.name == whole
        most = ALL if is_whole else MOST
        things = shelf.read(contact, most + 1)
        if things or shelf.empty:
            yield {"shelf": shelf, "things": things[:most], "is_more": len(things) > most, "is_whole": is_whole}
