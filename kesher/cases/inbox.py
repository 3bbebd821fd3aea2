"""List the people in the staff's inbox, one row each, without reading their messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kesher.agencies.models import Staff
from kesher.cases.channel_presenter import ChannelBadge, channel_badge
from kesher.cases.models import Case, Draft
from kesher.cases.presenters import present_danger
from kesher.contacts.models import Contact
from kesher.conversations.models import CALM, Conversation
from kesher.core.db.ids import is_number
from kesher.core.ui.form_fields import YEARS

TABS = ("waiting", "mine", "all")
PAGE = 25
COUNTED = 100
DANGER = "!"  # marks a cursor among people in danger


@dataclass(frozen=True, slots=True)
class Row:
    """One person in the list. ``wait`` is "" (not waiting), "wait", or "bad": longer than the standard time."""

    key: str
    name: str
    lang: str
    text: str
    mark: ChannelBadge
    at: datetime | None
    wait: str = ""
    numbers: tuple[int, ...] = ()
    holder: str = ""
    mine: bool = False
    blocked: bool = False
    danger: str = ""  # which danger to life they wrote of, or may have written of, and nobody has answered
    tier: str = ""  # "sure" or "possible"
    draft: bool = False  # the reader has a draft here
    public: bool = False  # everybody can read the last message


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a tab. ``after`` is the query string of the next page, "" if this is the last."""

    tab: str
    rows: tuple[Row, ...]
    after: str
    paged: bool
    waiting: str

    @property
    def is_waiting(self) -> bool:
        """Return whether this is the tab of people who wait."""
        return self.tab == "waiting"

    @property
    def is_mine(self) -> bool:
        """Return whether this is the tab of the clerk's own conversations."""
        return self.tab == "mine"

    @property
    def is_all(self) -> bool:
        """Return whether this is the tab of all conversations."""
        return self.tab == "all"


def make_listing(staff: Staff, tab: str, after: str = "") -> Listing:
    """Return one page of a tab's conversations, from the cursor ``after``: two queries and one bounded count."""
    tab = tab if tab in TABS else "waiting"
    point = parse_cursor(after)
    found = list(tab_query(staff, tab, point)[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    whole = tab == "waiting" and point is None and not more
    last = found[-1] if found else None
    return Listing(
        tab=tab,
        rows=make_rows(found, staff),
        after=urlencode({"tab": tab, "after": format_cursor(tab, last)}) if more and last else "",
        paged=point is not None,
        waiting=count_text(len(found)) if whole else waiting_count(),
    )


def tab_query(staff: Staff, tab: str, point: tuple[datetime, int, bool] | None) -> Any:
    """Return the query for a tab's conversations that come after the cursor ``point``."""
    begun = Exists(Draft.objects.filter(conversation=OuterRef("pk"), staff=staff))
    base = Conversation.objects.filter(hidden=False).select_related("contact", "assignee").annotate(begun=begun)
    if tab == "waiting":
        found = base.waiting()
        if point:
            since, pk, in_danger = point
            later = Q(waiting_since__gt=since) | Q(waiting_since=since, id__gt=pk)
            found = found.filter(CALM | later if in_danger else CALM & later)
        return found
    found = (base.filter(assignee=staff) if tab == "mine" else base).recent()
    if point:
        found = found.filter(Q(last_at__lt=point[0]) | Q(id__lt=point[1]), last_at__lte=point[0])
    return found


def waiting_count() -> str:
    """Return how many people wait for a clerk, as text, with "+" behind the largest number that is counted."""
    return count_text(Conversation.objects.waiting()[:COUNTED].count())


def count_text(count: int) -> str:
    """Return a count as text for a badge; "" for 0."""
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count) if count else ""


def parse_cursor(text: str) -> tuple[datetime, int, bool] | None:
    """Return (time, id, whether in danger) from a cursor's text; None if it is empty or invalid."""
    at, _separator, number = text.removesuffix(DANGER).rpartition("_")
    try:
        moment = parse_datetime(at)
    except ValueError:
        return None
    if not moment or not timezone.is_aware(moment) or moment.year not in YEARS or not is_number(number):
        return None
    return moment, int(number), text.endswith(DANGER)


def format_cursor(tab: str, row: Conversation) -> str:
    """Return the cursor text with which the list's next page begins after this conversation."""
    at = row.waiting_since if tab == "waiting" else row.last_at
    return f"{at.isoformat()}_{row.pk}{DANGER if tab == 'waiting' and row.in_danger else ''}" if at else ""


def make_rows(found: Sequence[Conversation], staff: Staff) -> tuple[Row, ...]:
    """Return conversations as rows of the inbox, each with the numbers of its open cases. One query."""
    cases = open_cases(found)
    return tuple(make_row(item, item.contact, cases.get(item.contact_id, []), staff) for item in found)


def make_row(item: Conversation | None, contact: Contact, cases: Iterable[Case], staff: Staff) -> Row:
    """Return one contact as a row of the inbox; ``item`` is None for a contact without messages."""
    cases = list(cases)
    waiting = item.waiting_since if item else None
    holder = item.assignee if item else None
    danger, tier = present_danger(item)
    return Row(
        key=contact.key,
        name=contact.shown_name,
        lang=contact.language,
        text=row_text(item, cases) if item else "",
        mark=channel_badge(item.last_channel if item else ""),
        at=waiting or (item.last_at if item else None),
        wait=wait_state(cases) if waiting else "",
        numbers=tuple(case.number for case in cases),
        holder=holder.name if holder else "",
        mine=holder is not None and holder.pk == staff.pk,
        blocked=contact.status == Contact.Status.BLOCKED,
        danger=danger,
        tier=tier,
        draft=getattr(item, "begun", False),
        public=item is not None and item.last_public,
    )


def row_text(item: Conversation, cases: Iterable[Case]) -> str:
    """Return a row's text: the last message, or the open case's title if they wait although we wrote last.

    Whoever filled a form in wrote no message; we only sent a code and a receipt.
    """
    answered = item.last_out_at and (item.last_in_at is None or item.last_out_at >= item.last_in_at)
    titled = [case for case in cases if case.title]
    asked = next((case.title for case in titled if case.waiting_since), titled[0].title if titled else "")
    return asked if item.waiting_since and answered and asked else item.last_text


def wait_state(cases: Iterable[Case]) -> str:
    """Return "bad" if a case in which the person waits is past its due time, else "wait"."""
    now = timezone.now()
    late = any(case.waiting_since and case.answer_due and case.answer_due < now for case in cases)
    return "bad" if late else "wait"


def open_cases(found: Sequence[Conversation]) -> dict[int, list[Case]]:
    """Return {contact id: open cases}, with the cases of contacts merged into each."""
    contacts = [item.contact_id for item in found]
    absorbed = Conversation.objects.filter(contact__merged_into__in=contacts).values("pk")
    theirs = Q(conversation__in=[item.pk for item in found]) | Q(conversation__in=absorbed)
    cases = Case.objects.filter(theirs, closed_at=None).select_related("conversation__contact").order_by("-id")
    by_contact: dict[int, list[Case]] = defaultdict(list)
    for case in cases if contacts else ():
        contact = case.conversation.contact
        by_contact[contact.merged_into_id or contact.pk].append(case)
    return by_contact
