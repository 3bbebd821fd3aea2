"""Create, edit and publish contests and polls, and plan their rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, in_language
from kesher.agencies.services import staff_actor
from kesher.contests.duplicate_proposals import fold, search_keys, skeleton
from kesher.contests.models import Contest, Proposal, Round
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.initiatives.services import publish_picture
from kesher.participation.models import Action
from kesher.participation.services import create_action

State, Kind, Method = Contest.State, Round.Kind, Round.Method
Texts = Mapping[str, str]
VERBS: dict[str, tuple[str, ...]] = {
    Kind.PROPOSALS: ("propose",),
    Kind.JURY: ("score",),
    Kind.VOTE: ("vote", "change"),
    Kind.OPINIONS: ("vote", "change", "propose"),
    Kind.DECISION: ("decide",),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a round that is to be created or changed."""

    kind: str
    opens_at: datetime
    closes_at: datetime | None = None
    method: str = ""
    verbs: Sequence[str] = ()
    stands: str = Round.Stands.ALL
    most: int | None = None
    level: int = 1
    results_hidden: bool = False
    anonymous: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_contest(
    *,
    kind: str,
    titles: Texts,
    briefs: Texts | None = None,
    rules: Texts | None = None,
    language: str = "he",
    picture: Attachment | None = None,
    picture_alt: str | None = None,
    asks_meaning: bool = True,
    reviewed: bool = True,
    rounds: Sequence[Plan] = (),
    code: str = "",
    published: bool = False,
    staff: Staff | None = None,
) -> Contest:
    """Create a contest with a short code of its own (or ``code``), as a draft unless ``published``.

    Raise Refused.
    """
    check_titles(language, titles)
    contest = Contest(
        action=create_action(current_agency_id(), "contest", code),
        kind=kind,
        titles=dict(titles),
        briefs=dict(briefs or {}),
        rules=dict(rules or {}),
        language=language,
        picture=publish_picture(picture, picture_alt),
        asks_meaning=asks_meaning,
        reviewed=reviewed,
    )
    contest.index_words()
    contest.save()
    audit("contests.create", by=staff_actor(staff), subject=contest, kind=kind)
    for plan in rounds:
        add_round(contest, plan, staff=staff)
    return publish_contest(contest, staff=staff) if published else contest


@transaction.atomic
def edit_contest(contest: Contest, *, staff: Staff | None, picture_alt: str | None = None, **values: Any) -> Contest:
    """Change a contest's texts, kind or picture. Raise Refused."""
    for name, value in values.items():
        setattr(contest, name, value)
    check_titles(contest.language, contest.titles)
    publish_picture(contest.picture, picture_alt)
    contest.index_words()
    contest.save(update_fields=[*values, "search_keys"])
    audit("contests.edit", by=staff_actor(staff), subject=contest, fields=sorted(values))
    publish(contest.action.stream)
    return contest


def check_titles(language: str, titles: Texts) -> None:
    """Raise Refused where the title in the contest's own language is missing."""
    if not titles.get(language, "").strip():
        raise Refused(_("A contest needs a title in the language it was written in."))


@transaction.atomic
def add_round(contest: Contest, plan: Plan, *, staff: Staff | None = None) -> Round:
    """Add a round after the contest's last one, as planned. Raise Refused."""
    last = contest.rounds.order_by("-position").first()
    check_plan(plan, last)
    row = Round(
        contest=contest,
        action=create_action(contest.agency_id, "contest_vote"),
        position=(last.position if last else 0) + 1,
        verbs=list(plan.verbs or VERBS[plan.kind]),
        **{name: getattr(plan, name) for name in (*SETTINGS, "kind")},
    )
    row.save()
    audit("contests.add_round", by=staff_actor(staff), subject=row, kind=row.kind)
    publish(contest.action.stream)
    return row


SETTINGS = (
    *("method", "stands", "opens_at", "closes_at", "most", "level"),
    *("results_hidden", "anonymous"),
)


def check_plan(plan: Plan, last: Round | None) -> None:
    """Raise Refused where the dates or the method of a round are not valid."""
    if plan.closes_at is not None and plan.closes_at <= plan.opens_at:
        raise Refused(_("A round must end after it begins."))
    if plan.kind in (Kind.VOTE, Kind.OPINIONS) and not plan.method:
        raise Refused(_("Choose how people vote in this round."))
    if last is not None and plan.opens_at < last.opens_at:
        raise Refused(_("A round cannot begin before the one that comes before it."))


