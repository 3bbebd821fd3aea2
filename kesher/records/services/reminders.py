"""Reminders: a message on a day, where the person reads us."""

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
from kesher.conversations.services.identity_links import can_reach, write_to
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from kesher.core.scope import everywhere, scope
from kesher.records.models import Mandate, Reminder
from kesher.records.query_plan import consented, gate_of, sources

MOST_WAITING = 50
BATCH = 50


@transaction.atomic
def remind(
    contact: Contact, words: str, send_at: datetime, *, lang: str, mandate: Mandate | None = None, source: str = ""
) -> Reminder:
    """Keeps a reminder (its words encrypted). ``source``: the code of the one that has it; ``mandate``: by which it was
    seen. Raises Refused for a time that is over, or too many."""
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
    """Takes one's own waiting reminder back; False where there is none."""
    waiting = Reminder.objects.filter(pk=pk, contact__in=contact.family_ids(), state=Reminder.State.WAITING)
    done = waiting.update(state=Reminder.State.CANCELLED, words="")
    if done:
        audit("records.cancel_reminder", by=Actor("contact", contact.pk, "web"), subject=contact, reminder=pk)
    return bool(done)


def drop_reminders(**which: Any) -> int:
    """Those that wait are not sent, and their words are gone; returns how many. In: which, as a filter says it."""
    waiting = Reminder.objects.filter(state=Reminder.State.WAITING, **which)
    return waiting.update(state=Reminder.State.CANCELLED, words="")


def send_reminders() -> int:
    """Sends what is due, of every agency; returns how many were dealt with."""
    with everywhere("reminders that are due"):
        due = Reminder.objects.filter(state=Reminder.State.WAITING, send_at__lte=timezone.now())
        found = list(due.order_by("send_at").values_list("pk", "agency_id")[:BATCH])
    for pk, agency_id in found:
        with scope(agency_id):
            send_reminder(pk)
    return len(found)


@transaction.atomic
def send_reminder(pk: int) -> None:
    """One reminder, once: whoever changes its state first sends it. Afterwards its words are gone."""
    row = Reminder.objects.select_related("contact__merged_into", "mandate__giver__merged_into").get(pk=pk)
    if row.mandate is not None and not may_see(row.mandate, row.source):
        if drop_reminders(pk=pk):
            audit("records.drop_reminder", by=SYSTEM, subject=row)
        return
    if not Reminder.objects.filter(pk=pk, state=Reminder.State.WAITING).update(state=Reminder.State.SENT, words=""):
        return
    if not said(row.contact.root(), row):
        Reminder.objects.filter(pk=pk).update(state=Reminder.State.UNSENT)
    audit("records.send_reminder", by=SYSTEM, subject=row)


def may_see(mandate: Mandate, code: str) -> bool:
    """Would a page by this mandate still show that source's rows? A time that is over ends nothing by itself."""
    stands = Mandate.objects.standing(timezone.now()).filter(pk=mandate.pk).exists()
    source = sources().filter(code=code).first()
    if not stands or mandate.giver is None or source is None or code not in mandate.scope:
        return False
    return not gate_of(source, consented(mandate.giver.family_ids()), mandate.level)


def said(contact: Contact, row: Reminder) -> bool:
    """Says it where the person read us last, else where we can write first; False where there is no way."""
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
