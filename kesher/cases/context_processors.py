"""Context processor of all staff pages: navigation, and who is logged in."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from math import ceil
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import Agency, Staff
from kesher.agencies.rules import has_right, staff_of
from kesher.cases.channel_presenter import account_title
from kesher.cases.desk_panels import GROUPS, LINKS, Link, Place, register_link
from kesher.cases.inbox import waiting_count
from kesher.channels.models import Account
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.db.agency_scope import scoped_row

DESK = "/desk/"
# Widths in the bar, in rem; the steps are those of desk.css.
WIDTH_OF_LETTER, WIDTH_OF_LINK, WIDTH_OF_COUNT, WIDTH_OF_MORE = 0.54, 1.6, 2.4, 6.5
STEP, LAST_STEP = 4, 120

register_link(gettext_lazy("Requests"), "cases:inbox", icon="inbox", order=10)
register_link(gettext_lazy("Log a call"), "cases:call", icon="phone-call", right="log_call", order=12)
register_link(gettext_lazy("Overview"), "cases:overview", icon="bar-chart", right="overview", order=17)
register_link(gettext_lazy("Administration"), "cases:administration", icon="settings", order=19)
register_link(
    gettext_lazy("Opening hours"),
    "agencies:hours",
    icon="clock",
    right="change_settings",
    order=30,
    place="admin",
    group="body",
    purpose=gettext_lazy("Working hours, quiet hours, holidays and emergency numbers."),
)
register_link(
    gettext_lazy("Places"),
    "agencies:places",
    icon="map-pin",
    right="change_settings",
    order=40,
    place="admin",
    group="body",
    purpose=gettext_lazy("Streets, quarters and sites, as people call them."),
)
register_link(
    gettext_lazy("Our staff"),
    "agencies:staff",
    icon="users",
    right="change_staff",
    order=10,
    place="admin",
    group="people",
    purpose=gettext_lazy("Who works here, with which role, and in which teams."),
)
register_link(
    gettext_lazy("Teams"),
    "agencies:teams",
    icon="users",
    right="change_settings",
    order=20,
    place="admin",
    group="people",
    purpose=gettext_lazy("The teams that requests go to, and their members."),
)
register_link(
    gettext_lazy("Channels"),
    "cases:channels",
    icon="activity",
    right="see_channels",
    order=10,
    place="admin",
    group="channels",
    purpose=gettext_lazy("What is connected, whether it works, and what could not be read."),
)
register_link(
    gettext_lazy("Hold messages back"),
    "cases:outgoing_hold",
    icon="lock",
    right="broadcast",
    order=40,
    place="admin",
    group="channels",
    purpose=gettext_lazy("In a crisis: nothing goes out to the public or to many until you release it."),
)
register_link(
    gettext_lazy("Topics of requests"),
    "cases:topics",
    icon="tag",
    right="change_settings",
    order=10,
    place="admin",
    group="topics",
    purpose=gettext_lazy("What people ask about, which team deals with it, and within what time."),
)
register_link(
    gettext_lazy("Ready answers"),
    "cases:ready",
    icon="bookmark",
    order=20,
    place="admin",
    group="topics",
    purpose=gettext_lazy("Texts that everybody at the desk can put into an answer."),
)
register_link(
    gettext_lazy("Perhaps one person"),
    "cases:merges",
    icon="merge",
    right="merge",
    order=10,
    place="admin",
    group="data",
    purpose=gettext_lazy("Two entries that may be the same person: join them, or keep them apart."),
)
register_link(
    gettext_lazy("Limits on codes"),
    "agencies:limits",
    icon="lock",
    right="change_limits",
    order=20,
    place="admin",
    group="security",
    purpose=gettext_lazy("How many codes and automatic answers go out in a day."),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables that every staff page needs; {} outside the desk or when not signed in."""
    if not request.path.startswith(DESK):
        return {}
    try:
        staff = staff_of(request)
    except DatabaseError:
        return {}  # the error page uses this processor, too
    if staff is None:
        return {}
    return {
        "staff": staff,
        "staff_links": staff_links(staff),
        "desk_links": desk_links(staff, request.path),
        "frame_streams": [INBOX],
        "admin_group": admin_group(request.path),
        "codes_alarm": codes_alarm(staff),
        **outgoing_hold(staff),
        "channel_alarms": channel_alarms(staff),
    }


