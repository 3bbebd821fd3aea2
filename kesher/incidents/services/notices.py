"""Publish, change and withdraw an incident's notice; say it to a person who writes about it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.channels.base import Option, Say
from kesher.contacts.models import Contact
from kesher.conversations.contact_language import choose_language
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.batch import outside_batch
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.dialogues.services import GO
from kesher.incidents.clusters import is_about
from kesher.incidents.event_kinds import find_kinds
from kesher.incidents.models import Incident, IncidentPerson, Texts
from kesher.incidents.notice_cache import Notice, active_notices
from kesher.incidents.rules import NOTICE_MOST, NOTICE_PAUSE, TEXT_MOST
from kesher.incidents.services.incidents import lock_incident, publish_change
from kesher.incidents.services.recognition import LIST

NOT_IT = "incidents.not_it"
NOT_IT_TITLE = gettext_lazy("That is not it")


@transaction.atomic
def publish_notice(incident: Incident, texts: Texts, until: datetime, *, by: Staff) -> None:
    """Say this notice until a time to everybody who writes about an open incident, or say it instead of the last one.

    Raise Refused unless it is in all of the agency's languages and ends within two weeks.
    """
    row = lock_incident(incident.pk)
    if row.state != Incident.State.OPEN:
        raise Refused(_("Only an open incident has a notice."))
    now = timezone.now()
    if not now < until <= now + NOTICE_MOST:
        raise Refused(_("Please choose an end within the next two weeks."))
    Incident.objects.filter(pk=row.pk).update(
        notice=check_texts(row, texts), notice_until=until, notice_by=by, notice_at=now
    )
    audit("incidents.publish_notice", by=staff_actor(by), subject=row, texts=dict(texts), until=until.isoformat())
    publish_change(row)


def check_texts(incident: Incident, texts: Texts) -> dict[str, str]:
    """Return {language: text} in all of the agency's languages. Raise Refused where one is missing or too long."""
    found = {lang: texts.get(lang, "").strip() for lang in incident.agency.spoken}
    if not all(found.values()):
        raise Refused(_("Please write the text in every language."))
    if any(len(text) > TEXT_MOST for text in found.values()):
        raise Refused(_("Please shorten the text to %(most)d characters.") % {"most": TEXT_MOST})
    return found


@transaction.atomic
def withdraw_notice(incident: Incident, *, by: Staff) -> None:
    """Say an incident's notice no longer, from now on."""
    row = lock_incident(incident.pk)
    Incident.objects.filter(pk=row.pk).update(notice={}, notice_until=None, notice_by=None, notice_at=None)
    audit("incidents.withdraw_notice", by=staff_actor(by), subject=row)
    publish_change(row)


def say_notice(*, message: Message, contact: Contact) -> Say | None:
    """Return the notice about which a person writes, with its options, and attach them; None where there is none.

    None, too, for a person who said that it is not it, and within half an hour of the same notice.
    """
    notices = active_notices()
    kinds = find_kinds() if notices else None
    if kinds is None:
        return None
    about = (one for one in notices if any(is_about(message.text, profile, kinds) for profile in one.profiles))
    notice = next(about, None)
    with outside_batch():
        if notice is None or not note_noticed(notice, message, contact):
            return None
    lang = choose_language(message, contact)
    with translation.override(lang):
        options = (
            Option(f"{GO}{NOT_IT}:{notice.incident}-{message.seq}", str(NOT_IT_TITLE)),
            Option(f"{GO}agent", _("Talk to a person")),
        )
    return Say(notice.text(lang), options, lang=lang)


@transaction.atomic
def note_noticed(notice: Notice, message: Message, contact: Contact) -> bool:
    """Attach a person who wrote about a notice; return whether it is to be said to them now."""
    rows = list(IncidentPerson.objects.filter(incident=notice.incident, contact__in=contact.family_ids()))
    now = timezone.now()
    if any(row.state != IncidentPerson.State.IN for row in rows):
        return False
    if any(row.noticed_at is not None and row.noticed_at > now - NOTICE_PAUSE for row in rows):
        return False
    sender = message.identity.contact if message.identity else contact
    IncidentPerson.objects.update_or_create(
        agency_id=message.agency_id,
        incident_id=notice.incident,
        contact=sender,
        defaults={"noticed_at": now},
        create_defaults={"noticed_at": now, "message": message, "wrote_at": message.received},
    )
    if not rows:
        audit("incidents.attach", by=SYSTEM, subject=sender, incident=notice.incident)
        publish(INBOX, LIST, f"incident:{notice.incident}")
    return True


@transaction.atomic
def leave_incident(incident: int, contact: Contact, *, by: Actor) -> bool:
    """Take a person out of an incident because they said so; return whether they were part of it."""
    rows = IncidentPerson.objects.filter(
        incident=incident, contact__in=contact.family_ids(), state=IncidentPerson.State.IN
    )
    left = rows.update(state=IncidentPerson.State.LEFT)
    if left:
        audit("incidents.leave", by=by, subject=contact, incident=incident)
        publish(INBOX, LIST, f"incident:{incident}")
    return bool(left)
