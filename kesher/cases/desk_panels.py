"""Registry of what features add to the desk: panels, pages in its menus, and pages of the administration.

A feature registers in its ``apps.py:ready()``; the desk knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

About = Literal["contact", "case", "inbox", "composer", "overview"]
Place = Literal["bar", "face", "admin"]
Group = Literal["body", "people", "channels", "topics", "data", "security"]
Read = Callable[[Any], Mapping[str, Any] | None]

# The sections of the administration page, in order.
GROUPS: dict[Group, Any] = {
    "body": _("The organisation"),
    "people": _("People"),
    "channels": _("Channels"),
    "topics": _("Topics and answers"),
    "data": _("Data and privacy"),
    "security": _("Security"),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. ``context`` reads what the template shows of its subject; None: nothing to show.

    The subject is a Contact or a Case; of "inbox", above the list of people, and of "overview", among the manager's
    figures, the Staff; of "composer", above the reply that is being written, the Contact.
    """

    name: str
    template: str
    context: Read
    about: About
    order: int


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the desk's menus, for staff with its right.

    It is shown if ``url_name`` can be reversed. ``place``: in the bar; in the clerk's own menu, for what is their own;
    or on the administration page, in the section ``group`` with one line that says what the page is for (``purpose``).
    """

    title: Any
    url_name: str
    icon: str
    right: str
    order: int
    place: Place = "bar"
    group: Group = "body"
    purpose: Any = ""


PANELS: dict[str, Panel] = {}
LINKS: dict[str, Link] = {}


def register(name: str, template: str, context: Read, *, about: About = "contact", order: int = 50) -> None:
    """Register a desk panel; ``context`` returns its data, None to hide it.

    The template is included with what ``context`` returned, and nothing else.
    """
    PANELS[name] = Panel(name, template, context, about, order)


def register_link(
    title: Any,
    url_name: str,
    *,
    icon: str,
    right: str = "desk",
    order: int = 50,
    place: Place = "bar",
    group: Group = "body",
    purpose: Any = "",
) -> None:
    """Add a link to one of the desk's menus (`Link`). ``title`` and ``purpose`` are lazily translated."""
    LINKS[url_name] = Link(title, url_name, icon, right, order, place, group, purpose)


def visible_panels(about: About, subject: Any) -> Iterator[dict[str, Any]]:
    """Yield the panels with something to show about this subject, in order: {name, template, data}."""
    for panel in sorted(PANELS.values(), key=lambda panel: (panel.order, panel.name)):
        if panel.about != about:
            continue
        data = panel.context(subject)
        if data is not None:
            yield {"name": panel.name, "template": panel.template, "data": dict(data)}
