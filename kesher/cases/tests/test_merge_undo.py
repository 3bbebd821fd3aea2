"""Two people who were taken for one and are two again: each is as if nobody had ever mixed them up, and no count of the
desk disagrees with another on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Staff
from kesher.cases import dashboard, inbox, services
from kesher.cases.models import Case
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity, Merge, MergeEvent
from kesher.contacts.services import get_or_create_identity, merge_contacts, undo_merge
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import assign, conversation_of, receive, release
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.dialogues.dialogue_turn import Turn

PEOPLE = 3
WHO = st.integers(0, PEOPLE - 1)
DEEDS = st.sampled_from(["words", "words", "person", "answer", "take_back", "take", "lay_down", "release"])
STEPS = st.lists(
    st.one_of(
        st.tuples(DEEDS, WHO, WHO),
        st.tuples(st.sampled_from(["solve", "hold", "start", "reopen", "close"]), st.integers(0, 9), WHO),
        st.tuples(st.sampled_from(["merge", "merge", "undo"]), WHO, WHO),
    ),
    min_size=4,
    max_size=18,
)


@dataclass
class World:
    """Some people on one account, and what was done to them."""

    account: Account
    staff: Staff
    people: list[Identity]
    said: int = 0
    cases: list[int] = field(default_factory=list)
    answers: list[Message] = field(default_factory=list)

    def home(self, who: int) -> Conversation:
        return conversation_of(Contact.objects.get(pk=self.people[who].contact_id).root())

    def hear(self, who: int) -> Message:
        self.said += 1
        address = self.people[who]
        sender = Address(address.scheme, address.address, "")
        event = Event(Kind.MESSAGE, f"{self.people[0].pk}|{self.said}", sender=sender, text=f"מילים {self.said}")
        message = receive(self.account, event, received=timezone.now())
        assert message is not None
        return message

    def speak(self, who: int, *, person: bool) -> Case | None:
        """Somebody writes what a clerk must see; returns the case that was opened for it, if any."""
        message, newest = self.hear(who), Case.objects.order_by("-pk").first()
        if person:
            identity = Identity.objects.get(pk=self.people[who].pk)
            contact = identity.contact.root()
            turn = Turn(contact, "sms", identity=identity, text=message.text, seq=message.seq)
            services.on_handoff(turn=turn, reason="free_text")
        else:
            services.on_inbound(message=message, wants_person=True)
        found = Case.objects.order_by("-pk").first()
        return found if found and found != newest else None

    def answer(self, who: int) -> int:
        """The clerk answers on this person's page; returns whose address it went to, -1 where there is none."""
        try:
            message = services.answer(self.home(who), f"תשובה {self.said}", staff=self.staff)
        except Refused:
            return -1
        self.answers.append(message)
        return next(number for number, row in enumerate(self.people) if row.pk == message.identity_id)

    def state(self, who: int) -> dict[str, Any]:
        row = Conversation.objects.get(pk=self.home(who).pk)
        messages = Message.objects.filter(conversation=row).order_by("seq")
        assert [message.seq for message in messages] == list(range(1, row.last_seq + 1))
        cases = Case.objects.filter(conversation=row).order_by("opened_at", "state", "pk")
        return {
            "held": row.held, "holder": row.assignee_id, "waiting": row.waiting_since, "hidden": row.hidden,
            "reopens": row.reopens_until,
            "last": [row.last_text, row.last_at, row.last_in_at, row.last_out_at, row.last_channel],
            "said": [(message.direction, message.text) for message in messages if message.direction in ("in", "out")],
            "cases": [(c.state, c.waiting_since, c.answered_at, c.solved_at, c.closed_at, c.assignee_id) for c in cases],
        }  # fmt: skip


