"""Demo data loader: word contests and a poll, with proposals, a jury, and votes in bulk."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contests.models import Choice, Contest, Decision, JuryScore, Outcome, Proposal, ProposalCredit, Round
from kesher.contests.services import (
    Plan,
    add_juror,
    add_outcome,
    count_round,
    create_contest,
    create_poll,
    decide,
    declare_conflict,
    review,
    score,
    shortlist,
    submit_proposal,
)
from kesher.core.attachments import store_attachment
from kesher.core.ids import token
from kesher.participation.models import Participation
from kesher.participation.services import add_deltas, drain_deltas, person_key
from kesher.site.demo import contests as texts
from kesher.site.demo import word_pictures
from kesher.site.demo.contests import Word
from kesher.site.demo.crowd import CHANNELS
from kesher.site.demo.town import Words
from kesher.site.services.crowd import BATCH, create_residents, date_ballots

VOTERS, FIRST = 1400, 41_000
DOORS = ("web", "whatsapp", "sms", "telegram", "whatsapp", "sms")


@transaction.atomic
def load_contests(agency: Agency, staff: Staff) -> None:
    """Create the demo's contests, one in each phase, and its poll."""
    dice = random.Random(70128)  # noqa: S311 (a crowd, not a secret)
    people = create_residents(agency, VOTERS, FIRST, dice)
    load_poll(people, dice, staff)
    load_decided(people, dice, staff)
    load_naming(people, dice, staff)
    load_words(people, dice, staff)


def load_words(people: list[Identity], dice: random.Random, staff: Staff) -> None:
    """Create the demo's contest with open proposals and likes."""
    now = timezone.now()
    contest = create_demo_contest(
        texts.SPOILER, "words", texts.SPOILER_TITLES, texts.SPOILER_BRIEFS, "spoiler", now - timedelta(days=12),
        [
            Plan("proposals", now - timedelta(days=12), now + timedelta(days=9), method="approval", verbs=LIKES),
            Plan("jury", now + timedelta(days=9), now + timedelta(days=16)),
            Plan("vote", now + timedelta(days=17), now + timedelta(days=31), method="approval", stands="shortlist"),
            Plan("decision", now + timedelta(days=31)),
        ],
        staff,
    )  # fmt: skip
    seat_jury(contest, staff)
    propose_words(contest, texts.SPOILER_WORDS, people, dice, staff)
    likes = contest.rounds.select_related("action").get(position=1)
    cast_in_bulk(likes, texts.SPOILER_WORDS, people, dice)


LIKES = ("propose", "vote", "change")


def load_naming(people: list[Identity], dice: random.Random, staff: Staff) -> None:
    """Create the demo's contest whose shortlist is being voted on."""
    now = timezone.now()
    contest = create_demo_contest(
        texts.SQUARE, "names", texts.SQUARE_TITLES, texts.SQUARE_BRIEFS, "square", now - timedelta(days=40),
        [
            Plan("proposals", now - timedelta(days=40), now + timedelta(days=1)),
            Plan("jury", now - timedelta(days=39), now + timedelta(days=1)),
            Plan("vote", now + timedelta(hours=1), now + timedelta(days=8), method="approval", stands="shortlist"),
            Plan("decision", now + timedelta(days=8)),
        ],
        staff,
    )  # fmt: skip
    seat_jury(contest, staff)
    propose_words(contest, texts.SQUARE_WORDS, people, dice, staff)
    score_words(contest, texts.SQUARE_WORDS, staff)
    settle_dates(contest, {1: (-40, -20), 2: (-20, -7), 3: (-6, 8)})
    vote = contest.rounds.select_related("action").get(position=3)
    cast_in_bulk(vote, texts.SQUARE_WORDS, people, dice)


