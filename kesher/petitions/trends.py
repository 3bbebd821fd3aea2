"""Compute a petition's growth by day, and which petitions rise now, from hourly counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kesher.core.ui.charts import Row, columns, sparkline
from kesher.participation.models import Action, Pulse
from kesher.participation.services import busiest_actions
from kesher.petitions.models import Petition

HOURS, DAYS = 24, 14
SHOWN = 3
LEAST = 5  # signatures in a day, below which it does not rise
KEPT_SECONDS = 60
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rising:
    """An open petition, how many signed it in the last day, and in each of its hours, oldest first."""

    petition: Petition
    signed: int
    hours: tuple[int, ...]

    @property
    def line(self) -> SafeString:
        """Return the SVG curve of signatures in each of the last 24 hours."""
        return sparkline(self.hours, _("Signatures in each of the last 24 hours"))


def list_rising(shown: int = SHOWN) -> list[Rising]:
    """Return the open petitions that most people signed in the last 24 hours. Three queries."""
    best = [(pk, n) for pk, n in busiest_actions("petition", hours=HOURS, most=shown * 3) if n >= LEAST]
    open_ones = Petition.objects.open().with_counts().with_page().filter(action__in=dict(best))
    found = {row.action_id: row for row in open_ones} if best else {}
    kept = [(pk, n) for pk, n in best if pk in found][:shown]
    first = this_hour() - (HOURS - 1) * HOUR
    hours = signatures_by_hour([pk for pk, _n in kept], first)
    steps = [first + index * HOUR for index in range(HOURS)]
    return [Rising(found[pk], n, tuple(hours[pk, step] for step in steps)) for pk, n in kept]


def this_hour() -> datetime:
    """Return the time at which the current hour began."""
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def signatures_by_hour(actions: list[int], since: datetime) -> Counter[tuple[int, datetime]]:
    """Return {(action id, hour): signatures} since this time. One query; none for no action."""
    found: Counter[tuple[int, datetime]] = Counter()
    if actions:
        rows = Pulse.objects.filter(action__in=actions, dimension="minute", start__gte=since)
        for pk, start, counts in rows.values_list("action_id", "start", "counts"):
            found[pk, start] += sum(counts.values())
    return found


def signatures_by_day(action: Action, until: datetime | None = None) -> list[Row]:
    """Return (day, signatures) of each of the last days, oldest first. Cached for a minute.

    It begins with the first day on which somebody signed and ends with the day of ``until``, else today.
    """
    key = f"petitions:days:{action.pk}"
    counts: dict[str, int] | None = cache.get(key)
    end = min(until or timezone.now(), timezone.now())
    today = timezone.localtime(end).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    if counts is None:
        by_day: Counter[str] = Counter()
        for (_pk, start), n in signatures_by_hour([action.pk], end - timedelta(days=DAYS)).items():
            by_day[timezone.localtime(start).date().isoformat()] += n
        counts = dict(by_day)
        cache.set(key, counts, KEPT_SECONDS)
    first = next((index for index, day in enumerate(days) if counts.get(day.isoformat())), DAYS)
    return [(f"{day.day}.{day.month}", counts.get(day.isoformat(), 0)) for day in days[first:]]


def render_growth(action: Action, until: datetime | None = None) -> SafeString:
    """Return the HTML column chart of signatures in the last days; "" for less than three days."""
    rows = signatures_by_day(action, until)
    return columns(rows, _("Signatures a day")) if len(rows) > 2 else SafeString("")
