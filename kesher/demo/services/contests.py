"""Demo data loader: contests, polls and votes, with proposals, a jury, and ballots in bulk."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from math import exp, log
from typing import Any

from django.db.models import F
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contests import services
from kesher.contests.models import Choice, Contest, Decision, JuryScore, Outcome, Proposal, ProposalCredit, Round
from kesher.contests.services.proposals import tally_value
from kesher.contests.services.result_snapshots import draw_snapshot
from kesher.core.db.ids import token
from kesher.demo.data_files import Row, fields, moment, read, store_picture
from kesher.demo.services.municipality import Municipality
from kesher.demo.services.residents import BATCH, create_residents, draw, seeded, write_participations
from kesher.participation.services import add_deltas, drain_deltas

DOORS = ("web", "whatsapp", "sms", "telegram", "whatsapp", "sms")
Slip = list[Choice]
ENDED = {"counted_at": F("closes_at"), "ended_at": F("closes_at")}


def load_contests(municipality: Municipality) -> None:
    """Create the votes, each by another method; a poll; and contests, one in each phase."""
    data, manager, dice = read("contests"), municipality.manager, seeded(52106)
    people = create_residents(municipality.agency, max(row["voters"] for row in data["votes"]), 30_000, dice)
    for row in data["votes"]:
        load_vote(row, people, manager, dice)
    dice = seeded(70128)
    people = create_residents(municipality.agency, data["voters"], 41_000, dice)
    load_poll(data["poll"], people, manager, dice)
    for row in data["contests"]:
        load_contest(row, people, manager, dice)


def load_vote(row: Row, people: list[Identity], staff: Staff, dice: random.Random) -> None:
    """Create a vote on given options, with ballots drawn by a model of its method."""
    kind = Round.Kind.OPINIONS if row["method"] == Round.Method.OPINION else Round.Kind.VOTE
    plan = services.Plan(kind, moment(row["opens_at"]), moment(row["closes_at"]), method=row["method"])
    texts = {name: row[name] for name in ("kind", "code", "titles", "briefs")}
    contest = services.create_contest(asks_meaning=False, rounds=[plan], published=True, staff=staff, **texts)
    for option in row["options"]:
        services.add_statement(contest, option["texts"], meanings=option.get("meanings"), staff=staff)
    Contest.objects.filter(pk=contest.pk).update(published_at=plan.opens_at)
    round = contest.rounds.select_related("contest__action", "action").get()
    options = list(contest.proposals.order_by("number"))
    make = {"opinion": random_opinions, "pairwise": random_comparisons}.get(row["method"], random_ranking)
    slips = [make(row, round, options, dice) for _voter in range(row["voters"])]
    voters = dice.sample(people, row["voters"])
    channels = read("residents")["channels"]
    columns = [{"level": 1, "channel": draw(dice, channels), "value": tally_value(slip)} for slip in slips]
    write_ballots(round, voters, columns, slips, dice)
    if moment(row["closes_at"]) < timezone.now():
        services.count_round(round, staff=staff)
        contest.rounds.update(**ENDED)
    draw_snapshot(round)


def random_ranking(row: Row, round: Round, options: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's ranking of the options (Plackett-Luce model); some rank only a part."""
    pulls = [option["pull"] - log(-log(dice.random())) for option in row["options"]]
    liked = sorted(range(len(options)), key=pulls.__getitem__, reverse=True)
    some = liked[: dice.choice([1, 2, 3, len(options), len(options)])]
    return [make_choice(round, options[at], rank=rank) for rank, at in enumerate(some, 1)]


