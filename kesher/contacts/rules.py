"""Limits on messages to addresses that nobody has proved: pure arithmetic, no database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from kesher.contacts.addresses import REGION

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NETWORK_MOST = 100  # unproved addresses of one network in a day
CONTACT_MOST = 5  # the same for a contact who writes to us and enters others' addresses
MESSAGES_MOST = 2  # messages to one such address in a day
COSTLY = frozenset(("tel", "wa", "wa-bsuid"))  # schemes whose messages cost money
CODES_AN_HOUR = 5  # unreturned codes to a proved address
CODES_A_DAY = 10  # the same in a day: else one could send 120 to each known number

# All other kinds may cost more: premium, shared-cost, personal, pager, company-wide and unknown numbers.
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
    """A request that would send a message, with what was counted before it.

    ``most``: how many addresses may be open for the requester (None: no such limit), besides ``proved``, those that
    were proved within the hour. ``open``: how many are open. ``costly_open`` and ``costly_proved``: the same for
    addresses to which messages cost money, if this is one: a mail domain has endless mailboxes to prove, and these must
    not allow more text messages. ``counted``: this address is already counted as open. ``messages``: how many its
    mailbox or phone got today, in any spelling. ``unreturned``: codes of the last hour that did not come back.
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
    """Return how many messages an address may get in a day; ``known``: the address was proved."""
    return CODES_A_DAY if known else MESSAGES_MOST


def open_address_limit(cause: str) -> int | None:
    """Return how many unproved addresses a requester may have open; None for only the agency's limit."""
    if not cause or cause == "staff":
        return None
    return CONTACT_MOST if cause.startswith("contact:") else NETWORK_MOST


def country_of(number: str) -> str:
    """Return the region code ("IL") of a phone number in E.164; "" where messages may cost more than usual.

    That is: satellite, premium and shared-cost numbers, those of no country (870, 881-883, 979 …) and of no known kind.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed) or ""
    return region if region.isalpha() and phonenumbers.number_type(parsed) in PLAIN else ""


def is_number_allowed(scheme: str, address: str, countries: Collection[str], *, anywhere: bool = False) -> bool:
    """Return whether a message may go to this address, at the request of somebody who has not proved it.

    ``countries``: the agency's list, or empty for its own country alone. ``anywhere``: a clerk asks, who may write
    abroad.
    """
    if scheme not in ("tel", "wa"):
        return True
    country = country_of(address if address.startswith("+") else f"+{address}")
    return bool(country) and (anywhere or country in (countries or (REGION,)))


@lru_cache(maxsize=4096)
def is_costly(number: str, *, unknown: bool) -> bool:
    """Return whether a message to this phone number costs more than a usual one.

    ``unknown``: the answer for a number of no known kind, unless it begins as the country's mobile numbers do: it may
    then be a new phone.
    """
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
    """Return whether a number of possible length has the first digit of the region's mobile numbers."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None or not phonenumbers.is_possible_number(number):
        return False
    first, theirs = map(phonenumbers.national_significant_number, (number, example))
    return first[:1] == theirs[:1]
