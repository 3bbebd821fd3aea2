"""Build the manager's figures: open cases, waiting people, answers, and the part answered in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kesher.cases.case_presenter import state_label
from kesher.cases.channel_presenter import channel_badge
from kesher.cases.models import Case, Topic
from kesher.conversations.models import Conversation
from kesher.core.output.spreadsheets import csv_line
from kesher.core.ui import charts

PERIODS = (7, 30, 90, 365)
DAILY = 30  # a longer period is drawn by weeks, so that the columns can be told apart
BARS = 10
GOOD, FAIR = 80, 60
EXPORTED = 50_000

# A case closed without an answer was not done: no share counts it, unless its time was over before.
WORDLESS = Q(solved_at=None, answered_at=None, closed_at__isnull=False)
ENDED = Q(solved_at__isnull=False) | Q(closed_at__isnull=False, answered_at__isnull=False)
ON_TIME = Q(solved_at__lte=F("done_due")) | Q(solved_at=None, answered_at__isnull=False, closed_at__lte=F("done_due"))
ANSWERED_ON_TIME = Q(answered_at__lte=F("answer_due"))


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: ``due`` cases that were done or overdue, ``good`` of them in time."""

    good: int
    due: int

    @property
    def percent(self) -> int | None:
        """Return which part was in time, in percent; None if nothing was due."""
        return round(100 * self.good / self.due) if self.due else None


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one topic or one channel in the period."""

    title: str
    opened: int
    open: int
    answered: int
    share: Share


def parse_period(text: str) -> int:
    """Return the period in days that a query string names; the shortest one for any other text."""
    return next((days for days in PERIODS if str(days) == text), PERIODS[0])


def period_start(days: int) -> datetime:
    """Return the start of the first day of a period of ``days`` days that ends today."""
    first = timezone.localdate() - timedelta(days=days - 1)
    return timezone.make_aware(datetime.combine(first, time.min))


def period_caption(days: int) -> str:
    """Return the first and last day of the period and the present time as text, for printouts."""
    now = timezone.localtime()
    return _("%(first)s – %(last)s, as of %(moment)s") % {
        "first": date_format(period_start(days), "SHORT_DATE_FORMAT"),
        "last": date_format(now, "SHORT_DATE_FORMAT"),
        "moment": date_format(now, "SHORT_DATETIME_FORMAT"),
    }


def cases_opened_in(days: int) -> QuerySet[Case]:
    """Return the query for cases opened in the last ``days`` days."""
    return Case.objects.filter(opened_at__gte=period_start(days))


def figure_conditions() -> dict[str, Q]:
    """Return {figure's name: condition on cases}; a case is late as soon as its time is over, not when done."""
    now = timezone.now()
    return {
        "opened": Q(),
        "open": Q(closed_at=None),
        "answered": Q(answered_at__isnull=False),
        "due": ENDED | Q(closed_at=None, done_due__lt=now) | (WORDLESS & Q(closed_at__gt=F("done_due"))),
        "good": ON_TIME,
        "answer_due_count": Q(answered_at__isnull=False) | Q(answer_due__lt=now),
        "answer_good": ANSWERED_ON_TIME,
    }


def figure_counts() -> dict[str, Count]:
    """Return {figure's name: SQL count}, to aggregate cases by `figure_conditions`."""
    return {name: Count("pk", filter=condition) for name, condition in figure_conditions().items()}


def dashboard_context(days: int) -> dict[str, Any]:
    """Return the template context of the manager's dashboard for a period, in seven queries."""
    whole = cases_opened_in(days).aggregate(**figure_counts())
    now = Case.objects.filter(closed_at=None).aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(done_due__lt=timezone.now())),
    )
    now["waiting"] = Conversation.objects.waiting().count()  # people, as in the bar and the list
    topics, channels, per_day = by_topic(days), by_channel(days), by_day(days)
    return {
        "days": days,
        "periods": PERIODS,
        "as_of": period_caption(days),
        "now": now,
        "whole": whole,
        "opened_note": _("of %(count)d opened") % {"count": whole["opened"]},
        **share_context("done", Share(whole["good"], whole["due"])),
        **share_context("answer", Share(whole["answer_good"], whole["answer_due_count"])),
        "topics": topics,
        "channels": channels,
        "table_head": [_("Name"), _("Were opened"), _("Still open"), _("Were answered"), _("In time")],
        "topic_rows": [table_row(item) for item in topics],
        "channel_rows": [table_row(item) for item in channels],
        "spark": charts.sparkline([count for _day, count in per_day], _("Requests opened, day by day")),
        "day_chart": day_chart(per_day) if days <= DAILY else week_chart(per_day),
        "topic_chart": bar_chart(topics, _("Requests by topic")),
        "channel_chart": bar_chart(channels, _("Requests by channel")),
    }


def share_context(name: str, share: Share) -> dict[str, Any]:
    """Return the template variables of one percentage, under ``name``; a dash if nothing was due yet."""
    known = share.percent is not None
    return {f"{name}_percent": share.percent if known else "–", f"{name}_unit": "%" if known else ""}


def table_row(item: Line) -> list[Any]:
    """Return one line of figures as the cells of a table row."""
    numbers = [{"text": value, "number": True} for value in (item.opened, item.open, item.answered)]
    percent = item.share.percent
    good = "" if percent is None else "good" if percent >= GOOD else "wait" if percent >= FAIR else "bad"
    return [item.title, *numbers, {"text": f"{percent}%", "badge": good} if percent is not None else "–"]


