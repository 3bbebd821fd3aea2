"""What the desk shows of incidents: lists, one with its people and cases, and the lines in the inbox and at a reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.cases.channel_presenter import ChannelBadge, channel_badge
from kesher.cases.contact_panel import language_name
from kesher.cases.models import Case
from kesher.cases.states import TRANSITIONS as CASE_TRANSITIONS
from kesher.contacts.models import Contact
from kesher.conversations.channel_links import channel_title
from kesher.incidents.models import Incident, IncidentCase, IncidentPerson
from kesher.incidents.notice_cache import active_notices

PAGE: Final = 100  # people on one page
PAST_MOST: Final = 50
CASES_MOST: Final = 200
OTHERS_MOST: Final = 20
TEXT_MOST: Final = 300
MINUTES_MOST: Final = 120  # from which a span is said in hours
# What became of the closing message to a person, by the state of their row in the broadcast.
OUTCOMES: Final = {"queued": "good", "waiting": "wait", "refused": "bad", "unreachable": "bad"}


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident in a list: its people in words, and when the first of them wrote."""

    incident: Incident
    people: str
    began: datetime | None
    noticed: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of an incident, with the words of their first message, and whether they were told that it is over."""

    row: IncidentPerson
    contact: Contact
    text: str
    lang: str
    channel: ChannelBadge
    outcome: str = ""
    kind: str = ""


def list_lines(rows: Iterable[Incident]) -> list[IncidentLine]:
    """Return incidents (read with `counted`) as lines of a list."""
    return [IncidentLine(row, count_in_words(row), getattr(row, "began", None), bool(row.notice_until)) for row in rows]


def count_in_words(row: Incident) -> str:
    """Return how many people wrote within which time: "41 people in 20 minutes"."""
    count, began, newest = (getattr(row, name, None) for name in ("people_count", "began", "newest"))
    people = npgettext("within", "%(count)d person", "%(count)d people", count or 0) % {"count": count or 0}
    if began is None or newest is None or newest - began < timedelta(minutes=1):
        return people
    minutes = round((newest - began).total_seconds() / 60)
    if minutes <= MINUTES_MOST:
        span = npgettext("within", "%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    else:
        span = npgettext("within", "%(count)d hour", "%(count)d hours", round(minutes / 60)) % {
            "count": round(minutes / 60)
        }
    return pgettext("41 people in 20 minutes", "%(people)s in %(span)s") % {"people": people, "span": span}


def desk_lists() -> dict[str, list[IncidentLine]]:
    """Return the incidents of the desk's page: suspected, open, past. Three queries."""
    rows = Incident.objects.counted().select_related("merged_into")
    state = Incident.State
    past = rows.filter(state__in=[state.OVER, state.DISMISSED]).order_by("-created_at", "-id")
    return {
        "suspected": list_lines(rows.filter(state=state.SUSPECTED).order_by("-created_at", "-id")),
        "open": list_lines(rows.filter(state=state.OPEN).order_by("-created_at", "-id")),
        "past": list_lines(past[:PAST_MOST]),
    }


def inbox_rows(staff: Staff) -> dict[str, Any] | None:
    """Return the current incidents that stand above the inbox, suspected ones first; None for none.

    One query, and one more where there are any.
    """
    current = list(Incident.objects.current().values_list("pk", flat=True))
    if not current:
        return None
    return {
        "lines": list_lines(Incident.objects.counted().filter(pk__in=current).order_by("-state", "-created_at", "-id"))
    }


def people_page(incident: Incident, page: int) -> tuple[list[PersonLine], bool]:
    """Return a page of an incident's people, the newest first, and whether there are more. Two or three queries."""
    rows = IncidentPerson.objects.filter(incident=incident, state=IncidentPerson.State.IN)
    rows = rows.select_related("contact__merged_into", "message").order_by("-wrote_at", "-pk")
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    told = find_outcomes(incident)
    unread = {row.contact_id for row in found if row.message is None}
    titles = case_titles(incident, unread) if unread else {}
    return [person_line(row, told, titles) for row in found[:PAGE]], len(found) > PAGE


def person_line(row: IncidentPerson, told: dict[int, str], titles: dict[int, Case]) -> PersonLine:
    """Return one person of an incident with their first message, or the title of their report."""
    contact, message, case = row.contact.root(), row.message, titles.get(row.contact_id)
    shown = message is not None and message.deleted_at is None
    outcome = told.get(contact.pk, "")
    return PersonLine(
        row,
        contact,
        message.text[:TEXT_MOST] if message is not None and shown else case.title if case else "",
        (message.lang if message else case.language if case else "") or contact.language,
        channel_badge(message.channel if message else case.channel if case else ""),
        outcome_title(outcome),
        OUTCOMES.get(outcome, ""),
    )