@dataclass
class Both:
    """The people who are merged and parted, and their doubles, to whom nobody ever does that."""

    real: World
    plain: World
    twins: dict[int, int] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)

    def do(self, verb: str, first: int, second: int) -> None:
        match verb:
            case "words" | "person":
                made = [world.speak(first, person=verb == "person") for world in (self.real, self.plain)]
                if made[0] is not None and made[1] is not None:
                    self.twins[made[0].pk] = made[1].pk
                self.real.cases += [made[0].pk] if made[0] else []
            case "answer":
                to = self.real.answer(first)
                if to >= 0:
                    assert self.plain.answer(to) == to
            case "take_back" if self.real.answers:
                for world in (self.real, self.plain):
                    services.undo_answer(world.answers.pop(), staff=world.staff)
            case "take" | "lay_down":
                self.hold(first, verb == "take")
            case "release":
                for world, who in ((self.real, first), (self.plain, self.shown(first))):
                    release(world.home(who), staff=world.staff)
            case "merge":
                one, other = (self.real.home(who).contact for who in (first, second))
                row = merge_contacts(one, other, reason="test", by=SYSTEM)
                self.merges += [row] if row else []
            case "undo" if self.merges:
                undo_merge(self.merges.pop(first % len(self.merges)), by=SYSTEM)
            case "solve" | "hold" | "start" | "reopen" | "close" if self.real.cases:
                self.move(verb, self.real.cases[first % len(self.real.cases)])

    def shown(self, who: int) -> int:
        """Whose page is shown where this person's was asked for."""
        contact = self.real.home(who).contact_id
        return next(number for number, row in enumerate(self.real.people) if row.contact_id == contact)

    def hold(self, who: int, taking: bool) -> None:
        """A page is taken or laid down; no case goes along here (that is a deed of each case)."""
        for world, whose in ((self.real, who), (self.plain, self.shown(who))):
            row = Conversation.objects.select_related("assignee").get(pk=world.home(whose).pk)
            assign(row, world.staff if taking else None, expected=row.assignee, staff=world.staff)

    def move(self, verb: str, case: int) -> None:
        for row in Case.objects.filter(pk__in=[case, self.twins.get(case, 0)]):
            with suppress(Refused):
                services.move_case(row, verb, staff=self.real.staff)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moments = [datetime(2026, 11, 25, 10, tzinfo=UTC)]
    monkeypatch.setattr(timezone, "now", lambda: moments[0])
    return moments


def doubles(account: Account, ruth: Staff) -> Both:
    def people(first: str) -> list[Identity]:
        return [
            get_or_create_identity(Address("tel", f"050-555-{first}{number}", f"p{number}"), assurance=1)
            for number in range(PEOPLE)
        ]

    return Both(World(account, ruth, people("010")), World(account, ruth, people("020")))


def desk_agrees(staff: Staff) -> None:
    """Who waits is the same in the list, in the bar, on the manager's page and in the cases."""
    rows = inbox.make_listing(staff, "waiting").rows
    waiting = Case.objects.filter(closed_at=None, waiting_since__isnull=False).select_related("conversation__contact")
    people = {case.conversation.contact.root().key for case in waiting}
    assert {row.key for row in rows} == people
    assert (inbox.waiting_count() or "0", dashboard.dashboard_context(7)["now"]["waiting"]) == (
        str(len(people)),
        len(people),
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    steps=[("words", 0, 0), ("merge", 1, 2), ("merge", 0, 1), ("solve", 0, 0), ("person", 1, 0), ("close", 1, 0)],
)
@example(
    steps=[("words", 0, 0), ("answer", 0, 0), ("merge", 2, 1), ("merge", 0, 1), ("words", 2, 0), ("words", 2, 0)],
)
@example(
    steps=[
        ("words", 2, 0),
        ("words", 1, 0),
        ("words", 0, 0),
        ("merge", 0, 2),
        ("person", 2, 0),
        ("merge", 1, 2),
        ("answer", 2, 0),
        ("undo", 0, 0),
    ],
)
@given(steps=STEPS)
def test_after_undoing_all_everybody_is_as_if_never_merged(
    sms: Account, ruth: Staff, clock: list[datetime], steps: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        both = doubles(sms, ruth)
        for verb, first, second in steps:
            clock[0] += timedelta(minutes=1)
            both.do(verb, first, second)
            desk_agrees(ruth)
        while both.merges:
            undo_merge(both.merges.pop(len(both.merges) // 2), by=SYSTEM)
            desk_agrees(ruth)
        for who in range(PEOPLE):
            assert both.real.state(who) == both.plain.state(who), f"person {who}"
        assert not MergeEvent.objects.exists()
        transaction.set_rollback(True)


def test_the_other_keeps_their_closed_case_and_their_peace(sms: Account, ruth: Staff, miriam: Staff) -> None:
    """The e-mail's Yael, whose case was over for days, does not wait with the words of the telephone's Yael."""
    world = doubles(sms, ruth).real
    world.speak(0, person=True)
    services.move_case(Case.objects.get(), "solve", staff=miriam)
    world.speak(1, person=True)
    before = [world.state(who) for who in (0, 1)]
    row = merge_contacts(world.people[0].contact, world.people[1].contact, reason="clerk", by=SYSTEM)
    assert row is not None
    assert inbox.waiting_count() == "1"
    assert undo_merge(row, by=SYSTEM)
    assert [world.state(who) for who in (0, 1)] == before
    desk_agrees(ruth)


def test_an_undone_merge_is_not_undone_again(sms: Account, ruth: Staff) -> None:
    world = doubles(sms, ruth).real
    row = merge_contacts(world.people[0].contact, world.people[1].contact, reason="clerk", by=SYSTEM)
    assert row is not None
    assert undo_merge(row, by=SYSTEM)
    world.speak(1, person=True)
    before = world.state(1)
    assert not undo_merge(row, by=SYSTEM)
    assert world.state(1) == before
    assert not world.state(0)["cases"]
