"""Find canned responses for a conversation, in the person's language, with placeholders filled in."""

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
    """Return the canned responses, filled in for this contact; those on the topic of an open case come first."""
    open_cases = [case for case in cases if case.closed_at is None]
    topics = {case.topic_id for case in open_cases if case.topic_id}
    rows = ReadyAnswer.objects.order_by("name")[:MOST]
    found = [render_response(row, contact, open_cases, staff, fits=row.topic_id in topics) for row in rows]
    return sorted(found, key=lambda item: not item.fits)


def render_response(
    row: ReadyAnswer, contact: Contact, cases: Iterable[Case], staff: Staff, *, fits: bool = False
) -> OfferedResponse:
    """Return one canned response in the contact's language, with its placeholders filled from their cases."""
    lang = pick_language(row.texts, contact.language)
    text = fill_placeholders(row.texts.get(lang, ""), placeholder_values(contact, cases, staff, lang))
    return OfferedResponse(row.pk, row.name, text, lang, fits)


def pick_language(texts: Mapping[str, str], lang: str) -> str:
    """Return the code of the language to use: ``lang`` if there is a text in it, else Hebrew, else any."""
    return next((code for code in (lang, "he", *texts) if texts.get(code)), "")


def placeholder_values(contact: Contact, cases: Iterable[Case], staff: Staff, lang: str) -> dict[str, str]:
    """Return {placeholder name: text to put in its place}, "" for a value that is not known."""
    case = next(iter(cases), None)
    return {
        "name": contact.name,
        "number": str(case.number) if case else "",
        "agency": in_language(contact.agency.names, lang),
        "me": staff.signature or staff.name,
    }


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its {placeholders} replaced by ``values``, in one pass (values are not searched).

    An unknown value also removes the space before it: "Hello {name}," becomes "Hello,".
    """

    def put(found: re.Match[str]) -> str:
        """Return the value for one matched placeholder, after the blank before it; "" where there is none."""
        value = values.get(found[2], "")
        return found[1] + value if value else ""

    return OURS.sub(put, text)


def unknown_placeholders(text: str) -> list[str]:
    """Return the names in {braces} that are not placeholders, most often typing errors."""
    return [name for name in PLACE.findall(text) if name not in PLACES]