def load_decided(people: list[Identity], dice: random.Random, staff: Staff) -> None:
    """Create the demo's finished contest with result, decision and follow-up."""
    now = timezone.now()
    contest = create_demo_contest(
        texts.PODCAST, "words", texts.PODCAST_TITLES, texts.PODCAST_BRIEFS, "deadline", now - timedelta(days=120),
        [
            Plan("proposals", now - timedelta(days=120), now + timedelta(days=1)),
            Plan("jury", now - timedelta(days=119), now + timedelta(days=1)),
            Plan(
                "vote", now + timedelta(hours=1), now + timedelta(days=8), method="one", stands="shortlist",
                results_hidden=True,
            ),
        ],
        staff,
    )  # fmt: skip
    seat_jury(contest, staff)
    propose_words(contest, texts.PODCAST_WORDS, people, dice, staff)
    score_words(contest, texts.PODCAST_WORDS, staff)
    settle_dates(contest, {1: (-120, -85), 2: (-85, -70), 3: (-68, -40)})
    vote = contest.rounds.select_related("contest__action", "action").get(position=3)
    cast_in_bulk(vote, texts.PODCAST_WORDS, people, dice)
    for round in contest.rounds.select_related("contest__action", "action"):
        count_round(round)
    chosen = contest.proposals.get(number=1)
    decide(contest, chosen, texts.PODCAST_REASON, staff=staff, tell=False)
    add_outcome(contest, texts.PODCAST_DONE, staff=staff)
    contest.rounds.update(counted_at=F("closes_at"), ended_at=F("closes_at"))
    Decision.objects.filter(contest=contest).update(at=now - timedelta(days=33))
    Outcome.objects.filter(contest=contest).update(at=now - timedelta(days=12))


def load_poll(people: list[Identity], dice: random.Random, staff: Staff) -> None:
    """Create the demo's poll, with votes."""
    now = timezone.now()
    contest = create_poll(
        titles=texts.POLL_TITLES,
        briefs=texts.POLL_BRIEFS,
        answers=[words for words, _votes in texts.POLL_ANSWERS],
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=11),
        code=texts.POLL,
        staff=staff,
    )
    round = contest.rounds.select_related("action").get()
    words = [Word(answer["he"], votes=votes) for answer, votes in texts.POLL_ANSWERS]
    cast_in_bulk(round, words, people, dice)


def create_demo_contest(
    code: str,
    kind: str,
    titles: Words,
    briefs: Words,
    picture: str,
    since: datetime,
    rounds: list[Plan],
    staff: Staff,
) -> Contest:
    """Create a demo contest with its rounds and picture, published at `since`, and return it."""
    draw, alt = word_pictures.PICTURES[picture]
    contest = create_contest(
        kind=kind,
        titles=titles,
        briefs=briefs,
        rules=texts.RULES,
        picture=store_attachment(draw(), name=f"contest-{code}.png", alt=alt),
        rounds=rounds,
        code=code,
        published=True,
        staff=staff,
    )
    Contest.objects.filter(pk=contest.pk).update(published_at=since, created=since)
    return contest


def seat_jury(contest: Contest, staff: Staff) -> None:
    """Add the demo's jurors to a contest."""
    for name, titles in texts.JURY:
        add_juror(contest, name, titles=titles, staff=staff)


def propose_words(
    contest: Contest, words: Sequence[Word], people: list[Identity], dice: random.Random, staff: Staff
) -> None:
    """Propose each demo word with its duplicates in a contest, and review those that are not to wait."""
    coiners = iter(dice.sample(people, len(people)))
    for word in words:
        call = call_of(next(coiners), word.language, dice)
        made = submit_proposal(contest, call, text=word.text, meaning=word.meaning, name=word.name)
        if not word.waits:
            review(made.proposal, "publish", staff=staff)
    for word in words:
        for text, name in word.twins:
            submit_proposal(contest, call_of(next(coiners), word.language, dice), text=text, name=name)
    spread_times(contest, dice)


def call_of(who: Identity, lang: str, dice: random.Random) -> Call:
    """Return the Call by which a resident acts through a random door."""
    return Call(door=dice.choice(DOORS), lang=lang, identity=who, level=who.assurance)