@transaction.atomic
def edit_round(round: Round, plan: Plan, *, staff: Staff | None) -> Round:
    """Change a round's settings to those of the plan.

    Hidden results and anonymity are promises and cannot be switched off. Once a round has begun, its beginning and what
    people do in it stay; once it is over, all of it stays. Raise Refused.
    """
    round.refresh_from_db(from_queryset=Round.objects.select_for_update(no_key=True))  # it may be ending now
    if abs(plan.opens_at - round.opens_at) < timedelta(minutes=1):  # a form has no seconds
        plan = replace(plan, opens_at=round.opens_at)
    check_edit(round, plan)
    check_plan(plan, round.contest.rounds.filter(position__lt=round.position).order_by("-position").first())
    values = {name: getattr(plan, name) for name in SETTINGS}
    if not is_under_way(round):
        values |= {"kind": plan.kind, "verbs": list(plan.verbs or VERBS[plan.kind])}
    for name, value in values.items():
        setattr(round, name, value)
    round.save(update_fields=list(values))
    audit("contests.edit_round", by=staff_actor(staff), subject=round)
    publish(round.contest.action.stream)
    return round


def check_edit(round: Round, plan: Plan) -> None:
    """Raise Refused where a planned change comes too late for this round."""
    ended = round.contest.state in (State.FINISHED, State.STOPPED)
    if ended or (round.contest.state == State.PUBLISHED and round.is_over):
        raise Refused(_("This round is over."))
    if (round.results_hidden and not plan.results_hidden) or (round.anonymous and not plan.anonymous):
        raise Refused(_("A promise of hidden results or of an anonymous vote cannot be taken back."))
    if not is_under_way(round):
        return
    if (plan.opens_at, plan.kind) != (round.opens_at, round.kind):
        raise Refused(_("This round has begun: what happens in it, and since when, cannot change any more."))
    changes = bool(plan.method and plan.verbs) and ("change" in plan.verbs) != ("change" in round.verbs)
    if changes or (plan.method, plan.stands, plan.level) != (round.method, round.stands, round.level):
        raise Refused(_("This vote has begun: the way people vote cannot change any more."))


def is_under_way(round: Round) -> bool:
    """Return whether people may have taken part in the round already; not while the contest is a draft."""
    return round.has_begun and round.contest.state != State.DRAFT


@transaction.atomic
def publish_contest(contest: Contest, *, staff: Staff | None = None) -> Contest:
    """Publish a draft, so that people may take part as its rounds say. Raise Refused."""
    if not contest.rounds.exists():
        raise Refused(_("Add at least one round first: it says what people may do, and until when."))
    at = timezone.now()
    if not Contest.objects.filter(pk=contest.pk, state=State.DRAFT).update(state=State.PUBLISHED, published_at=at):
        raise Refused(_("Somebody else changed this contest a moment ago. Reload the page to see where it stands."))
    contest.state, contest.published_at = State.PUBLISHED, at
    Action.objects.filter(pk=contest.action_id).update(is_open=True)
    audit("contests.publish", by=staff_actor(staff), subject=contest)
    publish(contest.action.stream)
    return contest


@transaction.atomic
def add_statement(
    contest: Contest, texts: Texts, *, meanings: Texts | None = None, staff: Staff | None = None, distinct: bool = True
) -> Proposal:
    """Publish a proposal that the agency wrote itself: a poll's answer, or a first statement."""
    Contest.objects.select_for_update().get(pk=contest.pk)
    words = in_language(dict(texts), contest.language)
    number = next_number(contest)
    row = Proposal(
        contest=contest,
        number=number,
        position=number,
        texts=dict(texts),
        meanings=dict(meanings or {}),
        language=contest.language,
        folded=fold(words),
        skeleton=skeleton(words),
        search_keys=search_keys(*texts.values(), *(meanings or {}).values()),
        state=Proposal.State.PUBLISHED,
        distinct=distinct,
        by_staff=True,
    )
    row.save()
    audit("contests.add_statement", by=staff_actor(staff), subject=row)
    return row


def next_number(contest: Contest) -> int:
    """Return the next free proposal number in the contest; the caller holds a lock on the contest."""
    last = Proposal.objects.filter(contest=contest).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


@transaction.atomic
def create_poll(
    *,
    titles: Texts,
    answers: Sequence[Texts],
    closes_at: datetime | None,
    briefs: Texts | None = None,
    language: str = "he",
    several: bool = False,
    results_hidden: bool = False,
    code: str = "",
    opens_at: datetime | None = None,
    staff: Staff | None = None,
) -> Contest:
    """Create a poll with two to ten answers, open at once on every channel. Raise Refused."""
    if not 2 <= len(answers) <= MOST_ANSWERS:
        raise Refused(_("A poll needs two to ten answers."))
    vote = Plan(
        Kind.VOTE,
        opens_at or timezone.now(),
        closes_at,
        method=Method.APPROVAL if several else Method.ONE,
        results_hidden=results_hidden,
    )
    contest = create_contest(
        kind=Contest.Kind.POLL,
        titles=titles,
        briefs=briefs,
        language=language,
        asks_meaning=False,
        rounds=[vote],
        code=code,
        staff=staff,
    )
    for texts in answers:
        add_statement(contest, texts, staff=staff)
    return publish_contest(contest, staff=staff)


MOST_ANSWERS = 10
