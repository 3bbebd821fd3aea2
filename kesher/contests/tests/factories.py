"""Contests, proposals and people for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from factory import declarations
from factory.base import Factory
from factory.django import DjangoModelFactory

from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.services import (
    Plan,
    Proposed,
    Voted,
    add_statement,
    cast_vote,
    create_contest,
    review,
    submit_proposal,
)
from kesher.core.db.agency_scope import current_agency_id

made: Any = declarations  # which say nothing of their types


class PersonFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    agency_id = made.LazyFunction(current_agency_id)
    name = made.Sequence(lambda n: f"תושבת {n}")
    language = "he"


class PhoneFactory(DjangoModelFactory[Identity]):
    """A person by a phone that has answered."""

    class Meta:
        model = Identity

    agency_id = made.LazyFunction(current_agency_id)
    contact = made.SubFactory(PersonFactory)
    scheme = "tel"
    address = made.Sequence(lambda n: f"+9725455{n:05d}")
    assurance = 1


class ContestFactory(Factory[Contest]):
    """A Hebrew word for "spoiler", made by the service, as the desk makes one."""

    class Meta:
        model = Contest

    kind = "words"
    titles = {"he": "מילה עברית ל„ספוילר”", "en": "A Hebrew word for “spoiler”"}
    briefs = {"he": "מחפשים מילה לגילוי של סוף הסיפור."}
    published = True

    @classmethod
    def _create(cls, model_class: type[Contest], *args: Any, **kwargs: Any) -> Contest:
        return create_contest(**kwargs)


def a_phone(**values: Any) -> Identity:
    identity = PhoneFactory.create(**values)
    assert isinstance(identity, Identity)
    return identity


def a_contest(*rounds: Plan, **values: Any) -> Contest:
    """With these rounds; without any it takes proposals now."""
    contest = ContestFactory.create(rounds=list(rounds) or [proposals()], **values)
    assert isinstance(contest, Contest)
    return contest


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def proposals(**values: Any) -> Plan:
    return Plan(**{"kind": "proposals", "opens_at": ago(1), "closes_at": ago(-7), **values})


def jury(**values: Any) -> Plan:
    return Plan(**{"kind": "jury", "opens_at": ago(0.5), "closes_at": ago(-7), **values})


def a_vote(method: str = "one", **values: Any) -> Plan:
    return Plan(**{"kind": "vote", "method": method, "opens_at": ago(0.1), "closes_at": ago(-7), **values})


def call_of(who: Identity, door: str = "sms", level: int | None = None) -> Call:
    """The call of a person whose address is known; without a level as well as it was proved."""
    return Call(door=door, identity=who, level=who.assurance if level is None else level)


def voted(round: Round, who: Identity, numbers: Sequence[int] = (), *, door: str = "sms", **values: Any) -> Voted:
    """A vote, at once."""
    return cast_vote(round, call_of(who, door), numbers=numbers, **values)


def proposed(
    contest: Contest, who: Identity, text: str, *, door: str = "web", level: int | None = None, **values: Any
) -> Proposed:
    """A proposal, which waits for its review."""
    return submit_proposal(contest, call_of(who, door, level), text=text, **values)


def a_proposal(contest: Contest, text: str, *, by: Identity | None = None, **values: Any) -> Proposal:
    """Proposed by somebody, and published."""
    row = proposed(contest, by or a_phone(), text, door="sms", **values).proposal
    return review(row, "publish", staff=None) if row.state == "submitted" else row


def a_ballot_of(*texts: str, method: str = "one", code: str = "", **values: Any) -> tuple[Contest, Round]:
    """A contest in its vote, with these on the list, numbered from 1."""
    contest = a_contest(a_vote(method, **values), code=code)
    for text in texts:
        add_statement(contest, {"he": text})
    return contest, contest.rounds.select_related("contest__action", "action").get()
