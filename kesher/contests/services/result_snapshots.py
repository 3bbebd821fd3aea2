"""Compute the results of slow counts in the worker, and store them for the pages."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from kesher.contests.counting.opinion_map import draw_opinion_map
from kesher.contests.counting.round_count import counted_choices, counted_votes, result_of
from kesher.contests.models import Round, Snapshot
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.live.live_events import publish

Method = Round.Method
DRAWN = (Method.PAIRWISE, Method.IRV, Method.SCHULZE, Method.OPINION)
AT_ONCE = 200


def draw_snapshots() -> int:
    """Update the stored standings of every round whose ballots changed; return how many.

    A round with hidden results is drawn when it is counted, and never before.
    """
    with everywhere("rounds to draw"):
        rows = list(rounds_to_draw()[:AT_ONCE])
    drawn = 0
    for round in rows:
        with scope(round.agency_id):
            drawn += draw_snapshot(round)
    return drawn


def rounds_to_draw() -> QuerySet[Round]:
    """Return the rounds whose stored standings may be stale, the oldest first."""
    shown = Q(results_hidden=False) | Q(counted_at__isnull=False)
    rows = Round.objects.filter(shown, method__in=DRAWN, opens_at__lte=timezone.now())
    rows = rows.filter(contest__state__in=["published", "finished"]).exclude(snapshot__final=True)
    return rows.select_related("contest", "snapshot").order_by(F("snapshot__at").asc(nulls_first=True), "id")


def draw_snapshot(round: Round) -> bool:
    """Update a round's stored standings if its ballots changed or it was counted; return whether it did.

    Computing may take seconds, so no transaction is open meanwhile.
    """
    before = Snapshot.objects.filter(round=round).first()
    mark, final = ballots_fingerprint(round), round.counted_at is not None
    if before is not None and before.mark == mark and before.final == final:
        return False
    cast = counted_votes(round) if round.method == Method.OPINION or not final else []
    data = round.result if final else result_of(round, cast)
    if round.method == Method.OPINION:
        data = {**data, "map": draw_opinion_map(round, cast)}
    return store_snapshot(round, mark, final, data)


@transaction.atomic
def store_snapshot(round: Round, mark: str, final: bool, data: dict[str, Any]) -> bool:
    """Store a round's standings, unless results were hidden or counted meanwhile; return whether it did."""
    if not rounds_to_draw().filter(pk=round.pk, counted_at__isnull=not final).exists():
        return False
    Snapshot.objects.update_or_create(round=round, defaults={"mark": mark, "final": final, "data": data})
    audit("contests.draw", by=SYSTEM, subject=round, ballots=data.get("ballots"))
    publish(round.action.stream)
    return True


def ballots_fingerprint(round: Round) -> str:
    """Return a text that changes whenever the round's counted ballots, answers or statements do."""
    said = counted_choices(round).aggregate(
        n=Count("id"), last=Max("id"), sum=Sum(F("value") * (F("proposal_id") % 9973)), ranks=Sum("rank")
    )
    stands = round.contest.proposals.filter(state="published").aggregate(n=Count("id"), last=Max("id"))
    numbers = [*said.values(), *stands.values()]
    return "-".join(str(number or 0) for number in numbers)
