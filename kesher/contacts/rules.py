"""How many messages may go to addresses that nobody has proved: pure arithmetic and the numbering plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from kesher.contacts.addresses import REGION

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NETWORK_MOST = 100  # addresses of one network in a day that did not prove themselves
CONTACT_MOST = 5  # the same for somebody who writes to us and names others' addresses
MESSAGES_MOST = 2  # to one such address in a day
COSTLY = frozenset(("tel", "wa", "wa-bsuid"))  # schemes on which a message costs; mail and the rest are free
CODES_AN_HOUR = 5  # codes to an address that was proved before, and did not come back
CODES_A_DAY = 10  # the same in a day: else whoever knows a town's numbers could send each of them 120

# Premium, shared-cost, personal, pager and company-wide numbers cost the caller, and so do numbers of no known kind.
PLAIN = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """A wish that would send a message, with what happened before it.

    ``most``: how many addresses may be open for whoever asks (None: no such limit), beside ``proved``, those that
    proved themselves within the hour; ``open``: how many are. ``costly_open``, ``costly_proved``: the same of those to
    which a message costs, where it costs to this one: a domain has mailboxes without end to prove, and they open no
    place for a text message. ``counted``: this address is one of them already.
    ``messages``: what its mailbox or telephone got today, however it was spelled; ``unreturned``: the codes of the last
    hour that did not come back.
    """

    known: bool = False
    by_staff: bool = False
    number_allowed: bool = True
    counted: bool = False
    messages: int = 0
    unreturned: int = 0
    most: int | None = NETWORK_MOST
    open: int = 0
    proved: int = 0
    costly_open: int = 0
    costly_proved: int = 0
    agency_most: int = 5_000
    agency_open: int = 0


def find_limit(asked: MessageRequest) -> str:
    """Return which limit forbids this message: "country", "address", "network", "agency", or "" for none."""
    if not asked.number_allowed:
        return "country"
    if not asked.by_staff and (asked.messages >= message_limit(known=asked.known) or asked.unreturned >= CODES_AN_HOUR):
        return "address"
    if asked.counted:
        return ""
    if asked.most is not None:
        places = asked.most + asked.proved, asked.most + asked.costly_proved
        if asked.open >= places[0] or asked.costly_open >= places[1]:
            return "network"
    return "agency" if asked.agency_open >= asked.agency_most else ""


def message_limit(*, known: bool) -> int:
    """Return how many messages an address may get in a day."""
    return CODES_A_DAY if known else MESSAGES_MOST


def open_address_limit(cause: str) -> int | None:
    """Return how many addresses whoever asks may have open; None where only the agency's limit holds."""
    if not cause or cause == "staff":
        return None
    return CONTACT_MOST if cause.startswith("contact:") else NETWORK_MOST


def country_of(number: str) -> str:
    """Return the country ("IL") of a phone number in E.164; "" where writing there may cost more than a plain message:
    satellites, premium and shared-cost numbers, those of no country (870, 881-883, 979 …) and of no known kind."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed) or ""
    return region if region.isalpha() and phonenumbers.number_type(parsed) in PLAIN else ""


def is_number_allowed(scheme: str, address: str, countries: Collection[str], *, anywhere: bool = False) -> bool:
    """May a message to this address be caused by somebody who has not proved it? ``countries``: the agency's list, or
    empty for its own alone; ``anywhere``: a clerk asks, who may write abroad."""
    if scheme not in ("tel", "wa"):
        return True
    country = country_of(address if address.startswith("+") else f"+{address}")
    return bool(country) and (anywhere or country in (countries or (REGION,)))


@lru_cache(maxsize=4096)
def is_costly(number: str, *, unknown: bool) -> bool:
    """Does a message to this phone number cost more than a plain one? ``unknown``: the answer for a number of no known
    kind, unless it begins as the country's mobile numbers do: then it is somebody's new telephone."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return unknown
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.UNKNOWN and region.isalpha():
        return unknown and not begins_as_mobile(parsed, region)
    return kind not in PLAIN or not region.isalpha()


def begins_as_mobile(number: phonenumbers.PhoneNumber, region: str) -> bool:
    """Does a number of a possible length begin with the digit with which this country's mobile numbers do?"""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None or not phonenumbers.is_possible_number(number):
        return False
    first, theirs = map(phonenumbers.national_significant_number, (number, example))
    return first[:1] == theirs[:1]
