"""The desk's search: people by name and address, cases by number, messages by text. Every part is bounded.

Text is found by a plain LIKE over the newest messages first; if that becomes slow, an index of search keys
(`kesher.language.search_keys`) is the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kesher.agencies.models import Staff
from kesher.cases.channel_badges import Mark, mark
from kesher.cases.inbox import Row, row_of
from kesher.cases.models import Case
from kesher.cases.services import by_number
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
    mark: Mark
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
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


def search(words: str, staff: Staff) -> Found:
    """Search everywhere. Fewer than two letters find nothing, since they would find everything."""
    words = " ".join(words.split())[:100]
    if len(words) < SHORTEST:
        return Found(words, None, (), (), full=False)
    hits = messages_with(words)
    case = by_number(digits(words).lstrip("#"))
    return Found(words, case, people_like(words, staff), hits, full=len(hits) == HITS)


def people_like(words: str, staff: Staff) -> tuple[Row, ...]:
    """Return people by name or part of an address, each once, as their root contact."""
    named = Contact.objects.filter(spellings("name", words))
    of_address = Identity.objects.filter(address_like(words)).values("contact")[:PEOPLE]
    found = [*named.order_by("name", "pk")[:PEOPLE], *Contact.objects.filter(pk__in=list_of(of_address))]
    roots = {root.pk: root for root in (contact.root() for contact in found)}
    full = Contact.objects.filter(pk__in=roots).select_related("conversation__assignee").order_by("name", "pk")[:PEOPLE]
    return tuple(row_of(getattr(contact, "conversation", None), contact, (), staff) for contact in full)


def list_of(rows: object) -> list[int]:
    """Return ids, read first, because not every database supports a limit inside IN."""
    return [row["contact"] for row in rows]  # type: ignore[attr-defined]


def address_like(words: str) -> Q:
    """Return the condition for a phone number in any spelling, or part of an e-mail address or channel name."""
    number = "".join(letter for letter in digits(words) if letter.isdecimal())
    if len(number) >= 4 and len(number) >= len(words) - 6:
        return Q(scheme__in=["tel", "wa"], address__contains=number.removeprefix("0").removeprefix("972"))
    if len(words) < 3:
        return Q(pk__in=[])
    return Q(address__icontains=words) | Q(display__icontains=words)


def spellings(field: str, words: str) -> Q:
    """Return the condition for a text in three spellings: SQLite's LIKE ignores case for Latin letters only."""
    wanted = {words, words.lower(), words.capitalize(), words.title()}
    found = Q()
    for spelling in sorted(wanted):
        found |= Q(**{f"{field}__icontains": spelling})
    return found


def messages_with(words: str) -> tuple[Hit, ...]:
    """Return the newest messages that contain a text."""
    rows = Message.objects.filter(spellings("text", words), direction__in=["in", "out", "note"], deleted_at=None)
    rows = rows.select_related("conversation__contact__merged_into").order_by("-id")[:HITS]
    return tuple(hit_of(row, words) for row in rows)


def hit_of(message: Message, words: str) -> Hit:
    """Return a message as a hit."""
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
        mark(message.channel),
        message.received,
    )
