"""Compute the figures and cards of the home page: what happens in the town now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.cases.dashboard import ON_TIME
from kesher.cases.models import Case
from kesher.contests.models import Contest
from kesher.contests.presenters import contest_card
from kesher.core.db.prepared_query import Prepared
from kesher.core.http.arrival_time import arrived_at
from kesher.petitions.models import Petition
from kesher.purchases.models import Purchase
from kesher.purchases.presenters import purchase_card

DAYS = 7
SECONDS = 60
CARDS = 3
CONTESTS, PURCHASES = 2, 1


@dataclass(frozen=True, slots=True)
class Week:
    """Reports of the last seven days.

    ``opened`` and ``solved`` are counts, ``hours`` is the time to solve; ``due`` is how many ended or passed their
    standard time, and ``in_time`` how many of these were in time.
    """

    opened: int
    solved: int
    due: int
    in_time: int
    hours: float
    per_day: tuple[int, ...]

    @property
    def percent(self) -> int | None:
        """Return how many percent of the reports that were due were solved in time; None where none was due."""
        return round(100 * self.in_time / self.due) if self.due else None

    @property
    def basis(self) -> str:
        """Return the text under the percentage, which says of how many reports it is."""
        words = ngettext("of %(count)d report; our aim is 80%%", "of %(count)d reports; our aim is 80%%", self.due)
        return words % {"count": self.due}

    @property
    def took_text(self) -> str:
        """Return how long solving took in words, in hours or days; "" where nothing was solved."""
        if not self.solved:
            return ""
        if self.hours < 48:
            hours = max(1, round(self.hours))
            return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
        days = round(self.hours / 24)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}

    @property
    def took_basis(self) -> str:
        """Return the text under the time to solve, which says of how many reports it is."""
        return ngettext("of %(count)d report solved", "of %(count)d reports solved", self.solved) % {
            "count": self.solved
        }


def get_week(agency: Agency) -> Week:
    """Return figures about the agency's reports of the last seven days, cached for a minute."""
    found = cache.get(key := f"site.week:{agency.pk}")
    if not isinstance(found, Week):
        found = count_week()
        cache.set(key, found, SECONDS)
    return found


def count_week() -> Week:
    """Return figures about the agency's reports of the last seven days, counted in two queries.

    An overdue report counts once its time is over; one closed without a solution is in no share, as in
    `cases.dashboard.figure_conditions`.
    """
    now = timezone.now()
    since = now - timedelta(days=DAYS)
    reports = Case.objects.filter(kind=Case.Kind.REPORT)
    solved = Q(solved_at__gte=since)
    over = Q(closed_at=None, solved_at=None, done_due__gte=since, done_due__lt=now)
    found = reports.filter(solved | over).aggregate(
        solved=Count("pk", filter=solved),
        due=Count("pk", filter=Q(done_due__isnull=False)),
        in_time=Count("pk", filter=solved & ON_TIME),
        took=Avg(F("solved_at") - F("opened_at"), filter=solved),
    )
    opened = list(reports.filter(opened_at__gte=since).values_list("opened_at", flat=True))
    per_day = [0] * DAYS
    for at in opened:
        per_day[min(DAYS - 1, (now - at).days)] += 1
    took = found["took"].total_seconds() / 3600 if found["took"] else 0.0
    return Week(len(opened), found["solved"], found["due"], found["in_time"], took, tuple(reversed(per_day)))


def open_petitions() -> list[Petition]:
    """Return the open petitions with the most signatures."""
    return query_open_petitions(arrived_at())


@Prepared.of(datetime)
def query_open_petitions(at: datetime) -> QuerySet[Petition]:
    """Return a queryset of the petitions that may be signed at this time, with their counts."""
    shown = ("titles", "language", "threshold", "response", "action__agency", "action__code")
    picture = ("picture__key", "picture__state", "picture__alt")
    rows = Petition.objects.open(at).most_signed().select_related("action", "picture")
    return rows.only(*shown, *picture)[:CARDS]


def now_card(petition: Petition) -> dict[str, Any]:
    """Return what the home page shows of an open petition, as plain values."""
    picture = petition.picture
    return {
        "code": petition.code,
        "url": petition.get_absolute_url(),
        "title": petition.title,
        "lang": petition.shown_language,
        "picture": picture.key if picture is not None and picture.state == "ready" else "",
        "picture_alt": picture.alt if picture is not None else "",
        "response": petition.response,
        "count": petition.count,
        "threshold": petition.threshold,
    }


def other_cards(agency: Agency) -> list[dict[str, Any]]:
    """Return cards of the running contests (with a picture first) and the open purchases, cached for a minute.

    Cached for a minute in each language; the shape is that of components/card.html.
    """
    key = f"site.others:{agency.pk}:{get_language()}"
    cards: list[dict[str, Any]] | None = cache.get(key)
    if cards is None:
        contests = Contest.objects.published().filter(state="published").with_page().prefetch_related("rounds")
        running = [
            row
            for row in contests.order_by("-published_at", "-id")[: 4 * CONTESTS]
            if any(round.is_open for round in row.rounds.all())
        ]
        running.sort(key=lambda row: row.picture is None)
        purchases = Purchase.objects.filter(state="open").newest().with_page()[:PURCHASES]
        cards = [
            *(add_kind(_("Contest"), contest_card(row)) for row in running[:CONTESTS]),
            *(add_kind(_("Group purchase"), purchase_card(row)) for row in purchases),
        ]
        cache.set(key, cards, SECONDS)
    return cards


def add_kind(kind: str, card: dict[str, Any]) -> dict[str, Any]:
    """Return a card's context with this kind, such as "Contest", in its tag."""
    return {**card, "tag": f"{kind} · {card['tag']}"}
