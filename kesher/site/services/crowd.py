"""Demo data loader: a month of handled reports and thousands of signatures, written in bulk."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from kesher.agencies.models import Agency, Sequence, Staff
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.cases.services import due_times
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contests.models import Round
from kesher.conversations.models import Conversation, Message, Route
from kesher.core.ids import token
from kesher.participation.models import Action, Participation
from kesher.participation.services import person_key
from kesher.participation.services.tallies import change_tallies, tally_keys
from kesher.reports.models import ServiceRequest
from kesher.site.demo import town
from kesher.site.demo.crowd import CHANNELS, LEVELS, REPORTS, RESOLVED, WEIGHTS

BATCH = 500
HISTORY, HISTORY_DAYS = 180, 30
SIGNERS = 3500


def load_history(
    agency: Agency, topics: dict[str, Topic], accounts: dict[str, Account], staff: dict[str, Staff]
) -> None:
    """Create a month of handled demo reports, which the manager's dashboard shows."""
    dice = random.Random(106)  # noqa: S311 (a crowd, not a secret)
    now = timezone.now()
    people = create_residents(agency, HISTORY, 2000, dice)
    talks = [Conversation(agency=agency, contact=person.contact) for person in people]
    Conversation.objects.bulk_create(talks, batch_size=BATCH)
    first = take_numbers(HISTORY)
    moments = sorted(now - timedelta(days=dice.uniform(0.4, HISTORY_DAYS)) for _ in range(HISTORY))
    rows = [
        make_past_case(agency, talk, person, topics, staff, number, at, dice)
        for talk, person, number, at in zip(talks, people, range(first, first + HISTORY), moments, strict=True)
    ]
    Case.objects.bulk_create([case for case, _words in rows], batch_size=BATCH)
    requests = [
        make_past_request(case, person, words, dice) for (case, words), person in zip(rows, people, strict=True)
    ]
    ServiceRequest.objects.bulk_create(requests, batch_size=BATCH)
    write_history(rows, people, accounts)


def create_residents(agency: Agency, count: int, start: int, dice: random.Random) -> list[Identity]:
    """Create `count` residents with made-up phone numbers from `start`, and return their identities."""
    langs = dice.choices(list(town.SHARES), list(town.SHARES.values()), k=count)
    contacts = [
        Contact(
            agency=agency,
            name=f"{dice.choice(town.FIRST[lang])} {dice.choice(town.FAMILY[lang])}",
            language=lang,
            noticed_at=timezone.now(),
        )
        for lang in langs
    ]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    rows = [
        Identity(agency=agency, contact=contact, scheme="tel", address=f"+97255555{start + number:04d}", assurance=1)
        for number, contact in enumerate(contacts)
    ]
    return Identity.objects.bulk_create(rows, batch_size=BATCH)


def take_numbers(count: int) -> int:
    """Reserve `count` case numbers and return the first."""
    Sequence.objects.filter(name="case").update(value=F("value") + count)
    return Sequence.objects.values_list("value", flat=True).get(name="case") - count + 1


def make_past_case(
    agency: Agency,
    talk: Conversation,
    person: Identity,
    topics: dict[str, Topic],
    staff: dict[str, Staff],
    number: int,
    at: datetime,
    dice: random.Random,
) -> tuple[Case, str]:
    """Return an unsaved past report's case and its text; four of five were solved in time, some are open."""
    topic = topics[dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]]
    words = dice.choice(REPORTS[topic.code][person.contact.language])
    talk.agency = agency
    clocks = due_times(agency, topic, at)
    took = (clocks["done_due"] - at) * (dice.uniform(0.15, 0.9) if dice.random() < 0.83 else dice.uniform(1.05, 1.9))
    ended = at + took
    done = ended < timezone.now()
    clerk = dice.choice([staff["ruth"], staff["yusuf"], staff["lena"]])
    case = Case(
        agency=agency,
        conversation=talk,
        number=number,
        kind=Case.Kind.REPORT,
        topic=topic,
        title=words,
        state=Case.State.SOLVED if done else Case.State.OPEN,
        team=topic.team,
        assignee=clerk,
        channel=dice.choices(list(CHANNELS), list(CHANNELS.values()))[0],
        language=person.contact.language,
        opened_at=at,
        answered_at=at + min(took, (clocks["answer_due"] - at) * dice.uniform(0.1, 1.1)),
        solved_at=ended if done else None,
        closed_at=ended if done else None,
        **clocks,
    )
    return case, words


def make_past_request(case: Case, person: Identity, words: str, dice: random.Random) -> ServiceRequest:
    """Return the unsaved report that belongs to a past case."""
    names, lat, lon = dice.choice(town.STREETS)
    return ServiceRequest(
        agency_id=case.agency_id,
        case=case,
        description=words,
        address=names[person.contact.language],
        lat=round(lat + dice.uniform(-0.004, 0.004), 6),
        lon=round(lon + dice.uniform(-0.004, 0.004), 6),
        public=dice.random() < 0.5,
        door=case.channel,
        level=1,
    )


