"""Context processor of all staff pages: navigation, and who is logged in."""

from __future__ import annotations

from datetime import timedelta
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
from kesher.cases.desk_panels import LINKS, register_link
from kesher.cases.inbox import waiting_count
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.db.agency_scope import scoped_row

DESK = "/desk/"

register_link(gettext_lazy("Requests"), "cases:inbox", icon="inbox", order=10)
register_link(gettext_lazy("Log a call"), "cases:call", icon="phone-call", right="log_call", order=20)
register_link(gettext_lazy("Perhaps one person"), "cases:merges", icon="merge", right="merge", order=70, place="face")
register_link(gettext_lazy("Ready answers"), "cases:ready", icon="bookmark", order=75, place="face")
register_link(
    gettext_lazy("Topics of requests"), "cases:topics", icon="tag", right="change_settings", order=76, place="face"
)
register_link(
    gettext_lazy("Places"), "agencies:places", icon="map-pin", right="change_settings", order=76, place="face"
)
register_link(gettext_lazy("Teams"), "agencies:teams", icon="users", right="change_settings", order=77, place="face")
register_link(
    gettext_lazy("Opening hours"), "agencies:hours", icon="clock", right="change_settings", order=78, place="face"
)
register_link(
    gettext_lazy("Limits on codes"), "agencies:limits", icon="lock", right="change_limits", order=79, place="face"
)
register_link(gettext_lazy("Channels"), "cases:channels", icon="activity", right="see_channels", order=80)
register_link(gettext_lazy("Overview"), "cases:overview", icon="bar-chart", right="overview", order=90)


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
        "codes_alarm": codes_alarm(staff),
    }


def codes_alarm(staff: Staff) -> bool:
    """Return whether to warn this clerk that half of the day's codes went to addresses that nobody proved.

    Shown to those who may see the figures.
    """
    alarm = scoped_row()
    at = alarm.unproved_alarm_at if isinstance(alarm, Agency) else None
    return has_right(staff, "overview") and at is not None and at > timezone.now() - timedelta(days=1)


def desk_links(staff: Staff, path: str, *, waiting: str | None = None) -> list[dict[str, Any]]:
    """Return the links of the navigation bar, with the open page marked and the number of people who wait.

    ``waiting`` is the count beside the inbox, if the page has it; otherwise it is counted when the bar is rendered,
    which a fragment never does.
    """
    found = permitted_pages(staff, "bar")
    inside = [link["url"] for link in found if path.startswith(link["url"])]
    here = max(inside, key=len, default="")
    if here == DESK and path != DESK and not path.startswith(f"{DESK}people/"):
        here = ""  # every URL of the desk begins like the inbox's
    count = SimpleLazyObject(waiting_count) if waiting is None else waiting
    more = {DESK: {"count": count, "live": reverse("cases:waiting")}}
    return [{**link, "current": link["url"] == here, **more.get(link["url"], {})} for link in found]


def permitted_pages(staff: Staff, place: str) -> list[dict[str, str]]:
    """Return the pages registered for this menu ("bar" or "face") that the clerk may open, in order."""
    found = []
    for link in sorted(LINKS.values(), key=lambda link: link.order):
        if link.place != place or not has_right(staff, link.right):
            continue
        try:
            found.append({"title": str(link.title), "url": reverse(link.url_name), "icon": link.icon})
        except NoReverseMatch:
            continue  # the feature of this link has no such page
    return found


def staff_links(staff: Staff) -> list[dict[str, str]]:
    """Return the links of the clerk's own menu: permitted pages, change password, staff, sign out."""
    links = [
        *permitted_pages(staff, "face"),
        {"title": _("Change password"), "url": reverse("agencies:password"), "icon": "lock"},
    ]
    if has_right(staff, "change_staff"):
        links.append({"title": _("Our staff"), "url": reverse("agencies:staff"), "icon": "users"})
    return [*links, {"title": _("Sign out"), "post": reverse("agencies:logout"), "icon": "log-out"}]
