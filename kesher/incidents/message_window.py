"""Read what people wrote in their own words in the last half hour, from which clusters are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max

from kesher.cases.models import Case
from kesher.channels.base import Kind
from kesher.contacts.models import Contact
from kesher.conversations.contact_language import YES_AND_NO
from kesher.conversations.models import Message
from kesher.core.db.agency_scope import everywhere
from kesher.dialogues.answer_matching import find_global_word, find_language, find_pickup_code
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.small_talk import is_small_talk
from kesher.incidents.clusters import Written
from kesher.language import digits, names_danger, normalise

WINDOW: Final = timedelta(minutes=30)
MOST: Final = 3_000  # messages of one agency, the newest
SPAN: Final = 20_000  # of the newest messages of all, in and out, that are looked at: a range of the primary key
LETTERS_LEAST: Final = 3
MACHINES: Final = (Kind.AUTO_REPLY, Kind.STARTED)  # written by a machine, or by the link that was followed


@dataclass(frozen=True, slots=True)
class Heard:
    """What one person wrote: a message, or a case that was opened with their words.

    ``contact``: whose address it came from; ``written``: the same for the search, under an id that tells which it is.
    """

    written: Written
    contact: int
    message: int | None = None
    case: int | None = None


def read_window(now: datetime) -> dict[int, list[Heard]]:
    """Return {agency id: what was written to it within the window, oldest first}; three queries for all agencies."""
    since = now - WINDOW
    found: dict[int, list[Heard]] = {}
    with everywhere("what people wrote in the last half hour"):
        for agency, heard in (*iterate_messages(since), *iterate_cases(since)):
            rows = found.setdefault(agency, [])
            if len(rows) < MOST:
                rows.append(heard)
    return {agency: sorted(rows, key=lambda heard: heard.written.at) for agency, rows in found.items()}


def iterate_messages(since: datetime) -> Iterator[tuple[int, Heard]]:
    """Yield (agency id, what was written) for each message in a person's own words since then, newest first."""
    top = Message.objects.aggregate(top=Max("pk"))["top"] or 0
    rows = Message.objects.filter(pk__gt=top - SPAN, direction=Message.Direction.IN, received__gte=since)
    rows = rows.exclude(text="").exclude(conversation__contact__status=Contact.Status.BLOCKED).order_by("-pk")
    columns = ("pk", "agency_id", "text", "lang", "received", "content", "conversation__contact_id")
    people = ("identity__contact_id", "identity__contact__merged_into_id", "conversation__contact__merged_into_id")
    for pk, agency, text, lang, at, content, owner, sender, sender_in, owner_in in rows.values_list(*columns, *people):
        if is_own_words(text, content):
            person = sender_in or sender or owner_in or owner
            yield agency, Heard(Written(pk, person, text, lang, at), sender or owner, message=pk)


def iterate_cases(since: datetime) -> Iterator[tuple[int, Heard]]:
    """Yield (agency id, what was written) for each case opened since then, by its title: reports on a page, too."""
    rows = Case.objects.filter(opened_at__gte=since).exclude(title="")
    rows = rows.exclude(conversation__contact__status=Contact.Status.BLOCKED).order_by("-opened_at")
    columns = ("pk", "agency_id", "title", "language", "opened_at", "conversation__contact_id")
    for pk, agency, title, lang, at, owner, root in rows.values_list(*columns, "conversation__contact__merged_into_id")[
        :MOST
    ]:
        if not names_danger(title):
            yield agency, Heard(Written(-pk, root or owner, title, lang, at), owner, case=pk)


def is_own_words(text: str, content: dict[str, Any]) -> bool:
    """Return whether a message is free text: no tap, code, number, command word, greeting or thanks.

    Answers to a form's question count: a report's description is one.
    """
    if content.get("choice") or content.get("secret") or content.get("holds") or content.get("kind") in MACHINES:
        return False
    if names_danger(text) or sum(map(str.isalpha, text)) < LETTERS_LEAST or digits(text).strip().isdecimal():
        return False
    if find_global_word(text) or find_language(text) or find_pickup_code(text) or is_small_talk(text):
        return False
    understood = content.get("understood", {})
    if understood.get("situation") == "sure":
        return False  # a danger to life is a case of its own
    if understood.get("action") == "start" and understood.get("offered", [{}])[0].get("subject"):
        return False  # something of ours, such as a petition, that is begun by name
    called = REGISTRY.find_by_word(text)
    return normalise(text) not in (*YES_AND_NO, "yes", "no", "ok") and (called is None or len(called[1].split()) > 1)
