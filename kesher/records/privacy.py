"""Register access logs, consents, mandates and reminders as personal data to export and to erase."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.contacts.privacy_registry import Holding, register
from kesher.core.models import Attachment
from kesher.records.models import Look, Mandate, ReadingConsent, Reminder, WardRequest
from kesher.records.services.erasure import erase_records
from kesher.records.services.guardianships import erase_wards

# Before the addresses are emptied: cached readings are found by them.
FIRST = 4


def register_all() -> None:
    """Register what this app stores about people (looks, consents …) for data export and erasure, at start-up."""
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
    register_wards()


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
