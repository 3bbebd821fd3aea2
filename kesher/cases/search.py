"""Search of the staff's pages: people by name and address, cases by number, messages by text.

Text is found by a plain LIKE over the newest messages first; if that becomes slow, an index of search keys
(`kesher.language.search_keys`) is the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kesher.agencies.models import Staff
from kesher.cases.channel_presenter import ChannelBadge, channel_badge
from kesher.cases.inbox import Row, make_row
from kesher.cases.models import Case
from kesher.cases.services import find_case_by_number
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Message
from kesher.language import digits

PEOPLE, HITS = 15, 50
SHORTEST = 2
BEFORE, AFTER = 30, 90


@dataclass(frozen=True, slots=True)
class Hit:
    """A message with the text, and what stands around it."""

    message_id: int
    key: str
    name: str
    before: str
    found: str
    after: str
    mark: ChannelBadge
    at: datetime
    public: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The results of a search."""

    words: str
    case: Case | None
    people: tuple[Row, ...]
    hits: tuple[Hit, ...]
    full: bool

    @property
    def nothing(self) -> bool:
        """Return whether the search found nothing."""
        return not (self.case or self.people or self.hits)


def search(words: str, staff: Staff) -> SearchResult:
    """Return what a text is found in: the case of that number, people and messages; nothing for under two letters."""
    words = " ".join(words.split())[:100]
    if len(words) < SHORTEST:
        return SearchResult(words, None, (), (), full=False)
    hits = find_messages(words)
    case = find_case_by_number(digits(words).lstrip("#"))
    return SearchResult(words, case, find_people(words, staff), hits, full=len(hits) == HITS)


def find_people(words: str, staff: Staff) -> tuple[Row, ...]:
    """Return people by name or part of an address as inbox rows, each once, as their root contact."""
    named = Contact.objects.filter(spelling_condition("name", words))
    of_address = Identity.objects.filter(address_condition(words)).values("contact")[:PEOPLE]
    found = [*named.order_by("name", "pk")[:PEOPLE], *Contact.objects.filter(pk__in=read_ids(of_address))]
    roots = {root.pk: root for root in (contact.root() for contact in found)}
    full = Contact.objects.filter(pk__in=roots).select_related("conversation__assignee").order_by("name", "pk")[:PEOPLE]
    return tuple(make_row(getattr(contact, "conversation", None), contact, (), staff) for contact in full)


def read_ids(rows: object) -> list[int]:
    """Return the ids of a query as a list, because not every database supports a limit inside IN."""
    return [row["contact"] for row in rows]  # type: ignore[attr-defined]


def address_condition(words: str) -> Q:
    """Return the query condition for identities whose phone number, e-mail or channel name matches."""
    number = "".join(letter for letter in digits(words) if letter.isdecimal())
    if len(number) >= 4 and len(number) >= len(words) - 6:
        return Q(scheme__in=["tel", "wa", "call"], address__contains=number.removeprefix("0").removeprefix("972"))
    if len(words) < 3:
        return Q(pk__in=[])
    return Q(address__icontains=words) | Q(display__icontains=words)


def spelling_condition(field: str, words: str) -> Q:
    """Return the condition that a column contains a text in any case (SQLite ignores it for Latin letters only)."""
    wanted = {words, words.lower(), words.capitalize(), words.title()}
    found = Q()
    for spelling in sorted(wanted):
        found |= Q(**{f"{field}__icontains": spelling})
    return found


def find_messages(words: str) -> tuple[Hit, ...]:
    """Return the newest messages whose text contains these words, as search hits."""
    rows = Message.objects.filter(
        spelling_condition("text", words), direction__in=["in", "out", "note"], deleted_at=None
    )
    rows = rows.select_related("conversation__contact__merged_into").order_by("-id")[:HITS]
    return tuple(make_hit(row, words) for row in rows)


def make_hit(message: Message, words: str) -> Hit:
    """Return a message as a search hit, with the part of its text around the words."""
    contact = message.conversation.contact.root()
    start = max(message.text.lower().find(words.lower()), 0)
    end = start + len(words)
    cut = max(0, start - BEFORE)
    return Hit(
        message.pk,
        contact.key,
        contact.shown_name,
        ("…" if cut else "") + message.text[cut:start],
        message.text[start:end],
        message.text[end : end + AFTER],
        channel_badge(message.channel),
        message.received,
        message.public,
    )