def random_comparisons(row: Row, round: Round, options: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's choices between random pairs of options (Bradley-Terry model)."""
    found, pulls = [], [option["pull"] for option in row["options"]]
    every = [(one, other) for one in range(len(options)) for other in range(one + 1, len(options))]
    for one, other in dice.sample(every, dice.randint(5, 18)):
        sure = 1 / (1 + exp(pulls[other] - pulls[one]))
        value = 0 if dice.random() < 0.05 else 1 if dice.random() < sure else -1
        how: dict[str, Any] = {"against": options[other], "value": value, "swapped": dice.random() < 0.5}
        found.append(make_choice(round, options[one], **how))
    return found


def random_opinions(row: Row, round: Round, options: list[Proposal], dice: random.Random) -> Slip:
    """Return one made-up person's opinions on the options, like those of one of three groups, with noise."""
    group = dice.choices(range(len(row["shares"])), row["shares"])[0]
    strays = dice.uniform(0.65, 1.0)
    found = []
    for at in dice.sample(range(len(options)), dice.choice([5, 9, 12, 16, 20, len(options), len(options)])):
        agrees = dice.random() < (1 + row["options"][at]["agrees"][group] * strays) / 2
        found.append(make_choice(round, options[at], value=0 if dice.random() < 0.09 else 1 if agrees else -1))
    return found


def make_choice(round: Round, proposal: Proposal, **fields: Any) -> Choice:
    """Return an unsaved choice in a ballot, about this proposal."""
    return Choice(agency_id=round.agency_id, round=round, proposal=proposal, **fields)


def write_ballots(
    round: Round, voters: list[Identity], columns: list[dict[str, Any]], slips: list[Slip], dice: random.Random
) -> None:
    """Write these people's ballots with their choices, spread over the round, and count them."""
    end = min(round.closes_at or timezone.now(), timezone.now())
    moments = [round.opens_at + (end - round.opens_at) * dice.uniform(0.02, 0.98) for _voter in voters]
    ballots = write_participations(round.action, zip(voters, moments, columns, strict=True))
    for ballot, slip in zip(ballots, slips, strict=True):
        word = token(12)
        for choice in slip:
            choice.ballot, choice.slip = ballot, word
    Choice.objects.bulk_create([choice for slip in slips for choice in slip], batch_size=BATCH)
    add_deltas((ballot, +1) for ballot in ballots)
    drain_deltas()


def load_poll(row: Row, people: list[Identity], staff: Staff, dice: random.Random) -> None:
    """Create the poll, with votes."""
    answers = [answer["texts"] for answer in row["answers"]]
    contest = services.create_poll(answers=answers, staff=staff, **fields(row, "answers"))
    vote_in_bulk(contest, 1, row["answers"], people, dice)


def load_contest(row: Row, people: list[Identity], staff: Staff, dice: random.Random) -> None:
    """Create a contest with proposals and jury, and bring it to its phase."""
    contest = create_contest(row, staff)
    propose(contest, row["proposals"], people, staff, dice)
    if any("was" in plan for plan in row["rounds"]):
        score_proposals(contest, row["proposals"], staff)
        set_dates(contest, row["rounds"])
    vote_in_bulk(contest, row["vote"], row["proposals"], people, dice)
    if "decision" in row:
        decide_contest(contest, row, staff)


def create_contest(row: Row, staff: Staff) -> Contest:
    """Create a contest with its rounds, picture and jury, published in the past, and return it."""
    data, published = read("contests"), moment(row["published_at"])
    texts = {name: row[name] for name in ("kind", "code", "titles", "briefs")}
    contest = services.create_contest(
        rules=data["rules"],
        picture=store_picture(row, f"contest-{row['code']}.png"),
        rounds=[services.Plan(**fields(plan, "was")) for plan in row["rounds"]],
        published=True,
        staff=staff,
        **texts,
    )
    Contest.objects.filter(pk=contest.pk).update(published_at=published, created=published)
    for juror in data["jury"]:
        services.add_juror(contest, juror["name"], titles=juror["titles"], staff=staff)
    return contest


def propose(contest: Contest, rows: list[Row], people: list[Identity], staff: Staff, dice: random.Random) -> None:
    """Propose each text with its duplicates, review those that do not wait, and spread the times."""
    authors = iter(dice.sample(people, len(people)))

    def call(lang: str) -> Call:
        who = next(authors)
        return Call(door=dice.choice(DOORS), lang=lang, identity=who, level=who.assurance)

    for row in rows:
        texts = {name: row.get(name, "") for name in ("text", "meaning", "name")}
        made = services.submit_proposal(contest, call(row.get("language", "he")), **texts)
        if not row.get("waits"):
            services.review(made.proposal, "publish", staff=staff)
    for row in rows:
        for twin in row.get("twins", ()):
            services.submit_proposal(contest, call(row.get("language", "he")), **twin)
    spread_times(contest, dice)


def spread_times(contest: Contest, dice: random.Random) -> None:
    """Spread the creation times of a contest's proposals at random over its first days."""
    begun = contest.rounds.get(position=1).opens_at
    days = min(20.0, (timezone.now() - begun).total_seconds() / 86400)
    rows = list(contest.proposals.order_by("pk"))
    moments = sorted(begun + timedelta(days=dice.uniform(0.1, days)) for _row in rows)
    times = dict(zip((row.pk for row in rows), moments, strict=True))
    for row in rows:
        row.created = times[row.pk]
    Proposal.objects.bulk_update(rows, ["created"])
    credits = list(ProposalCredit.objects.filter(proposal__contest=contest))
    for credit in credits:
        credit.at = times[credit.proposal_id]
    ProposalCredit.objects.bulk_update(credits, ["at"])


def score_proposals(contest: Contest, rows: list[Row], staff: Staff) -> None:
    """Let each juror score each proposal, one juror recuse once, and publish the shortlist."""
    jurors = list(contest.jurors.order_by("id"))
    proposals = list(contest.proposals.filter(state="published").order_by("number"))
    for proposal, row in zip(proposals, rows, strict=True):
        for place, juror in enumerate(jurors):
            if proposal is proposals[-1] and juror is jurors[0]:
                services.declare_conflict(juror, proposal, reason=read("contests")["conflict"])
            else:
                services.score(juror, proposal, 5 - (proposal.number + place) % 3, reason=row["reason"]["he"])
        services.shortlist(proposal, row["reason"], staff=staff)


def set_dates(contest: Contest, plans: list[Row]) -> None:
    """Move the rounds to the dates that are shown, and the jury's scores into its round."""
    for position, plan in enumerate(plans, 1):
        if "was" in plan:
            opens, closes = map(moment, plan["was"])
            Round.objects.filter(contest=contest, position=position).update(opens_at=opens, closes_at=closes)
            if plan["kind"] == Round.Kind.JURY:
                JuryScore.objects.filter(proposal__contest=contest).update(at=opens + timedelta(days=1))


def vote_in_bulk(contest: Contest, position: int, rows: list[Row], people: list[Identity], dice: random.Random) -> None:
    """Cast as many votes for each proposal of a round as its row says."""
    round = contest.rounds.select_related("contest__action", "action").get(position=position)
    standing = {row.number: row for row in Proposal.objects.standing_in(round).order_by("number")}
    wanted = {number: row["votes"] for number, row in enumerate(rows, 1) if number in standing and row.get("votes")}
    chosen: dict[int, list[int]] = {}
    if round.method == Round.Method.ONE:
        order = dice.sample(range(len(people)), min(len(people), sum(wanted.values())))
        tickets = [number for number, votes in wanted.items() for _vote in range(votes)]
        chosen = {person: [number] for person, number in zip(order, tickets, strict=False)}
    else:
        for number, votes in wanted.items():
            for person in dice.sample(range(len(people)), votes):
                chosen.setdefault(person, []).append(number)
    cast(round, standing, {people[person]: numbers for person, numbers in chosen.items()}, dice)


def cast(
    round: Round, standing: Mapping[int, Proposal], chosen: Mapping[Identity, list[int]], dice: random.Random
) -> None:
    """Write the ballots of a round: which person chose which proposals."""
    doors = {"web": 30, **read("residents")["channels"]}
    names = dice.choices(list(doors), list(doors.values()), k=len(chosen))
    columns = [
        {"level": 2 if dice.random() < 0.2 else 1, "channel": door, "value": " ".join(map(str, numbers))}
        for numbers, door in zip(chosen.values(), names, strict=True)
    ]
    slips = [[make_choice(round, standing[number]) for number in numbers] for numbers in chosen.values()]
    write_ballots(round, list(chosen), columns, slips, dice)


def decide_contest(contest: Contest, row: Row, staff: Staff) -> None:
    """Count all rounds of a contest, and publish the decision and what came of it, in the past."""
    for round in contest.rounds.select_related("contest__action", "action"):
        services.count_round(round)
    decision, outcome = row["decision"], row["outcome"]
    chosen = contest.proposals.get(number=decision["proposal"])
    services.decide(contest, chosen, decision["reason"], staff=staff, tell=False)
    services.add_outcome(contest, outcome["texts"], staff=staff)
    contest.rounds.update(**ENDED)
    Decision.objects.filter(contest=contest).update(at=moment(decision["at"]))
    Outcome.objects.filter(contest=contest).update(at=moment(outcome["at"]))
