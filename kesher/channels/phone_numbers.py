"""Convert telephone numbers as providers write them to E.164 ("+972501234567")."""

from __future__ import annotations

import re

import phonenumbers

from kesher.channels.base import Address

REGION = "IL"
ORNAMENT = re.compile(r"[\s().\-\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NUMBER = re.compile(r"\+?[0-9]{5,20}")


def phone_address(raw: str, region: str = REGION) -> Address | None:
    """Return the `tel` address (E.164) of a phone number in any usual spelling; None if it is none.

    That is: +972501234567, 00972…, 972…, 0501234567, 50 123 4567. `region` is the country whose national spelling it
    may be. Return None for what cannot be answered: a name as sender id ("MYBANK"), a short code, an empty field.
    """
    number = ORNAMENT.sub("", raw)
    if not NUMBER.fullmatch(number):
        return None
    for candidate in spellings(number, region):
        try:
            parsed = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            return Address("tel", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def spellings(number: str, region: str) -> list[str]:
    """Return the international numbers that typed digits may mean, likeliest first.

    Carriers omit the plus, and some omit the national zero.
    """
    if number.startswith("+"):
        return [number]
    if number.startswith("00"):
        return [f"+{number[2:]}"]
    if number.startswith("0"):
        return [number]
    code = str(phonenumbers.country_code_for_region(region))
    if number.startswith(code) and len(number) > 9:
        return [f"+{number}", number]
    return [number, f"+{number}"]


def is_same_number(one: str, other: str) -> bool:
    """Return whether two texts are the same phone number; short codes are compared as written."""
    first, second = phone_address(one), phone_address(other)
    return first == second if first and second else one.strip() == other.strip()