def spread_times(contest: Contest, dice: random.Random) -> None:
    """Spread the creation times of a contest's proposals at random over its first days."""
    begun = contest.rounds.get(position=1).opens_at
    days = min(20.0, (timezone.now() - begun).total_seconds() / 86400)
    moments = sorted(begun + timedelta(days=dice.uniform(0.1, days)) for _row in range(contest.proposals.count()))
    rows = list(contest.proposals.order_by("pk"))
    for row, at in zip(rows, moments, strict=True):
        row.created = at
    Proposal.objects.bulk_update(rows, ["created"])
    credits = list(ProposalCredit.objects.filter(proposal__contest=contest).select_related("proposal"))
    for credit in credits:
        credit.at = next(row.created for row in rows if row.pk == credit.proposal_id)
    ProposalCredit.objects.bulk_update(credits, ["at"])


def score_words(contest: Contest, words: Sequence[Word], staff: Staff) -> None:
    """Let each juror score each proposal, one juror recuse once, and publish the shortlist."""
    jurors = list(contest.jurors.order_by("id"))
    rows = list(contest.proposals.filter(state="published").order_by("number"))
    for row, word in zip(rows, words, strict=True):
        for place, juror in enumerate(jurors):
            if row is rows[-1] and juror is jurors[0]:
                declare_conflict(juror, row, reason="עבדתי עם בן משפחה של מי שהציע")
            else:
                score(juror, row, 5 - (row.number + place) % 3, reason=word.reason.get("he", ""))
        shortlist(row, word.reason, staff=staff)


def settle_dates(contest: Contest, days: dict[int, tuple[int, int]]) -> None:
    """Move a contest's rounds to {position: (first day, last day)}, relative to today."""
    now = timezone.now()
    for position, (begins, ends) in days.items():
        dates = {"opens_at": now + timedelta(days=begins), "closes_at": now + timedelta(days=ends)}
        Round.objects.filter(contest=contest, position=position).update(**dates)
    jury = contest.rounds.filter(kind=Round.Kind.JURY).first()
    if jury is not None:
        JuryScore.objects.filter(proposal__contest=contest).update(at=jury.opens_at + timedelta(days=1))


def cast_in_bulk(round: Round, words: Sequence[Word], people: list[Identity], dice: random.Random) -> None:
    """Write as many votes for each proposal as its demo row says."""
    rows = {row.number: row for row in Proposal.objects.standing_in(round).order_by("number")}
    wanted = {number: word.votes for number, word in enumerate(words, 1) if number in rows and word.votes}
    chosen: dict[int, list[int]] = {}
    if round.method == Round.Method.ONE:
        order = dice.sample(range(len(people)), min(len(people), sum(wanted.values())))
        tickets = [number for number, votes in wanted.items() for _vote in range(votes)][: len(order)]
        chosen = {person: [number] for person, number in zip(order, tickets, strict=True)}
    else:
        for number, votes in wanted.items():
            for person in dice.sample(range(len(people)), votes):
                chosen.setdefault(person, []).append(number)
    write_ballots(round, rows, {people[person]: numbers for person, numbers in chosen.items()}, dice)


def write_ballots(
    round: Round, rows: dict[int, Proposal], chosen: dict[Identity, list[int]], dice: random.Random
) -> None:
    """Write a round's ballots with their choices and tallies in bulk."""
    doors = {"web": 30, **CHANNELS}
    names = dice.choices(list(doors), list(doors.values()), k=len(chosen))
    ballots = [
        Participation(
            action=round.action,
            contact=person.contact,
            identity=person,
            person_key=person_key(round.action, person),
            receipt=token(8),
            level=2 if dice.random() < 0.2 else 1,
            channel=door,
            value=" ".join(map(str, numbers)),
            state=Participation.State.COUNTED,
        )
        for (person, numbers), door in zip(chosen.items(), names, strict=True)
    ]
    Participation.objects.bulk_create(ballots, batch_size=BATCH)
    date_ballots(round, ballots, dice)
    Choice.objects.bulk_create(
        [
            Choice(round=round, ballot=ballot, slip=slip, proposal=rows[number])
            for ballot, numbers in zip(ballots, chosen.values(), strict=True)
            for slip in [token(12)]
            for number in numbers
        ],
        batch_size=BATCH,
    )
    add_deltas((ballot, 1) for ballot in ballots)
    drain_deltas()
