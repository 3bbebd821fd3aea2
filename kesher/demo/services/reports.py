"""Demo data loader: a month of handled reports, written in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from kesher.agencies.models import Sequence
from kesher.cases.models import Case, CaseEvent
from kesher.cases.services import due_times
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation, Message, Route
from kesher.core.db.ids import token
from kesher.demo.data_files import read
from kesher.demo.services.municipality import Municipality
from kesher.demo.services.residents import BATCH, create_residents, draw, seeded
from kesher.reports.models import ServiceRequest


def load_reports(municipality: Municipality) -> None:
    """Create the reports with their cases, messages and history."""
    data, dice, now = read("reports"), seeded(106), timezone.now()
    count, agency = data["count"], municipality.agency
    people = create_residents(agency, count, 2000, dice)
    conversations = [Conversation(agency=agency, contact=person.contact) for person in people]
    Conversation.objects.bulk_create(conversations, batch_size=BATCH)
    first = take_numbers(count)
    moments = sorted(now - timedelta(days=dice.uniform(0.4, data["days"])) for _ in range(count))
    cases = [
        make_case(municipality, conversation, person, number, at, dice)
        for conversation, person, number, at in zip(
            conversations, people, range(first, first + count), moments, strict=True
        )
    ]
    Case.objects.bulk_create(cases, batch_size=BATCH)
    requests = [make_request(case, person, dice) for case, person in zip(cases, people, strict=True)]
    ServiceRequest.objects.bulk_create(requests, batch_size=BATCH)
    history = History(municipality)
    for case, person in zip(cases, people, strict=True):
        history.add(case, person)
    history.write()


def take_numbers(count: int) -> int:
    """Reserve `count` case numbers and return the first."""
    Sequence.objects.filter(name="case").update(value=F("value") + count)
    return Sequence.objects.values_list("value", flat=True).get(name="case") - count + 1


def make_case(
    municipality: Municipality,
    conversation: Conversation,
    person: Identity,
    number: int,
    at: datetime,
    dice: random.Random,
) -> Case:
    """Return a past report's unsaved case; four of five were solved in time, some are open."""
    data, agency, lang = read("reports"), municipality.agency, person.contact.language
    topic = municipality.topics[draw(dice, data["topics"])]
    words = dice.choice(data["texts"][topic.code][lang])
    clocks = due_times(agency, topic, at)
    took = (clocks["done_due"] - at) * (dice.uniform(0.15, 0.9) if dice.random() < 0.83 else dice.uniform(1.05, 1.9))
    ended = at + took if at + took < timezone.now() else None
    return Case(
        agency=agency,
        conversation=conversation,
        number=number,
        kind=Case.Kind.REPORT,
        topic=topic,
        title=words,
        state=Case.State.SOLVED if ended else Case.State.OPEN,
        team=topic.team,
        assignee=municipality.staff[dice.choice(data["clerks"])],
        channel=draw(dice, read("residents")["channels"]),
        language=lang,
        opened_at=at,
        answered_at=at + min(took, (clocks["answer_due"] - at) * dice.uniform(0.1, 1.1)),
        solved_at=ended,
        closed_at=ended,
        **clocks,
    )


def make_request(case: Case, person: Identity, dice: random.Random) -> ServiceRequest:
    """Return the unsaved report of a past case, near one of the streets."""
    street = dice.choice(read("residents")["streets"])
    public = dice.random() < 0.5
    return ServiceRequest(
        agency_id=case.agency_id,
        case=case,
        description=case.title,
        address=street["names"][person.contact.language],
        lat=round(street["lat"] + dice.uniform(-0.004, 0.004), 6),
        lon=round(street["lon"] + dice.uniform(-0.004, 0.004), 6),
        public=public,
        published_at=case.opened_at if public else None,
        door=case.channel,
        level=1,
    )


@dataclass
class History:
    """What happened to the past cases: messages, case events and routes, to be written at once."""

    municipality: Municipality
    messages: list[Message] = field(default_factory=list)
    events: list[tuple[CaseEvent, datetime]] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)

    def add(self, case: Case, person: Identity) -> None:
        """Add the report, and the answer of a case that is solved."""
        self.conversations.append(case.conversation)
        self.add_message(case, person, "in", case.title, case.opened_at)
        self.add_event(case, "open", "", "new", case.opened_at)
        self.add_event(case, "start", "new", "open", case.answered_at or case.opened_at)
        if case.solved_at is not None:
            answer = read("reports")["solved"][case.language] % case.number
            self.add_message(case, person, "out", answer, case.solved_at)
            self.add_event(case, "solve", "open", "solved", case.solved_at)
        account = self.municipality.accounts.get(case.channel)
        if account is not None:
            route = {"conversation": case.conversation, "identity": person, "account": account}
            self.routes.append(Route(agency_id=case.agency_id, last_in_at=case.opened_at, **route))

    def add_message(self, case: Case, person: Identity, direction: str, text: str, at: datetime) -> None:
        """Add the conversation's next message."""
        conversation, account = case.conversation, self.municipality.accounts.get(case.channel)
        conversation.last_seq += 1
        conversation.last_text, conversation.last_channel, conversation.last_at = text[:140], case.channel, at
        setattr(conversation, f"last_{direction}_at", at)
        row = Message(
            agency_id=case.agency_id,
            conversation=conversation,
            seq=conversation.last_seq,
            direction=direction,
            account=account,
            identity=person,
            channel=case.channel,
            dedup_key=f"demo|{token(12)}" if direction == "in" and account else None,
            text=text,
            lang=case.language,
            author=case.assignee if direction == "out" else None,
            state="received" if direction == "in" else "delivered",
            said_at=at,
            received=at,
        )
        self.messages.append(row)

    def add_event(self, case: Case, verb: str, before: str, after: str, at: datetime) -> None:
        """Add a change of the case's state."""
        by = case.assignee if before else None
        event = CaseEvent(
            agency_id=case.agency_id, case=case, verb=verb, before=before, after=after, by=by, public=True
        )
        self.events.append((event, at))

    def write(self) -> None:
        """Write everything to the database."""
        events = [event for event, _at in self.events]
        Message.objects.bulk_create(self.messages, batch_size=BATCH)
        Route.objects.bulk_create(self.routes, batch_size=BATCH)
        CaseEvent.objects.bulk_create(events, batch_size=BATCH)
        fields = ["last_seq", "last_at", "last_in_at", "last_out_at", "last_text", "last_channel"]
        Conversation.objects.bulk_update(self.conversations, fields, batch_size=BATCH)
        for event, at in self.events:
            event.at = at  # auto_now_add overwrites it on insert
        CaseEvent.objects.bulk_update(events, ["at"], batch_size=BATCH)
