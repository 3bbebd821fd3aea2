"""End an incident: one message to all of its people, and the cases that a clerk chose are solved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from kesher.agencies.business_hours import is_quiet
from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.cases.models import Case
from kesher.cases.services import move_case
from kesher.cases.states import TRANSITIONS as CASE_TRANSITIONS
from kesher.contacts.models import Consent, Contact
from kesher.conversations.services import broadcast
from kesher.conversations.services.broadcasts import choose_way
from kesher.core.audit import audit
from kesher.incidents.models import Incident, IncidentCase, IncidentPerson, Texts
from kesher.incidents.services.incidents import lock_incident, publish_change
from kesher.incidents.services.notices import check_texts
from kesher.incidents.states import changes_of


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people would get a message now, by channel, and how many would not: they refused, or have no way."""

    channels: dict[str, int]
    refused: int
    unreachable: int
    quiet: bool = False  # these are the agency's quiet hours: the message waits for their end

    @property
    def total(self) -> int:
        """Return how many would get it."""
        return sum(self.channels.values())


def audience_of(incident: Incident) -> list[Contact]:
    """Return the people of an incident, each once, also those merged since."""
    rows = IncidentPerson.objects.filter(incident=incident, state=IncidentPerson.State.IN)
    people = (row.contact.root() for row in rows.select_related("contact__merged_into").order_by("wrote_at", "pk"))
    return [
        person
        for person in {person.pk: person for person in people}.values()
        if person.status != Contact.Status.BLOCKED
    ]


def count_reach(incident: Incident) -> Reach:
    """Return who would get a message now: what `send_row` will decide for each of them."""
    found: Counter[str] = Counter()
    for person in audience_of(incident):
        way = choose_way(person, Consent.Purpose.SERVICE, incident.agency)
        found[f"channel {way.channel}" if way.channel else way.outcome] += 1
    channels = {name.removeprefix("channel "): count for name, count in found.most_common() if " " in name}
    return Reach(channels, found["refused"], found["unreachable"], is_quiet(incident.agency, timezone.now()))


@transaction.atomic
def end_incident(incident: Incident, texts: Texts, *, solve: Collection[int] = (), by: Staff) -> Incident:
    """End an incident, tell its people once, solve these cases of it (ids), and return it.

    Each gets one of ``texts`` in their own language, by the rules of every broadcast. Raise Refused where it is not
    open, or a language is missing.
    """
    row = lock_incident(incident.pk)
    changes, words = changes_of(row, "end", by), check_texts(row, texts)
    message = broadcast(audience_of(row), name=row.name, texts=words, purpose=Consent.Purpose.SERVICE, staff=by)
    Incident.objects.filter(pk=row.pk).update(**changes, closing=words, broadcast=message)
    for case in solvable_cases(row, solve):
        move_case(case, "solve", staff=by)
    audit("incidents.end", by=staff_actor(by), subject=row, texts=words, solved=len(solve))
    publish_change(row)
    return row.again()


def solvable_cases(incident: Incident, chosen: Collection[int]) -> list[Case]:
    """Return those of the chosen cases that belong to the incident and may be solved."""
    rows = IncidentCase.objects.filter(incident=incident, state=IncidentCase.State.IN, case__in=list(chosen))
    cases = [row.case for row in rows.select_related("case__conversation__contact")]
    return [case for case in cases if (case.state, "solve") in CASE_TRANSITIONS]
