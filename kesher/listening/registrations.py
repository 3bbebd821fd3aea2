"""What listening contributes to other apps: links at the desk, and one at the foot of the public pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register_link


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    register_link(_("Listening"), "listening:mentions", icon="megaphone", right="listen", order=20)
    register_link(
        _("Watches"),
        "listening:watches",
        icon="eye",
        right="change_watches",
        order=50,
        place="admin",
        group="channels",
        purpose=_("What we listen for in public, why, and how long it is kept."),
    )
    register_link(
        _("Sources"),
        "listening:sources",
        icon="list",
        right="change_watches",
        order=51,
        place="admin",
        group="channels",
        purpose=_("Where public posts are read: news, blogs, comments on our channels."),
    )
