"""Canned responses in the person's language, with their placeholders filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Staff, in_language
from kesher.cases.models import Case, ReadyAnswer
from kesher.contacts.models import Contact

MOST = 60
# The placeholders in braces, and what each stands for.
PLACES: Mapping[str, Any] = {
    "name": _("the person's name"),
    "number": _("the number of the request"),
    "agency": _("the name of our body"),
    "me": _("the name of whoever answers"),
}
PLACE = re.compile(r"\{([^{}\n]*)\}")
OURS = re.compile(rf"([ \u00a0]?)\{{({'|'.join(PLACES)})\}}")


@dataclass(frozen=True, slots=True)
class OfferedResponse:
    """A canned response as the composer offers it. ``fits``: its topic is that of the person's open case."""

    pk: int
    name: str
    text: str
    lang: str
    fits: bool


def offer_responses(contact: Contact, cases: Sequence[Case], staff: Staff) -> list[OfferedResponse]:
    """Return the canned responses for this person, those for the topic of an open case first. One query."""
    open_cases = [case for case in cases if case.closed_at is None]
    topics = {case.topic_id for case in open_cases if case.topic_id}
    rows = ReadyAnswer.objects.order_by("name")[:MOST]
    found = [render_response(row, contact, open_cases, staff, fits=row.topic_id in topics) for row in rows]
    return sorted(found, key=lambda item: not item.fits)


def render_response(
    row: ReadyAnswer, contact: Contact, cases: Iterable[Case], staff: Staff, *, fits: bool = False
) -> OfferedResponse:
    """Return one canned response as this person would get it. ``cases``: their open ones, newest first."""
    lang = pick_language(row.texts, contact.language)
    text = fill_placeholders(row.texts.get(lang, ""), placeholder_values(contact, cases, staff, lang))
    return OfferedResponse(row.pk, row.name, text, lang, fits)


def pick_language(texts: Mapping[str, str], lang: str) -> str:
    """Return the person's language if the response has it, else Hebrew, else any that it has."""
    return next((code for code in (lang, "he", *texts) if texts.get(code)), "")


def placeholder_values(contact: Contact, cases: Iterable[Case], staff: Staff, lang: str) -> dict[str, str]:
    """Return the current value of each placeholder, "" if it is not known."""
    case = next(iter(cases), None)
    return {
        "name": contact.name,
        "number": str(case.number) if case else "",
        "agency": in_language(contact.agency.names, lang),
        "me": staff.signature or staff.name,
    }


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled, in one pass: a person's name is never read as a placeholder.

    An unknown value also removes the space before it: "Hello {name}," becomes "Hello,".
    """

    def put(found: re.Match[str]) -> str:
        value = values.get(found[2], "")
        return found[1] + value if value else ""

    return OURS.sub(put, text)


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces and is no placeholder, most often a typing error."""
    return [name for name in PLACE.findall(text) if name not in PLACES]
