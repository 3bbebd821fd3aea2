"""Find clusters of messages, and attach the people and cases of each to its incident.

Nothing is remembered between two runs, and each write is one that a second run or a second process does not repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.cases.models import Case
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import current_agency_id, scope
from kesher.core.live.live_events import publish
from kesher.incidents.clusters import Cluster, find_clusters
from kesher.incidents.event_kinds import EventKinds, find_kinds
from kesher.incidents.message_window import Heard, read_window
from kesher.incidents.models import WORDS_MOST, Incident, IncidentCase, IncidentPerson
from kesher.incidents.rules import AGAIN_TIMES, PEOPLE_LEAST, absorbs

LIST = "incidents"  # the stream of live events of the desk's list
CURRENT = (Incident.State.SUSPECTED, Incident.State.OPEN)


def detect_incidents() -> int:
    """Find the clusters of each agency's last messages; return to how many incidents somebody was attached."""
    kinds = find_kinds()
    if kinds is None:
        return 0
    found = 0
    for agency, heard in read_window(timezone.now()).items():
        with scope(agency):
            found += detect_in_agency(heard, kinds)
    return found


def detect_in_agency(heard: Sequence[Heard], kinds: EventKinds) -> int:
    """Find the clusters of one agency's messages; return to how many incidents somebody was attached."""
    known = known_incidents()
    if not known and len({one.written.contact for one in heard}) < PEOPLE_LEAST:
        return 0
    profiles = {pk: row.profile for pk, row in known.items() if row.profile}
    clusters = find_clusters([one.written for one in heard], kinds, profiles)
    return record_clusters(clusters, {one.written.id: one for one in heard}, frozenset(known))


def known_incidents() -> dict[int, Incident]:
    """Return {id: incident} of those with which messages are compared: current ones first, then the newest."""
    rows = Incident.objects.filter(absorbs(timezone.now())).select_related("merged_into")
    return {row.pk: row for row in sorted(rows, key=lambda row: (find_current(row) is None, -row.pk))}


def find_current(incident: Incident) -> Incident | None:
    """Return the suspected or open incident that this one is by now; None where it is past."""
    while incident.merged_into is not None:
        incident = incident.merged_into
    return incident if incident.state in CURRENT else None


@transaction.atomic
def record_clusters(clusters: Sequence[Cluster], heard: Mapping[int, Heard], compared: frozenset[int]) -> int:
    """Store the clusters; return to how many incidents somebody was attached.

    ``compared``: the incidents that the clusters were compared with. If there are others by now, another process or a
    clerk was quicker, and the next run sees them.
    """
    Agency.objects.select_for_update().get(pk=current_agency_id())
    known = known_incidents()
    if frozenset(known) != compared:
        return 0
    changed = 0
    for cluster in clusters:
        members = [heard[number] for number in cluster.members if number in heard]
        incident = find_target(cluster, members, known)
        if incident is not None and attach_members(incident, members):
            publish(INBOX, LIST, incident.stream)
            changed += 1
    return changed


def find_target(cluster: Cluster, members: Sequence[Heard], known: Mapping[int, Incident]) -> Incident | None:
    """Return the incident of a cluster, a new one if it is about none; None where too few people wrote.

    None, too, where a clerk dismissed it or it is over, unless twice as many people write about it now.
    """
    people = len({one.written.contact for one in members})
    row = known.get(cluster.known or 0)
    if row is None:
        return suspect_incident(cluster) if people >= PEOPLE_LEAST else None
    current = find_current(row)
    if current is None and row.state == Incident.State.DISMISSED and people >= AGAIN_TIMES * row.people.count():
        return suspect_incident(cluster)
    return current


def suspect_incident(cluster: Cluster) -> Incident:
    """Create a suspected incident for a cluster."""
    incident = Incident.objects.create(
        kind=cluster.kind,
        words=", ".join(cluster.words)[:WORDS_MOST],
        profile=cluster.profile,
        created_at=timezone.now(),
    )
    audit("incidents.suspect", by=SYSTEM, subject=incident, kind=cluster.kind)
    return incident


def attach_members(incident: Incident, members: Sequence[Heard]) -> bool:
    """Attach the people and cases of a cluster, each once, and return whether one is new.

    Whoever left or was taken out stays out.
    """
    return any([attach_people(incident, members), attach_cases(incident, members)])


def attach_people(incident: Incident, members: Sequence[Heard]) -> int:
    """Attach those people of a cluster who were never part of the incident; return how many. Three queries."""
    known = set(incident.people.values_list("contact", flat=True))
    fresh = [one for one in first_of_each(members) if one.contact not in known]
    contacts = Contact.objects.in_bulk([one.contact for one in fresh])
    messages = Message.objects.in_bulk([one.message for one in fresh if one.message is not None])
    rows = [
        IncidentPerson(
            agency_id=incident.agency_id,
            incident=incident,
            contact=contacts[one.contact],
            message=messages.get(one.message or 0),
            wrote_at=one.written.at,
        )
        for one in fresh
        if one.contact in contacts
    ]
    IncidentPerson.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def attach_cases(incident: Incident, members: Sequence[Heard]) -> int:
    """Attach those cases of a cluster that were never part of the incident; return how many. Two queries."""
    known = set(incident.cases.values_list("case", flat=True))
    fresh = Case.objects.in_bulk([one.case for one in members if one.case is not None and one.case not in known])
    rows = [IncidentCase(agency_id=incident.agency_id, incident=incident, case=case) for case in fresh.values()]
    IncidentCase.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def first_of_each(members: Sequence[Heard]) -> list[Heard]:
    """Return each contact's first message of a cluster; their report where they wrote none."""
    first: dict[int, Heard] = {}
    for one in sorted(members, key=lambda one: (one.message is None, one.written.at)):
        first.setdefault(one.contact, one)
    return list(first.values())
