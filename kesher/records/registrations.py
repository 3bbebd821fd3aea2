"""What records contribute to other apps: links and a panel at the desk, and personal data to export and to erase."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.cases import desk_panels
from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding, register
from kesher.core.models import Attachment
from kesher.records.guardianship_views import RIGHT, TITLE
from kesher.records.models import Look, Mandate, ReadingConsent, RecordSource, Reminder, WardRequest
from kesher.records.services.erasure import erase_records
from kesher.records.services.guardianships import erase_wards

# Before the addresses are emptied: cached readings are found by them.
FIRST = 4


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    register_pages()
    desk_panels.register("records", "records/_desk_person.html", person_panel, about="contact", order=60)
    register_holdings()
    register_wards()


def register_pages() -> None:
    """Register the pages of the administration."""
    desk_panels.register_link(
        _("Sources"),
        "records:desk",
        icon="list",
        right="see_channels",
        order=20,
        place="admin",
        group="data",
        purpose=_("Where people's records are read from, and whether it answers."),
    )
    desk_panels.register_link(
        TITLE,
        "records:desk_wards",
        icon="users",
        right=RIGHT,
        order=30,
        place="admin",
        group="data",
        purpose=_("Requests of people who act for another person."),
    )


def person_panel(contact: Contact) -> dict[str, Any] | None:
    """Return the context of the desk's link to a contact's records, or None if no source is active."""
    return {"key": contact.root().key} if RecordSource.objects.filter(is_active=True).exists() else None


def register_holdings() -> None:
    """Register what this app stores about people (looks, consents …), for data export and erasure."""
    register(
        Holding(
            "looks",
            _("Who looked at what is in your name"),
            ("records.look", "records.lookup"),
            lambda ids: Look.objects.filter(contact__in=ids),
            {
                "at": _("When"),
                "staff__role": pgettext_lazy("record", "Staff"),
                "reason": _("Reason"),
                "sources": _("Sources"),
            },
            erase=erase_records,
            keeps=_("That somebody looked, and when: whoever looks must answer for it."),
            order=FIRST,
        )
    )
    register(
        Holding(
            "reading_consents",
            _("Which sources you let us read"),
            ("records.readingconsent",),
            lambda ids: ReadingConsent.objects.filter(contact__in=ids),
            {"at": _("When"), "source__code": _("Source"), "granted": _("Agreed"), "wording": _("Words")},
            keeps=_("That you agreed, and took it back: it shows that we were allowed to read."),
            order=40,
        )
    )
    register(
        Holding(
            "mandates",
            _("Who acts for whom"),
            ("records.mandate",),
            lambda ids: Mandate.objects.filter(Q(giver__in=ids) | Q(taker__in=ids)),
            {
                "created": _("When"),
                "begun_by": _("Begun by"),
                "scope": _("Sources"),
                "until": _("Until"),
                "ended_at": _("Ended"),
            },
            keeps=_("That there was one, and when it ended."),
            order=41,
        )
    )
    register(
        Holding(
            "reminders",
            _("Your reminders"),
            ("records.reminder",),
            lambda ids: Reminder.objects.filter(contact__in=ids),
            {"send_at": _("When"), "state": _("State")},
            keeps=_("That a reminder was sent, and when."),
            order=42,
        )
    )


def register_wards() -> None:
    """Register wards and the requests for them as stored personal data, for export and erasure."""
    register(
        Holding(
            "wards",
            _("For which child or ward you asked to act"),
            ("records.ward", "records.wardrequest"),
            lambda ids: WardRequest.objects.filter(Q(taker__in=ids) | Q(mandate__giver__in=ids)),
            {
                "created": _("When"),
                "kind": _("For whom"),
                "until": _("Until"),
                "state": _("State"),
                "decided_at": pgettext_lazy("record", "Decided"),
                "reason": _("Reason"),
            },
            erase=erase_wards,
            files=lambda ids: Attachment.objects.filter(
                pk__in=WardRequest.objects.filter(taker__in=ids).values("proof"), state="ready"
            ),
            keeps=_("That it was asked for, and what was decided."),
            order=FIRST - 1,  # after the mandates have ended: holdings are erased from the highest order to the lowest
        )
    )
