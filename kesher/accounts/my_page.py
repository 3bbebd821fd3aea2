"""Registry of the sections and tabs that each feature adds to a citizen's own pages ("my page").

A feature registers in its ``apps.py:ready()``. The page reads the sections when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kesher.contacts.models import Contact

MOST = 5
ALL = 200  # things in a section that is shown in full


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of a person, such as a petition or report.

    ``state`` is a word for its state, ``kind`` its colour (good, wait, bad, info, accent). ``elsewhere``: the URL that
    moves it to another channel.
    """

    title: str
    url: str
    text: str = ""
    state: str = ""
    kind: str = ""
    at: datetime | None = None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class MyPageSection:
    """A section of a person's page.

    ``read`` returns the newest things first, at most as many as asked for. ``level``: how well the person must be known
    to see it. ``news``: the subject of its messages to many, if there are any (the name is their topic). ``empty``: the
    text for no things, "" to hide the section then. ``more``: (URL name, text) of the page that continues it.
    """

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
    """A further page of a person, shown as a tab."""

    title: Any
    url_name: str
    icon: str
    order: int


MY_PAGE_SECTIONS: dict[str, MyPageSection] = {}
MY_PAGE_TABS: dict[str, MyPageTab] = {}


def register(section: MyPageSection) -> None:
    """Register a section of citizens' own page; it replaces one of the same name."""
    MY_PAGE_SECTIONS[section.name] = section


def register_tab(title: Any, url_name: str, *, icon: str, order: int = 50) -> None:
    """Register a tab of citizens' own pages, with a lazy title."""
    MY_PAGE_TABS[url_name] = MyPageTab(title, url_name, icon, order)


def sorted_tabs() -> list[MyPageTab]:
    """Return the registered tabs of citizens' own pages, in their order."""
    return sorted(MY_PAGE_TABS.values(), key=lambda place: place.order)


def read_my_page_sections(contact: Contact, level: int, whole: str = "") -> Iterator[dict[str, Any]]:
    """Yield each section of a person's page that proof ``level`` permits, as a context with its entries.

    ``whole``: the name of the section that is shown in full.
    """
    for section in sorted(MY_PAGE_SECTIONS.values(), key=lambda section: (section.order, section.name)):
        if section.level > level:
            continue
        is_whole = section.name == whole
        most = ALL if is_whole else MOST
        things = section.read(contact, most + 1)
        if things or section.empty:
            yield {"section": section, "things": things[:most], "is_more": len(things) > most, "is_whole": is_whole}
