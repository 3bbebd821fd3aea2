"""The countries that the setup offers, with a name in the reader's language and a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Country:
    """A country: its name, and the time zone of most of its people."""

    name: Promise
    timezone: str


# By ISO 3166 code. Emergency numbers (`emergency_numbers.NUMBERS`) follow it: 112 where a country has no line there.
COUNTRIES: Final[dict[str, Country]] = {
    "IL": Country(_("Israel"), "Asia/Jerusalem"),
    "CY": Country(_("Cyprus"), "Asia/Nicosia"),
    "DE": Country(_("Germany"), "Europe/Berlin"),
    "ES": Country(_("Spain"), "Europe/Madrid"),
    "FR": Country(_("France"), "Europe/Paris"),
    "GB": Country(_("United Kingdom"), "Europe/London"),
    "GR": Country(_("Greece"), "Europe/Athens"),
    "IT": Country(_("Italy"), "Europe/Rome"),
    "NL": Country(_("Netherlands"), "Europe/Amsterdam"),
    "PL": Country(_("Poland"), "Europe/Warsaw"),
    "RO": Country(_("Romania"), "Europe/Bucharest"),
    "US": Country(_("United States"), "America/New_York"),
}


def country_choices() -> list[tuple[str, Promise]]:
    """Return (code, name) of the countries for a form."""
    return [(code, country.name) for code, country in COUNTRIES.items()]
