"""Return the numbers to call where life is in danger: the agency's own, else its country's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency

ANY, POLICE, AMBULANCE, FIRE = _("Emergency"), _("Police"), _("Ambulance"), _("Fire brigade")
# By ISO 3166 country. 112 works on every mobile network (ITU-T E.161.1), so it is the default.
NUMBERS: Final[dict[str, tuple[tuple[Promise, str], ...]]] = {
    "IL": ((POLICE, "100"), (AMBULANCE, "101"), (FIRE, "102")),
    "GB": ((ANY, "999"),),
    "US": ((ANY, "911"),),
}
# Whom to call in despair, by country. Israel: ERAN, emotional first aid.
CRISIS_LINES: Final[dict[str, tuple[Promise, str]]] = {"IL": (_("Emotional first aid"), "1201")}
# Israel: section 2 of the law on decisions and reasons, 5719-1958.
STATUTORY_DAYS: Final[dict[str, int]] = {"IL": 45}
ELSEWHERE: Final = ((ANY, "112"),)
COUNTRIES: Final = {
    "Asia/Jerusalem": "IL", "Asia/Tel_Aviv": "IL", "Israel": "IL", "Europe/London": "GB",
    "America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Los_Angeles": "US",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A service and the number to call."""

    name: str
    number: str


def emergency_numbers(agency: Agency) -> list[EmergencyNumber]:
    """Return the agency's (else the country's) emergency numbers, with names in the reader's language.

    `Agency.contact["emergency"]` is what an agency entered: "Police 100, Ambulance 101". Its own hotline is never in it
    otherwise.
    """
    own = [read_number(part) for part in str(agency.contact.get("emergency") or "").split(",")]
    if found := [number for number in own if number is not None]:
        return found
    return [EmergencyNumber(str(name), number) for name, number in NUMBERS.get(country_of(agency), ELSEWHERE)]


def country_of(agency: Agency) -> str:
    """Return the ISO 3166 code of an agency's country, "" if it is not known."""
    return agency.contact.get("country") or COUNTRIES.get(agency.timezone, "")


def statutory_days_of(country: str) -> int:
    """Return within how many days the law of a country, an ISO 3166 code, wants an answer; 0 where we know of none."""
    return STATUTORY_DAYS.get(country, 0)


def numbers_with_crisis_line(agency: Agency) -> str:
    """Return the emergency numbers and the line for people in despair, without names: "100 / 101 / 102 / 1201"."""
    found = [row.number for row in emergency_numbers(agency)]
    line = CRISIS_LINES.get(country_of(agency))
    return " / ".join([*found, line[1]] if line and line[1] not in found else found)


def read_number(text: str) -> EmergencyNumber | None:
    """Return the name and phone number in a text such as "Police 100"; None if it does not end with a number."""
    name, _space, number = text.strip().rpartition(" ")
    return EmergencyNumber(name.strip() or str(ANY), number) if number.isdecimal() and number.isascii() else None


def emergency_in_words(agency: Agency, *, despair: bool = False) -> str:
    """Return the emergency numbers as one line for a message; ``despair``: with that for people in despair first."""
    rows = [f"{row.name} {row.number}" for row in emergency_numbers(agency)]
    if despair and (line := CRISIS_LINES.get(country_of(agency))):
        rows.insert(0, f"{line[0]} {line[1]}")
    calls = _now(", ").join(rows)
    own = agency.texts.get("emergency", {}).get((get_language() or "he")[:2], "")
    return " ".join(filter(None, [_now("Life in danger? Call now: %(calls)s") % {"calls": calls}, own]))
