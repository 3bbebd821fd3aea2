"""What incidents contribute to other apps: the desk, the bot's notice, and personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register as register_panel
from kesher.cases.desk_panels import register_link
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.following import feeds
from kesher.following.feeds import FEED_MOST, Feed, Item, Wanted
from kesher.incidents import presenters, services
from kesher.incidents.models import Incident, IncidentPerson

TITLE_MOST: Final = 200  # letters of a notice in a list


def find_new_notices(_wanted: Wanted, since: datetime) -> list[Item]:
    """Return the notices that are said now and were published since a moment, newest first. One query."""
    rows = Incident.objects.noticed(timezone.now()).filter(notice_at__gt=since).order_by("-notice_at")
    return [
        Item({lang: text[:TITLE_MOST] for lang, text in row.notice.items()}, reverse("site:home"), at, place=row.place)
        for row in rows[:FEED_MOST]
        if (at := row.notice_at) is not None
    ]


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    feeds.register(Feed("notices", _("All notices of faults and dangers"), _("Notice"), find_new_notices, order=10))
    hooks.notice.register(services.say_notice)
    register_link(_("Incidents"), "incidents:desk", icon="bell", order=15)
    register_panel("incidents", "incidents/inbox.html", presenters.inbox_rows, about="inbox", order=10)
    register_panel("incidents_line", "incidents/composer.html", presenters.written_about, about="composer", order=10)
    register_panel("incidents_person", "incidents/panel.html", presenters.describe_person, about="contact", order=20)
    register(
        Holding(
            "incidents",
            _("What you and many others wrote about"),
            ("incidents.incidentperson", "incidents.incidentcase"),
            lambda ids: IncidentPerson.objects.filter(contact__in=ids),
            {"incident__kind": _("About"), "wrote_at": _("When"), "state": _("State")},
            erase=services.erase_people,
            order=44,
        )
    )
