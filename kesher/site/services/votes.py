"""Demo data loader: rankings, pairwise comparisons, and an opinion vote with 150 people."""

from __future__ import annotations

import random
from datetime import timedelta
from math import exp, log

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contests.models import Choice, Contest, Proposal, Round
from kesher.contests.services import Plan, add_statement, count_round, create_contest
from kesher.contests.services.proposals import tally_value
from kesher.contests.services.result_snapshots import draw_snapshot
from kesher.core.ids import token
from kesher.participation.models import Participation
from kesher.participation.services import drain_deltas
from kesher.participation.services.participate import person_key
from kesher.participation.services.tallies import add_deltas
from kesher.site.demo.crowd import CHANNELS
from kesher.site.demo.votes import BENCH, NAMES, OPINIONS, SHARES, SLOGANS, STATEMENTS, Ask
from kesher.site.services.crowd import BATCH, create_residents, date_ballots

VOTERS_FROM = 30_000
Slip = list[Choice]


@transaction.atomic
def load_votes(agency: Agency, staff: Staff) -> None:
    """Create the demo's four votes, each by another method, with participants, tallies and maps."""
    dice = random.Random(52106)  # noqa: S311 (a crowd, not a secret)
    people = create_residents(agency, max(ask.voters for ask in (NAMES, BENCH, SLOGANS, OPINIONS)), VOTERS_FROM, dice)
    for ask in (OPINIONS, NAMES, SLOGANS, BENCH):
        contest = make_contest(ask, staff)
        round = contest.rounds.select_related("contest__action", "action").get()
        rows = list(contest.proposals.order_by("number"))
        slips = [random_choices(ask, round, rows, dice) for _voter in range(ask.voters)]
        cast_in_bulk(round, ask, dice.sample(people, ask.voters), slips, dice)
        drain_deltas()
        if ask.over:
            count_round(round, staff=staff)
            Round.objects.filter(pk=round.pk).update(counted_at=round.closes_at, ended_at=round.closes_at)
        draw_snapshot(round)


def make_contest(ask: Ask, staff: Staff) -> Contest:
    """Create a demo contest with one round and its options, and return it."""
    now = timezone.now()
    opinion = ask.method == Round.Method.OPINION
    plan = Plan(
        Round.Kind.OPINIONS if opinion else Round.Kind.VOTE,
        now - timedelta(days=ask.days),
        now + timedelta(days=-1 if ask.over else 9),
        method=ask.method,
    )
    contest = create_contest(
        kind=ask.kind,
        titles=ask.titles,
        briefs=ask.briefs,
        asks_meaning=False,
        rounds=[plan],
        code=ask.code,
        published=True,
        staff=staff,
    )
    for words, meanings in ask.options:
        add_statement(contest, words, meanings=meanings, staff=staff)
    Contest.objects.filter(pk=contest.pk).update(published_at=plan.opens_at)
    return contest


def random_choices(ask: Ask, round: Round, rows: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's choices, by the round's method: a ranking, comparisons or opinions."""
    make = {Round.Method.OPINION: random_opinions, Round.Method.PAIRWISE: random_comparisons}.get(
        Round.Method(round.method), random_ranking
    )
    return make(ask, round, rows, dice)


def random_ranking(ask: Ask, round: Round, rows: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's ranking of proposals (Plackett-Luce model); some rank only a part."""
    liked = sorted(range(len(rows)), key=lambda at: ask.pulls[at] - log(-log(dice.random())), reverse=True)
    some = liked[: dice.choice([1, 2, 3, len(rows), len(rows)])]
    return [make_choice(round, rows[at], rank=rank) for rank, at in enumerate(some, 1)]


def random_comparisons(ask: Ask, round: Round, rows: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's choices between random pairs of proposals (Bradley-Terry model)."""
    found = []
    every = [(one, other) for one in range(len(rows)) for other in range(one + 1, len(rows))]
    for one, other in dice.sample(every, dice.randint(5, 18)):
        sure = 1 / (1 + exp(ask.pulls[other] - ask.pulls[one]))
        value = 0 if dice.random() < 0.05 else 1 if dice.random() < sure else -1
        found.append(make_choice(round, rows[one], against=rows[other], value=value, swapped=dice.random() < 0.5))
    return found


def random_opinions(ask: Ask, round: Round, rows: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's opinions on proposals, like those of one of three groups, with noise."""
    kind = dice.choices(range(len(SHARES)), SHARES)[0]
    strays = dice.uniform(0.65, 1.0)
    some = dice.sample(range(len(rows)), dice.choice([5, 9, 12, 16, 20, len(rows), len(rows)]))
    found = []
    for at in some:
        agrees = dice.random() < (1 + STATEMENTS[at][1][kind] * strays) / 2
        found.append(make_choice(round, rows[at], value=0 if dice.random() < 0.09 else 1 if agrees else -1))
    return found


def make_choice(round: Round, row: Proposal, **values: object) -> Choice:
    """Return an unsaved choice in a ballot, about this proposal."""
    return Choice(agency_id=round.agency_id, round=round, proposal=row, **values)


def cast_in_bulk(round: Round, ask: Ask, people: list[Identity], slips: list[Slip], dice: random.Random) -> None:
    """Write a ballot for each of these people, spread over days and channels, and count them."""
    ballots = [
        Participation(
            agency_id=round.agency_id,
            action=round.action,
            contact=person.contact,
            identity=person,
            person_key=person_key(round.action, person),
            receipt=token(8),
            level=1,
            channel=dice.choices(list(CHANNELS), list(CHANNELS.values()))[0],
            value=tally_value(slip),
            state=Participation.State.COUNTED,
        )
        for person, slip in zip(people, slips, strict=True)
    ]
    Participation.objects.bulk_create(ballots, batch_size=BATCH)
    date_ballots(round, ballots, dice)
    choices = []
    for ballot, slip in zip(ballots, slips, strict=True):
        word = token(12)
        for row in slip:
            row.ballot, row.slip = ballot, word
            choices.append(row)
    Choice.objects.bulk_create(choices, batch_size=BATCH)
    add_deltas([(ballot, +1) for ballot in ballots])
