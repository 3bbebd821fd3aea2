"""What incidents contribute to other apps: the desk, the bot's notice, and personal data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register as register_panel
from kesher.cases.desk_panels import register_link
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.incidents import presenters, services
from kesher.incidents.models import IncidentPerson


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
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
