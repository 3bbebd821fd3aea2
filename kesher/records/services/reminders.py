"""Create and send reminders of a record's date (a payment due, a policy ending)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.contacts.models import Contact
from kesher.conversations.models import Delivery
from kesher.conversations.services import NotNow, best_route, conversation_of, say, writing
from kesher.conversations.services.identity_linkage import can_reach, write_to
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.records.models import Mandate, Reminder
from kesher.records.source_selection import agreed_versions, find_gate, sources_with_health

MOST_WAITING = 50
BATCH = 50


@transaction.atomic
def create_reminder(
    contact: Contact, words: str, send_at: datetime, *, lang: str, mandate: Mandate | None = None, source: str = ""
) -> Reminder:
    """Store a reminder for ``send_at``, its words encrypted. Raise Refused for a past time, or too many.

    ``source`` is the code of the row's source, ``mandate`` the one by which the row was seen.
    """
    if send_at <= timezone.now():
        raise Refused(_("Choose a day that is still to come."))
    if Reminder.objects.filter(contact=contact, state=Reminder.State.WAITING).count() >= MOST_WAITING:
        raise Refused(_("You have many reminders already. Cancel some of them first."))
    row = Reminder.objects.create(
        agency_id=contact.agency_id,
        contact=contact,
        mandate=mandate,
        source=source,
        words=words,
        lang=lang,
        send_at=send_at,
    )
    audit("records.remind", by=Actor("contact", contact.pk, "web"), subject=row, send_at=send_at.isoformat())
    return row


@transaction.atomic
def cancel_reminder(contact: Contact, pk: int) -> bool:
    """Cancel one of the person's own waiting reminders. Return False if there is none."""
    waiting = Reminder.objects.filter(pk=pk, contact__in=contact.family_ids(), state=Reminder.State.WAITING)
    done = waiting.update(state=Reminder.State.CANCELLED, words="")
    if done:
        audit("records.cancel_reminder", by=Actor("contact", contact.pk, "web"), subject=contact, reminder=pk)
    return bool(done)


def cancel_reminders(**which: Any) -> int:
    """Cancel the waiting reminders that match these filters, delete their words, and return how many."""
    waiting = Reminder.objects.filter(state=Reminder.State.WAITING, **which)
    return waiting.update(state=Reminder.State.CANCELLED, words="")


def send_reminders() -> int:
    """Send up to 50 reminders that are due, of all agencies, and return how many were handled."""
    with everywhere("reminders that are due"):
        due = Reminder.objects.filter(state=Reminder.State.WAITING, send_at__lte=timezone.now())
        found = list(due.order_by("send_at").values_list("pk", "agency_id")[:BATCH])
    for pk, agency_id in found:
        with scope(agency_id):
            send_reminder(pk)
    return len(found)


@transaction.atomic
def send_reminder(pk: int) -> None:
    """Send one reminder, once, and delete its words; cancel it if its mandate no longer shows the record."""
    row = Reminder.objects.select_related("contact__merged_into", "mandate__giver__merged_into").get(pk=pk)
    if row.mandate is not None and not mandate_allows_source(row.mandate, row.source):
        if cancel_reminders(pk=pk):
            audit("records.drop_reminder", by=SYSTEM, subject=row)
        return
    if not Reminder.objects.filter(pk=pk, state=Reminder.State.WAITING).update(state=Reminder.State.SENT, words=""):
        return
    if not send_message(row.contact.root(), row):
        Reminder.objects.filter(pk=pk).update(state=Reminder.State.UNSENT)
    audit("records.send_reminder", by=SYSTEM, subject=row)


def mandate_allows_source(mandate: Mandate, code: str) -> bool:
    """Return whether this mandate still lets its holder read the records of the source with this code."""
    stands = Mandate.objects.standing(timezone.now()).filter(pk=mandate.pk).exists()
    source = sources_with_health().filter(code=code).first()
    if not stands or mandate.giver is None or source is None or code not in mandate.scope:
        return False
    return not find_gate(source, agreed_versions(mandate.giver.family_ids()), mandate.level)


def send_message(contact: Contact, row: Reminder) -> bool:
    """Send a reminder where the person read us last, else where we can write first; False if there is no way."""
    with translation.override(row.lang):
        what = Say(
            _("A reminder that you asked for: %(what)s") % {"what": row.words}, lang=row.lang, subject=_("Reminder")
        )
    try:
        if (route := best_route(contact)) is not None:
            with writing(conversation_of(contact)) as writer:
                say(writer, route, what, lane=Delivery.Lane.STATUS)
            return True
        for identity in contact.identities.filter(assurance__gte=1).order_by("-assurance"):
            if can_reach(identity.scheme):
                write_to(identity, what, lane=Delivery.Lane.STATUS)
                return True
    except (NotNow, Refused):
        return False
    return False