def group_figures(days: int, field: str) -> list[dict[str, Any]]:
    """Return the figures of the period's cases for each value of this column, the largest group first."""
    rows = [dict(row) for row in cases_opened_in(days).values(field).annotate(**figure_counts())]
    return sorted(rows, key=lambda row: -row["opened"])


def by_topic(days: int) -> list[Line]:
    """Return the figures of each topic, the largest first, with one line for cases without a topic."""
    names = {topic.pk: topic.name for topic in Topic.objects.all()}
    return [make_line(names.get(row["topic_id"]) or _("No topic yet"), row) for row in group_figures(days, "topic_id")]


def by_channel(days: int) -> list[Line]:
    """Return the figures of each channel; two channels of one public name (two SMS gateways) are one line."""
    merged: dict[str, Counter[str]] = defaultdict(Counter)
    for row in group_figures(days, "channel"):
        title = channel_badge(row.pop("channel")).title or _("Not known")
        merged[title].update(row)
    return [make_line(title, row) for title, row in sorted(merged.items(), key=lambda item: -item[1]["opened"])]


def make_line(title: str, row: Mapping[str, Any]) -> Line:
    """Return one row of query results as a titled line of figures."""
    return Line(title, row["opened"], row["open"], row["answered"], Share(row["good"], row["due"]))


def by_day(days: int) -> list[tuple[date, int]]:
    """Return (day, number of cases opened) for each day of the period."""
    rows = cases_opened_in(days).annotate(day=TruncDate("opened_at")).values("day").annotate(count=Count("pk"))
    known = {row["day"]: row["count"] for row in rows}
    first = period_start(days).date()
    dates = [first + timedelta(days=number) for number in range(days)]
    return [(day, known.get(day, 0)) for day in dates]


def by_week(per_day: list[tuple[date, int]]) -> list[tuple[date, int]]:
    """Return (first day, number of cases opened) for each week, the last of which ends today.

    The days that are left over form the first column if they are most of a week, and else join the first week, since
    one day alone would look like a bad week.
    """
    odd = len(per_day) % 7
    cuts = [0, *range(odd if odd > 3 else odd + 7, len(per_day), 7), len(per_day)]
    return [(per_day[a][0], sum(count for _day, count in per_day[a:b])) for a, b in pairwise(cuts)]


def day_chart(per_day: list[tuple[date, int]]) -> SafeString:
    """Return an SVG chart of the number of cases opened each day."""
    rows = [(date_format(day, "D j.n"), count) for day, count in per_day]
    words = _("The busiest day was %(day)s, with %(count)d")
    return charts.columns(rows, _("Requests opened, day by day"), note=describe_busiest(rows, words))


def week_chart(per_day: list[tuple[date, int]]) -> SafeString:
    """Return an SVG chart of the number of cases opened each week."""
    rows = [(date_format(day, "SHORT_DATE_FORMAT"), count) for day, count in by_week(per_day)]
    words = _("The busiest week began on %(day)s, with %(count)d")
    return charts.columns(rows, _("Requests opened, week by week"), note=describe_busiest(rows, words))


def describe_busiest(rows: list[tuple[str, int]], words: str) -> str:
    """Return a sentence that names a chart's highest column; "" if all columns are empty."""
    day, count = max(rows, key=lambda row: row[1])
    return words % {"day": day, "count": count} if count else ""


def bar_chart(lines: list[Line], title: str) -> SafeString:
    """Return an SVG bar chart of the lines with the most opened cases."""
    return charts.bars([(item.title, item.opened) for item in lines[:BARS]], title)


def export(days: int) -> Iterator[str]:
    """Yield the period's cases as lines of CSV, without personal data: number, times, topic, channel, state."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # the byte order mark, so that spreadsheets read Hebrew
    head = [
        _("Number"),
        _("Opened"),
        _("Channel"),
        _("Topic"),
        _("State"),
        _("First answer"),
        _("Solved"),
        _("Due"),
        _("In time"),
    ]
    yield csv_line(head)
    rows = cases_opened_in(days)
    for case in rows.select_related("topic").order_by("-opened_at")[:EXPORTED].iterator(500):
        yield csv_line(csv_cells(case))
    if (count := rows.count()) > EXPORTED:
        yield csv_line([_("These are the newest %(shown)d of %(count)d.") % {"shown": EXPORTED, "count": count}])


def csv_cells(case: Case) -> list[Any]:
    """Return one case as the cells of a CSV line, without personal data."""
    end = case.solved_at or case.closed_at
    times = [format_moment(value) for value in (case.answered_at, end, case.done_due)]
    topic = case.topic.name if case.topic else ""
    return [
        case.number,
        format_moment(case.opened_at),
        channel_badge(case.channel).title,
        topic,
        state_label(case.state),
        *times,
        in_time(case),
    ]


def in_time(case: Case) -> str:
    """Return "Yes" or "No" (translated) for whether a case was done in time; "" where that cannot be said yet.

    "" while its time is not over, and if it was closed before that without an answer.
    """
    due, end = case.done_due, case.solved_at or case.closed_at
    if due is None or (end is None and due >= timezone.now()):
        return ""
    if end is None or end > due:
        return _("No")
    return _("Yes") if case.solved_at or case.answered_at else ""


def format_moment(value: datetime | None) -> str:
    """Return a time in local time for the CSV file; "" for None."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""