def write_history(rows: list[tuple[Case, str]], people: list[Identity], accounts: dict[str, Account]) -> None:
    """Write the past cases with their messages, case events and inbox entries to the database."""
    said: list[Message] = []
    events: list[CaseEvent] = []
    routes: list[Route] = []
    talks: list[Conversation] = []
    for (case, words), person in zip(rows, people, strict=True):
        account = accounts.get(case.channel)
        said.append(make_message(case, person, account, 1, "in", words, case.opened_at))
        talk = case.conversation
        talk.last_seq, talk.last_in_at, talk.last_at = 1, case.opened_at, case.opened_at
        talk.last_text, talk.last_channel = words[:140], case.channel
        events.append(make_event(case, "open", "", "new", case.opened_at))
        events.append(make_event(case, "start", "new", "open", case.answered_at or case.opened_at))
        if case.solved_at is not None:
            answer = RESOLVED[person.contact.language] % case.number
            said.append(make_message(case, person, account, 2, "out", answer, case.solved_at))
            talk.last_seq, talk.last_out_at, talk.last_at = 2, case.solved_at, case.solved_at
            talk.last_text = answer[:140]
            events.append(make_event(case, "solve", "open", "solved", case.solved_at))
        if account is not None:
            routes.append(
                Route(
                    agency_id=case.agency_id,
                    conversation=talk,
                    identity=person,
                    account=account,
                    last_in_at=case.opened_at,
                )
            )
        talks.append(talk)
    Message.objects.bulk_create(said, batch_size=BATCH)
    Route.objects.bulk_create(routes, batch_size=BATCH)
    fields = ["last_seq", "last_at", "last_in_at", "last_out_at", "last_text", "last_channel"]
    Conversation.objects.bulk_update(talks, fields, batch_size=BATCH)
    moments = [row.at for row in events]
    for row, at in zip(CaseEvent.objects.bulk_create(events, batch_size=BATCH), moments, strict=True):
        row.at = at  # auto_now_add overwrites it on insert
    CaseEvent.objects.bulk_update(events, ["at"], batch_size=BATCH)


def date_ballots(round: Round, ballots: list[Participation], dice: random.Random) -> None:
    """Spread the times of these ballots at random over the round."""
    end = min(round.closes_at or timezone.now(), timezone.now())
    for ballot in ballots:
        ballot.created = ballot.confirmed = round.opens_at + (end - round.opens_at) * dice.uniform(0.02, 0.98)
    Participation.objects.bulk_update(ballots, ["created", "confirmed"], batch_size=BATCH)


def make_message(
    case: Case, person: Identity, account: Account | None, seq: int, direction: str, text: str, at: datetime
) -> Message:
    """Return an unsaved message of a past case, in this direction."""
    return Message(
        agency_id=case.agency_id,
        conversation=case.conversation,
        seq=seq,
        direction=direction,
        account=account,
        identity=person,
        channel=case.channel,
        dedup_key=f"demo|{token(12)}" if direction == "in" and account else None,
        text=text,
        lang=person.contact.language,
        author=case.assignee if direction == "out" else None,
        state="received" if direction == "in" else "delivered",
        said_at=at,
        received=at,
    )


def make_event(case: Case, verb: str, before: str, after: str, at: datetime) -> CaseEvent:
    """Return an unsaved entry of a case's history: a change of state by `verb`."""
    by = case.assignee if before else None
    row = CaseEvent(agency_id=case.agency_id, case=case, verb=verb, before=before, after=after, by=by, public=True)
    row.at = at
    return row


def sign_in_bulk(
    action: Action,
    signed: int,
    days: float,
    signers: list[Identity],
    dice: random.Random,
    areas: list[str],
    until: datetime | None = None,
) -> None:
    """Write `signed` signatures for an action, spread over days, channels and levels, and count them.

    The last day is ``until``, else today.
    """
    end = until or timezone.now()
    rows = []
    for identity in dice.sample(signers, signed):
        # Most sign in the first days, and again after it was in the news.
        at = end - timedelta(days=days * (dice.betavariate(1.2, 1.6) if dice.random() < 0.7 else dice.random()))
        channel = dice.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        rows.append(
            Participation(
                agency_id=action.agency_id,
                action=action,
                contact=identity.contact,
                identity=identity,
                person_key=person_key(action, identity),
                receipt=token(8),
                level=dice.choices(list(LEVELS), list(LEVELS.values()))[0],
                channel=channel,
                area=dice.choice(areas) if dice.random() < 0.7 else "",
                name=identity.contact.name,
                show_name=dice.random() < 0.3,
                state=Participation.State.COUNTED,
                confirmed=at,
            )
        )
        rows[-1].created = at
    rows.sort(key=lambda row: row.created)
    moments = [row.created for row in rows]
    for row, at in zip(Participation.objects.bulk_create(rows, batch_size=BATCH), moments, strict=True):
        row.created = at  # auto_now_add overwrites it on insert
    Participation.objects.bulk_update(rows, ["created"], batch_size=BATCH)
    count_into_tallies(action, rows)


def count_into_tallies(action: Action, rows: list[Participation]) -> None:
    """Add these participations to the action's tallies, as the counting worker would."""
    sums = Counter((action.pk, *key) for row in rows for key in tally_keys(row.level, row.channel, row.area, row.value))
    change_tallies(action.agency_id, sums)