def codes_alarm(staff: Staff) -> bool:
    """Return whether to warn this clerk that half of the day's codes went to addresses that nobody proved.

    Shown to those who may see the figures.
    """
    alarm = scoped_row()
    at = alarm.unproved_alarm_at if isinstance(alarm, Agency) else None
    return has_right(staff, "overview") and at is not None and at > timezone.now() - timedelta(days=1)


def outgoing_hold(staff: Staff) -> dict[str, Any]:
    """Return since when and why messages to the public and to many are held back, and the page to release them."""
    agency = scoped_row()
    if not isinstance(agency, Agency) or agency.outgoing_held_at is None:
        return {"outgoing_held_at": None}
    return {
        "outgoing_held_at": agency.outgoing_held_at,
        "outgoing_held_why": agency.outgoing_held_why,
        "outgoing_held_url": reverse("cases:outgoing_hold") if has_right(staff, "broadcast") else "",
    }


def channel_alarms(staff: Staff) -> list[dict[str, str]]:
    """Return title and page of each account that its provider does not accept, for those who can mend it."""
    if not has_right(staff, "change_channels"):
        return []
    rows = Account.objects.filter(is_active=True, probe__state__in=["wrong", "away"])
    return [
        {"title": account_title(row), "url": reverse("cases:channel", args=[row.pk])}
        for row in rows.order_by("order", "pk")
        if row.is_probe_bad
    ]


def desk_links(staff: Staff, path: str, *, waiting: str | None = None) -> list[dict[str, Any]]:
    """Return the links of the navigation bar, with the open page marked and the number of people who wait.

    ``waiting`` is the count beside the inbox, if the page has it; otherwise it is counted when the bar is rendered,
    which a fragment never does. ``step`` is the width from which the bar has room for the link (`add_steps`).
    """
    here = reverse("cases:administration") if admin_group(path) else open_page(path)
    count = SimpleLazyObject(waiting_count) if waiting is None else waiting
    more = {DESK: {"count": count, "live": reverse("cases:waiting")}}
    links: list[dict[str, Any]] = [
        {**link, "current": link["url"] == here, **more.get(link["url"], {})} for link in permitted_pages(staff, "bar")
    ]
    add_steps(links)
    return links


def add_steps(links: list[dict[str, Any]]) -> None:
    """Add to each link the width of the bar, in rem, from which it stands in the bar and no longer under "More".

    The widths are estimated from the titles, on the safe side, and rounded up to a step that desk.css knows.
    """
    width = WIDTH_OF_MORE
    for link in links:
        width += len(link["title"]) * WIDTH_OF_LETTER + WIDTH_OF_LINK + (WIDTH_OF_COUNT if "count" in link else 0)
        link["step"] = min(ceil(width / STEP) * STEP, LAST_STEP)


def open_page(path: str) -> str:
    """Return the URL of the registered page that this path belongs to, or ""."""
    if path == DESK or path.startswith(f"{DESK}people/"):
        return DESK  # every URL of the desk begins like the inbox's
    return max((url for url in map(page_url, LINKS.values()) if url and path.startswith(url)), key=len, default="")


def page_url(link: Link) -> str:
    """Return the URL of a registered page; "" for the inbox, and where the feature has no such page."""
    with suppress(NoReverseMatch):
        url = reverse(link.url_name)
        return url if url != DESK else ""
    return ""


def admin_group(path: str) -> Any:
    """Return the title of the administration's section that this path belongs to; None for other pages."""
    here = open_page(path)
    found = (link for link in LINKS.values() if link.place == "admin" and page_url(link) == here)
    return next((GROUPS[link.group] for link in found), None) if here else None


def permitted_pages(staff: Staff, place: Place) -> list[dict[str, Any]]:
    """Return the pages registered for this menu that the clerk may open, in order."""
    found = []
    for link in sorted(LINKS.values(), key=lambda link: link.order):
        if link.place != place or not has_right(staff, link.right):
            continue
        with suppress(NoReverseMatch):  # the feature of this link has no such page
            url = reverse(link.url_name)
            page = {"title": str(link.title), "url": url, "icon": link.icon}
            found.append(page if place != "admin" else {**page, "group": link.group, "purpose": link.purpose})
    return found


def staff_links(staff: Staff) -> list[dict[str, str]]:
    """Return the links of the clerk's own menu: their own pages, change password, sign out."""
    return [
        *permitted_pages(staff, "face"),
        {"title": _("Change password"), "url": reverse("accounts:staff_own_password"), "icon": "lock"},
        {"title": _("Sign out"), "post": reverse("agencies:logout"), "icon": "log-out"},
    ]
