"""Open an incident, dismiss it, split it and merge two; attach and take out people and cases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency, Staff
from kesher.agencies.services import staff_actor
from kesher.cases.models import Case
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.incidents.clusters import Written, find_clusters
from kesher.incidents.event_kinds import find_kinds
from kesher.incidents.models import TITLE_MOST, WORDS_MOST, Incident, IncidentCase, IncidentPerson
from kesher.incidents.notice_cache import forget_notices
from kesher.incidents.services.recognition import CURRENT, LIST
from kesher.incidents.states import changes_of

In = IncidentPerson.State.IN
By = IncidentPerson.How.BY_HAND


def lock_incident(pk: int) -> Incident:
    """Return the incident as it is now, locked until the transaction ends."""
    return Incident.objects.select_for_update().get(pk=pk)


def publish_change(*incidents: Incident) -> None:
    """Tell open pages of the desk that these incidents changed, and this process that notices may have."""
    publish(INBOX, LIST, *(incident.stream for incident in incidents))
    transaction.on_commit(forget_notices)


@transaction.atomic
def move_incident(incident: Incident, transition: str, *, by: Staff) -> Incident:
    """Move an incident to another state by this transition, and return it. Raise Refused if the table has no such."""
    row = lock_incident(incident.pk)
    changes = changes_of(row, transition, by)
    Incident.objects.filter(pk=row.pk).update(**changes)
    audit("incidents.move", by=staff_actor(by), subject=row, step=transition)
    publish_change(row)
    return row.again()


@transaction.atomic
def describe_incident(incident: Incident, *, title: str, place: str, by: Staff) -> None:
    """Change what an incident is called, and where it is. Raise Refused without a title."""
    title = " ".join(title.split())[:TITLE_MOST]
    if not title:
        raise Refused(_("Please write what it is about."))
    Incident.objects.filter(pk=incident.pk).update(title=title, place=" ".join(place.split())[:TITLE_MOST])
    audit("incidents.describe", by=staff_actor(by), subject=incident)
    publish_change(incident)


@transaction.atomic
def attach_person(incident: Incident, contact: Contact, *, by: Staff, message: Message | None = None) -> None:
    """Make a person part of an incident by hand, also one who was taken out or left. Raise Refused if it is past."""
    refuse_past(lock_incident(incident.pk))
    wrote_at = message.received if message else timezone.now()
    IncidentPerson.objects.update_or_create(
        agency_id=incident.agency_id,
        incident=incident,
        contact=contact,
        defaults={"state": In},
        create_defaults={"how": By, "message": message, "wrote_at": wrote_at},
    )
    audit("incidents.attach_person", by=staff_actor(by), subject=contact, incident=incident.pk)
    publish_change(incident)


@transaction.atomic
def take_out_person(incident: Incident, contact: Contact, *, by: Staff) -> None:
    """Take a person out of an incident, under all of their contacts; what they write does not attach them again."""
    refuse_past(lock_incident(incident.pk))
    rows = IncidentPerson.objects.filter(incident=incident, contact__in=contact.family_ids(), state=In)
    rows.update(state=IncidentPerson.State.REMOVED)
    audit("incidents.take_out_person", by=staff_actor(by), subject=contact, incident=incident.pk)
    publish_change(incident)


@transaction.atomic
def attach_case(incident: Incident, case: Case, *, by: Staff) -> None:
    """Make a case part of an incident by hand, also one that was taken out, and its person."""
    attach_person(incident, case.conversation.contact.root(), by=by)
    IncidentCase.objects.update_or_create(
        agency_id=incident.agency_id,
        incident=incident,
        case=case,
        defaults={"state": IncidentCase.State.IN},
        create_defaults={"how": By},
    )
    audit("incidents.attach_case", by=staff_actor(by), subject=case, incident=incident.pk)


@transaction.atomic
def take_out_case(incident: Incident, case: Case, *, by: Staff) -> None:
    """Take a case out of an incident; its person stays part of it."""
    refuse_past(lock_incident(incident.pk))
    IncidentCase.objects.filter(incident=incident, case=case).update(state=IncidentCase.State.REMOVED)
    audit("incidents.take_out_case", by=staff_actor(by), subject=case, incident=incident.pk)
    publish_change(incident)


def refuse_past(incident: Incident) -> None:
    """Raise Refused if an incident is over or was dismissed."""
    if incident.state not in CURRENT:
        raise Refused(_("This incident is past. Nothing can be changed in it."))


@transaction.atomic
def split_incident(incident: Incident, people: Collection[int], *, by: Staff) -> Incident:
    """Move these people (ids of their rows) and their cases to a new suspected incident, and return it.

    Raise Refused if that is nobody or everybody.
    """
    row = lock_incident(incident.pk)
    refuse_past(row)
    every = IncidentPerson.objects.filter(incident=row, state=In).select_related("contact", "message")
    chosen = [one for one in every if one.pk in people]
    if not chosen or len(chosen) == len(every):
        raise Refused(_("Please choose the people who belong elsewhere, and not all of them."))
    about = learn_profile(chosen) or {"kind": row.kind, "title": row.title or row.name}
    new = Incident.objects.create(place=row.place, created_at=timezone.now(), **about)
    copy_people(chosen, new)
    IncidentPerson.objects.filter(pk__in=[one.pk for one in chosen]).update(state=IncidentPerson.State.SPLIT)
    cases = IncidentCase.objects.filter(incident=row, case__conversation__contact__in=[c.contact_id for c in chosen])
    cases.update(incident=new)
    audit("incidents.split", by=staff_actor(by), subject=row, new=new.pk, people=len(chosen))
    publish_change(row, new)
    return new


def learn_profile(people: Collection[IncidentPerson]) -> dict[str, Any]:
    """Return what is alike in what these people wrote, as columns of their incident; {} for nothing."""
    kinds = find_kinds()
    texts = [one.message for one in people if one.message is not None]
    if kinds is None:
        return {}
    written = [Written(one.pk, one.conversation_id, one.text, one.lang, one.received) for one in texts]
    best = max(find_clusters(written, kinds, {}), key=lambda cluster: len(cluster.members), default=None)
    if best is None:
        return {}
    return {"kind": best.kind, "profile": best.profile, "words": ", ".join(best.words)[:WORDS_MOST]}


def copy_people(people: Collection[IncidentPerson], target: Incident) -> None:
    """Make these people part of another incident, each once, with their first message."""
    IncidentPerson.objects.bulk_create(
        (
            IncidentPerson(
                agency_id=target.agency_id,
                incident=target,
                contact=one.contact,
                message=one.message,
                how=one.how,
                wrote_at=one.wrote_at,
            )
            for one in people
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def merge_incidents(kept: Incident, absorbed: Incident, *, by: Staff) -> None:
    """Move the people and cases of one incident to another that is about the same; it is recognised by both profiles.

    A notice of the absorbed one ends. Raise Refused if one of them is past, or they are the same.
    """
    if kept.pk == absorbed.pk:
        raise Refused(_("Please choose another incident."))
    Agency.objects.select_for_update().get(pk=kept.agency_id)  # two merges in opposite directions wait for each other
    target, row = lock_incident(kept.pk), lock_incident(absorbed.pk)
    refuse_past(target)
    refuse_past(row)
    copy_people(
        list(IncidentPerson.objects.filter(incident=row, state=In).select_related("contact", "message")), target
    )
    cases = IncidentCase.objects.filter(incident=row)
    cases.exclude(case__in=IncidentCase.objects.filter(incident=target).values("case")).update(incident=target)
    now = timezone.now()
    Incident.objects.filter(pk=row.pk).update(
        state=Incident.State.DISMISSED, dismissed_by=by, dismissed_at=now, merged_into=target
    )
    audit("incidents.merge", by=staff_actor(by), subject=target, absorbed=row.pk)
    publish_change(target, row)
