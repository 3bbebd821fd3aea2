"""Mask personal data (identity numbers, telephone numbers, e-mail addresses) in a text before it is stored.

The order matters: identity numbers come before phone numbers, because a valid one often looks like a phone number.
Names and street addresses are not recognised. Sources: the check digit of the Israeli identity number and ISO/IEC
7812-1 (the Luhn formula), ISO 13616 (IBAN), the national numbering plan of Israel.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from kesher.language.number_words import digits

_HIDDEN: Final = "***"

# What people put between the digits of a number: spaces, hyphens, dots, direction marks of a copied number.
_GAP: Final = "[ \u00a0.\\-\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069]{0,3}"
# Not inside a longer number, after a decimal point, or in the rest of a masked number.
_START: Final = r"(?<!\d)(?<!\d\.)(?<!\*\*\*)"
_SEVEN: Final = "|".join(
    _GAP.join(rf"\d{{{size}}}" for size in sizes) for sizes in ((3, 4), (4, 3), (2, 2, 3), (3, 2, 2), (1, 3, 3))
)
_GATE: Final = re.compile(r"@|\d[^\d\n]{0,5}\d[^\d\n]{0,5}\d[^\d\n]{0,5}\d|:[0-9a-fA-F]*:")
_UUID: Final = re.compile(r"(\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)")
_EMAIL: Final = re.compile(r"([\w.+%'-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_HEBREW_PREFIX: Final = re.compile(r"[א-ת]{1,3}-?(?=[A-Za-z0-9])")
_IDENTITY: Final = re.compile(_START + r"(?:\d{9}|\d{8}-\d)(?!\d)")
_SHORT_IDENTITY: Final = re.compile(
    r"((?:ת[.\"״'׳]{0,2} ?ז\b|תעודת ה?זהות|هوي[ةه]|теудат[- ]зеут|\bID\b)[^\d\n]{0,20})(\d{7,8}|\d{6,7}-\d)(?!\d)",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])(?:IL\d\d(?: ?\d){19}|[A-Z]{2}\d\d[A-Z0-9]{11,30})(?![A-Za-z0-9])")
_CARD: Final = re.compile(
    _START + r"(?:\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}|\d{4}[ -]?\d{6}[ -]?\d{4,5}|\d{13,19})(?!\d)"
)
_ISSUER: Final = re.compile(r"4|5[0-8]|2[2-7]|3[04-9]|6")
_PHONES: Final = tuple(
    re.compile(_START + pattern + r"(?!\d)")
    for pattern in (
        rf"(?:\+|00){_GAP}972{_GAP}\(?0?\)?{_GAP}(?:[57]\d|[23489]){_GAP}(?:{_SEVEN})",
        rf"972{_GAP}(?:[57]\d|[23489]){_GAP}(?:{_SEVEN})",
        rf"\(?0(?:[57]\d|[23489])\)?{_GAP}(?:{_SEVEN})",
        r"(?:\+|00)[1-9](?:[ .()\u00a0\u2011-]{0,2}\d){7,13}",
        r"[78][ -]\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}",
        r"\(\d{3}\) ?\d{3}-\d{4}",
    )
)
_IP4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_IP6: Final = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")


def mask(text: str) -> str:
    """Return a text with personal numbers and addresses hidden: ``d***@e***.com``, ``***67``.

    That is: e-mail and IP addresses, Israeli identity numbers, bank and card numbers and phone numbers, in digits of
    every script. Case numbers, codes, dates, times, prices and UUIDs stay. If something was hidden, all digits come
    back as 0–9. About one nine-digit number in ten passes the identity check by chance and is hidden too. Idempotent.
    """
    if not _GATE.search(text):
        return text
    pieces = _UUID.split(text)
    pieces[::2] = map(_mask, pieces[::2])
    return "".join(pieces)


def _mask(text: str) -> str:
    """Return a text masked again and again until nothing changes: hiding one number may expose another."""
    plain = digits(text)
    masked = _pass(plain)
    if masked == plain:
        return text
    while masked != plain:
        plain, masked = masked, _pass(masked)
    return masked


def _pass(text: str) -> str:
    """Return a text in which each recogniser (e-mail, phone, card …) has masked once what it finds."""
    for pattern, hide in _RECOGNISERS:
        text = pattern.sub(hide, text)
    return text


def _email(match: re.Match[str]) -> str:
    """Return a masked e-mail address."""
    local, domain = match[1], match[2]
    # A Hebrew preposition is attached to the address: לdana@example.org.
    prefix = _HEBREW_PREFIX.match(local)
    cut = prefix.end() if prefix else 0
    return f"{local[:cut]}{local[cut]}{_HIDDEN}@{domain[0]}{_HIDDEN}.{domain.rpartition('.')[2]}"


def _figures(text: str) -> str:
    """Return only the digits of a text."""
    return "".join(char for char in text if char.isdecimal())


def _luhn(figures: str) -> bool:
    """Return whether digits pass the check of identity numbers and cards (Luhn formula)."""
    total = 0
    for place, figure in enumerate(reversed(figures)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _identity(match: re.Match[str]) -> str:
    """Return a masked identity number; the matched text unchanged if its check digit is wrong."""
    figures = _figures(match[0])
    return _HIDDEN if _luhn(figures) and int(figures) else match[0]


def _short_identity(match: re.Match[str]) -> str:
    """Return a masked identity number of seven or eight digits after a word for it; else the text unchanged."""
    return match[1] + _HIDDEN if _luhn(_figures(match[2])) else match[0]


def _iban(match: re.Match[str]) -> str:
    """Return a masked IBAN; the matched text unchanged if its checksum is wrong."""
    plain = match[0].replace(" ", "")
    number = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return _HIDDEN if 15 <= len(plain) <= 34 and int(number) % 97 == 1 else match[0]


def _card(match: re.Match[str]) -> str:
    """Return a masked card number; the matched text unchanged if it is none."""
    figures = _figures(match[0])
    return _HIDDEN + figures[-4:] if _ISSUER.match(figures) and _luhn(figures) else match[0]


def _phone(match: re.Match[str]) -> str:
    """Return a masked phone number with its last two digits."""
    return _HIDDEN + _figures(match[0])[-2:]


def _address(match: re.Match[str]) -> str:
    """Return a masked IP address; the matched text unchanged if it is none."""
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    first, separator = (match[0].partition(".")[0], ".") if address.version == 4 else (match[0].partition(":")[0], ":")
    return f"{first}{separator}{_HIDDEN}"


_RECOGNISERS: Final = (
    (_EMAIL, _email),
    (_IDENTITY, _identity),
    (_SHORT_IDENTITY, _short_identity),
    (_IBAN, _iban),
    (_CARD, _card),
    *((phone, _phone) for phone in _PHONES),
    (_IP4, _address),
    (_IP6, _address),
)
