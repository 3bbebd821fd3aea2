"""Find personal data (identity numbers, telephone numbers, addresses …) in a text, and mask it before it is stored.

Names are not recognised; licence plates and street addresses only for what everybody can read (they are ordinary in
what people tell us). The order of the recognisers matters: an identity number without gaps comes before telephone
numbers, which a valid one often looks like, and one in groups after them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from kesher.language.number_words import digits
from kesher.language.redaction.checked_numbers import cards, figures, grouped_identities, ibans, identities
from kesher.language.redaction.network_addresses import addresses, emails
from kesher.language.redaction.plates_and_streets import plates, street_numbers
from kesher.language.redaction.telephone_patterns import telephones, without_extension

Span = tuple[int, int, str]  # start, end (in characters), kind
Recognisers = tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...]

_HIDDEN: Final = "***"
_TAKEN: Final = "\ue000"  # stands for what was found while the rest is searched; of private use, no letter and no digit
# Only a text with one of these signs is searched: for addresses, for numbers.
_MAIL_GATE: Final = re.compile(
    r"[@\uff20]|%40|&#64;|[_-]at[_-]|[\[({<\"“״] ?(?:at|собака|שטרודל|آت) ?[\])}>\"”״]"
    r"|\b(?:at|собака|שטרודל|כרוכית|آت)\b.{0,40}\b(?:dot|точка|נקודה|نقطة|com|org|net|il|ru)\b",
    re.IGNORECASE,
)
_NUMBER_GATE: Final = re.compile(r"\d[^\d\n]{0,7}\d[^\d\n]{0,7}\d[^\d\n]{0,7}\d|:[0-9a-fA-F]*:")
_UUID: Final = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
# Invisible characters: copied numbers and phone keyboards put them between digits. Also what makes a digit a keycap.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\u20e3\ufeff]+"
)
_KEYCAP: Final = "\ufe0f\u20e3"  # belongs to the digit before it
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)  # ASCII, as wide as a Chinese character
_ADDRESSES: Final[Recognisers] = (("email", emails),)
_NUMBERS: Final[Recognisers] = (
    ("iban", ibans),
    ("card", cards),
    ("identity", identities),
    ("phone", telephones),
    ("identity", grouped_identities),
    ("ip", addresses),
)
# Ordinary in what people tell us, and out of place where everybody reads along.
_IN_PUBLIC: Final[Recognisers] = (("plate", plates), ("street", street_numbers))


def find_personal_data(text: str) -> list[Span]:
    """Return (start, end, kind) of what is personal in a text, in characters and in order.

    Kinds: identity, phone, email, card, iban, ip. A telephone number has its extension. Digits of every script count,
    and invisible characters between them do not. Case numbers, codes, dates, times, prices and UUIDs are not personal.
    """
    recognisers = (_ADDRESSES if _MAIL_GATE.search(text) else ()) + (_NUMBERS if _NUMBER_GATE.search(text) else ())
    if not recognisers:
        return []
    plain, places = _visible(text)
    found = ((places[start], places[end - 1] + 1, kind) for start, end, kind in _find(plain, recognisers))
    return [(start, end + _keycap(text[end : end + 2]), kind) for start, end, kind in found]


def find_identifying_data(text: str) -> list[Span]:
    """Return what `find_personal_data` finds, and also licence plates and street addresses with a number.

    Kinds: those, plate and street. It is for texts that everybody can read.
    """
    plain, places = _visible(text)
    found = _find(plain, _IN_PUBLIC + _ADDRESSES + _NUMBERS)
    return [(places[start], places[end - 1] + 1, kind) for start, end, kind in found]


def mask(text: str) -> str:
    """Return a text with personal numbers and addresses hidden: ``d***@e***.com``, ``***67``.

    That is what `find_personal_data` finds. If something was hidden, all digits come back as 0–9. About one nine-digit
    number in ten passes the identity check by chance and is hidden too. Idempotent.
    """
    while spans := find_personal_data(text):  # hiding one number may expose another
        pieces = []
        end = 0
        for start, after, kind in spans:
            pieces += [digits(text[end:start]), _hide(_visible(text[start:after])[0], kind)]
            end = after
        text = "".join([*pieces, digits(text[end:])])
    return text


def _visible(text: str) -> tuple[str, list[int] | range]:
    """Return (a text without invisible characters and with digits as 0-9, the place of each character in the text)."""
    places: list[int] | range = range(len(text))
    if text.isascii():
        return text, places
    if _INVISIBLE.search(text):
        places = [place for place, char in enumerate(text) if not _INVISIBLE.match(char)]
        text = "".join(text[place] for place in places)
    return "".join(map(_plain, text)), places


def _keycap(following: str) -> int:
    """Return how many of the characters after a digit make it a keycap."""
    return len(following) - len(following.lstrip(_KEYCAP))


def _plain(char: str) -> str:
    """Return a character: a digit as 0-9, a full-width one as in ASCII."""
    if char.isascii():
        return char
    if char.isdecimal():
        return digits(char)
    return chr(ord(char) - _FULL_WIDTH[0] + ord("!")) if ord(char) in _FULL_WIDTH else char


def _find(text: str, recognisers: Recognisers) -> list[Span]:
    """Return the personal data of a text without invisible characters."""
    found: list[Span] = []
    for uuid in _UUID.finditer(text):
        text = _taken(text, *uuid.span())
    for kind, recognise in recognisers:
        for start, end in recognise(text):
            if _TAKEN not in text[start:end]:
                found.append((start, end, kind))
                text = _taken(text, start, end)
    return sorted(found)


def _taken(text: str, start: int, end: int) -> str:
    """Return a text in which a place is out of the question for what is searched next."""
    return text[:start] + _TAKEN * (end - start) + text[end:]


def _hide(said: str, kind: str) -> str:
    """Return what stands in a masked text for personal data of a kind."""
    if kind == "email":
        return f"{said[0]}{_HIDDEN}@{_domain(said)}"
    if kind == "phone":
        return _HIDDEN + figures(without_extension(said))[-2:]
    if kind == "card":
        return _HIDDEN + figures(said)[-4:]
    if kind == "ip":
        sign = ":" if ":" in said else "."
        return f"{said.partition(sign)[0]}{sign}{_HIDDEN}"
    return _HIDDEN


# The sign itself, or else a word for it.
_SIGN: Final = re.compile("@|%40|&#64;")
_WORD: Final = re.compile(r"\W(?:at|собака|שטרודל|כרוכית|آت)\W|[_-]at[_-]", re.IGNORECASE)
_LABELS: Final = re.compile(r"[\w-]+")
_DOTS: Final = frozenset(("dot", "-dot-", "נקודה", "точка", "نقطة", "دوت"))


def _domain(said: str) -> str:
    """Return the masked domain of an e-mail address: ``e***.com``."""
    at = _SIGN.search(said) or _WORD.search(said)
    labels = [
        label
        for label in _LABELS.findall(said[at.end() if at else 0 :].replace("-dot-", "."))
        if label.lower() not in _DOTS
    ]
    return f"{labels[0][0]}{_HIDDEN}.{labels[-1]}" if labels else _HIDDEN
