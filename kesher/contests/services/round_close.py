"""Close rounds at their end, once every vote that was sent in time has been stored.

A round closes for new votes at ``closes_at``. It *ends* (``ended_at``) when nothing that was sent before is on its way.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contests.models import Contest, Round
from kesher.core.errors import Refused
from kesher.participation.deadlines import counting_notice, describe_lateness

HOLD = "SELECT id, agency_id, ended_at, counted_at, closes_at FROM contests_round WHERE id = %s"
SHARED = f"{HOLD} FOR KEY SHARE"


def hold_open(round: Round) -> None:
    """Lock a round as open until the transaction ends, so that ending it waits (`wait_for_votes`).

    Raise Refused where the round is over by now, however old the row at hand is.

    Many voters hold a round at once: a shared lock, which the keys of their choices take anyway. SQLite has one writer
    at a time; there it is enough to read the row inside the transaction.
    """
    check_open(round)
    rows = Round.objects.raw(SHARED if connection.vendor == "postgresql" else HOLD, [round.pk])
    for fresh in rows:
        round.ended_at, round.counted_at, round.closes_at = fresh.ended_at, fresh.counted_at, fresh.closes_at
    check_open(round)


def check_open(round: Round) -> None:
    """Raise Refused where the round is closed for votes now."""
    if not round.allows("vote"):
        raise Refused(_("This vote is not open now.") + too_late(round), code="closed")


def too_late(round: Round | None) -> str:
    """Return a sentence on when the round closed and when the message came; "" if it came in time."""
    if round is None:
        return ""
    words = describe_lateness(round.closes_at, round.agency.timezone)
    return f"{words} {counting_notice()}" if words and round.is_counting else words


def late_for(contest: Contest, verb: str) -> str:
    """Return the sentence of `too_late` about the contest's last closed round with this verb."""
    rounds = contest.rounds.select_related("contest", "agency").filter(closes_at__lte=timezone.now())
    return too_late(next((row for row in rounds.order_by("-closes_at") if verb in row.verbs), None))


def close_round(round: Round) -> bool:
    """Close a round for new votes; return False where it was closed or ended already.

    What was sent before is still counted, and then the round ends. A round that has not begun ends at once.
    """
    row = Round.objects.select_for_update(no_key=True).get(pk=round.pk)
    now = timezone.now()
    if row.opens_at >= now:
        return bool(end_rounds(Round.objects.filter(pk=row.pk)))
    if row.ended_at is not None or row.counted_at is not None or (row.closes_at is not None and row.closes_at <= now):
        return False
    row.closes_at = now
    row.save(update_fields=["closes_at"])
    return True


def end_rounds(rounds: QuerySet[Round]) -> list[Round]:
    """Set the end of these rounds; return those that were not ended before.

    From the end of this transaction, which the caller opens, no voter holds them any more. It waits for no voter, so a
    crowd cannot delay it.
    """
    ended = []
    for round in rounds.select_for_update(no_key=True).order_by("pk"):
        if round.ended_at is None and round.counted_at is None:
            round.ended_at = timezone.now()
            if round.opens_at < round.ended_at and (round.closes_at is None or round.closes_at > round.ended_at):
                round.closes_at = round.ended_at
            round.save(update_fields=["ended_at", "closes_at"])
            ended.append(round)
    return ended


@transaction.atomic
def wait_for_votes(round: Round) -> None:
    """Block until every transaction that holds this round open has ended."""
    list(Round.objects.select_for_update().filter(pk=round.pk).values_list("pk"))