def case_titles(incident: Incident, contacts: set[int]) -> dict[int, Case]:
    """Return {contact id: their case of the incident}."""
    rows = IncidentCase.objects.filter(incident=incident, case__conversation__contact__in=contacts)
    return {row.case.conversation.contact_id: row.case for row in rows.select_related("case__conversation")}


def find_outcomes(incident: Incident) -> dict[int, str]:
    """Return {contact id: what became of the closing message to them} once an incident is over."""
    return dict(incident.broadcast.rows.values_list("contact_id", "state")) if incident.broadcast else {}


def outcome_title(state: str) -> str:
    """Return what became of the closing message to a person, in words."""
    titles = {
        "queued": _("Told"),
        "waiting": _("To be told"),
        "refused": _("Wants no messages"),
        "unreachable": _("Cannot be reached"),
    }
    return titles.get(state, "")


def count_outcomes(incident: Incident) -> list[tuple[str, str, int]]:
    """Return (title, kind, people) of what became of the closing message."""
    found = Counter(find_outcomes(incident).values())
    return [(outcome_title(state), kind, found[state]) for state, kind in OUTCOMES.items() if found[state]]


def count_languages(incident: Incident) -> list[tuple[str, int]]:
    """Return (language, people) by the language of their first message, most first."""
    rows = IncidentPerson.objects.filter(incident=incident, state=IncidentPerson.State.IN)
    pairs = rows.values_list("message__lang", "contact__language")
    return [(language_name(lang), count) for lang, count in Counter(a or b for a, b in pairs).most_common()]


def list_cases(incident: Incident) -> list[dict[str, Any]]:
    """Return the cases of an incident, newest first, each with whether it may be solved."""
    rows = IncidentCase.objects.filter(incident=incident, state=IncidentCase.State.IN)
    rows = rows.select_related("case__topic", "case__conversation__contact__merged_into").order_by("-case")
    return [
        {"case": row.case, "contact": row.case.conversation.contact.root(), "open": is_solvable(row.case)}
        for row in rows[:CASES_MOST]
    ]


def is_solvable(case: Case) -> bool:
    """Return whether a case may be solved now."""
    return (case.state, "solve") in CASE_TRANSITIONS


def history(incident: Incident, began: datetime | None) -> list[dict[str, Any]]:
    """Return what happened in an incident, in order, for the timeline component."""
    steps = [
        (began, _("The first message"), "message", "", None),
        (incident.created_at, _("Recognised"), "search", "", None),
        (incident.opened_at, pgettext("incident", "Opened"), "check", "good", incident.opened_by),
        (incident.notice_at, _("Notice published"), "bell", "good", incident.notice_by),
        (incident.dismissed_at, _("Dismissed"), "ban", "", incident.dismissed_by),
        (incident.over_at, pgettext("incident", "Over"), "check-circle", "good", incident.over_by),
    ]
    happened = [step for step in steps if step[0] is not None]
    return [
        {"at": at, "title": title, "icon": icon, "kind": kind, "text": by.name if by else ""}
        for at, title, icon, kind, by in sorted(happened, key=lambda step: step[0] or incident.created_at)
    ]


def notice_texts(incident: Incident, texts: dict[str, str]) -> list[dict[str, str]]:
    """Return {lang, language, text} of each language of the agency in which there is a text."""
    return [
        {"lang": lang, "language": language_name(lang), "text": texts[lang]}
        for lang in incident.agency.spoken
        if texts.get(lang)
    ]


def channel_counts(channels: dict[str, int]) -> list[tuple[str, int]]:
    """Return (title of the channel, people)."""
    return [(channel_title(name), count) for name, count in channels.items()]


def person_incidents(contact: Contact) -> list[IncidentPerson]:
    """Return the current incidents of a person, under all of their contacts; one query besides the family's."""
    rows = IncidentPerson.objects.filter(contact__in=contact.family_ids(), state=IncidentPerson.State.IN)
    rows = rows.filter(incident__state__in=[Incident.State.SUSPECTED, Incident.State.OPEN])
    found = {row.incident_id: row for row in rows.select_related("incident").order_by("-pk")}
    return list(found.values())


def written_about(contact: Contact) -> dict[str, Any] | None:
    """Return the line at the reply box: what this person writes about, and the notice in their language."""
    rows = person_incidents(contact)
    if not rows:
        return None
    texts = {notice.incident: notice.text(contact.language or "he") for notice in active_notices()}
    return {"lines": [(row.incident, texts.get(row.incident_id, "")) for row in rows]}


def describe_person(contact: Contact) -> dict[str, Any] | None:
    """Return the panel of a person: their current incidents, and the others that they may be part of."""
    current = list(Incident.objects.current().order_by("-created_at")[:OTHERS_MOST])
    if not current:
        return None
    mine = [row.incident for row in person_incidents(contact)]
    return {"mine": mine, "others": [row for row in current if row not in mine], "contact": contact}


def may_change(staff: Staff) -> bool:
    """Return whether a member of staff may change incidents."""
    return has_right(staff, "reply")
