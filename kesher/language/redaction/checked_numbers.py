"""Recognise numbers that have a check digit: Israeli identity numbers, payment cards, IBANs.

Sources: the check digit of the Israeli identity number and ISO/IEC 7812-1 (the Luhn formula), ISO 13616 (IBAN).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# What stands between the groups of one number. The text has no invisible characters, and its digits are 0-9.
_GAP: Final = "[ \u00a0\u202f._/|\\\\\u05be\\-\u2010-\u2015\u2212]"
# Not inside a longer number or code, after a decimal point, or in the rest of a masked number.
_START: Final = r"(?<!\d)(?<!\d[.,])(?<!\*\*\*)(?<![₪$€])(?<![₪$€] )"
_NO_MONEY: Final = r"(?!\s?(?:₪|\$|€|ש[״\"']?ח\b|שקל|שקלים|шек|nis\b|شيكل))"
_END: Final = rf"(?![\dA-Za-z])(?![.,]\d){_NO_MONEY}"
# The groups in which people write nine digits; some of them only without spaces, as "20417 2026" is two numbers.
_GROUPS: Final = (
    *(
        (8, 1),
        (1, 7, 1),
        (2, 3, 3, 1),
        (3, 3, 3),
        (1, 8),
        (4, 4, 1),
        (1, 4, 4),
        (3, 5, 1),
        (2, 6, 1),
        (2, 7),
        (1, 3, 4, 1),
    ),
    *((2, 2, 2, 2, 1), (1, 2, 2, 2, 2), (1, 3, 3, 2), (3, 3, 2, 1), (2, 3, 4), (3, 2, 4), (4, 3, 2), (1,) * 9),
    *((1, 3, 5), (2, 5, 2), (2, 4, 3), (1, 4, 3, 1), (3, 2, 2, 2), (3, 3, 1, 2), (4, 2, 2, 1), (4, 2, 3)),
)
_GROUPS_WITHOUT_SPACES: Final = ((5, 4), (4, 5), (6, 3), (3, 6), (7, 2))


def _grouped(groups: tuple[tuple[int, ...], ...], gap: str) -> str:
    """Return an expression for digits in any of some groupings, with one gap between groups."""
    return "|".join(gap.join(rf"\d{{{size}}}" for size in sizes) for sizes in groups)


_IDENTITY: Final = re.compile(_START + r"(?:\d{9}|\d{8}[-/]\d)" + _END)
_GROUPED_IDENTITY: Final = re.compile(
    _START
    + rf"(?<!\d[/-])(?<!\d\d\d )(?:\d{{8}}{_GAP}{{1,3}}\d|{_grouped(_GROUPS, _GAP)}"
    + rf"|{_grouped(_GROUPS_WITHOUT_SPACES, '[./-]')}){_END}(?![/-]\d)(?! \d\d\d(?!\d))"
)
# "My", "number", "is" may stand between the word and its number.
_FILLERS: Final = (
    r"(?:[\s:.,#№=()\-–]|של[יוהךכנ]\w?|של ה?[א-ת]{2,8}(?: שלי)?|מספרה?|מס['׳]|הוא|היא|זה|is|was|no\b|num\b"
    r"|number|номер|мой|моего|رقم|رقمه|رقمها|هو|هي)"
)
_WORDS: Final = (
    r"(?<![א-ת])[בלהו]?ת[.\"״'׳]{0,2} ?ז[.'׳]?(?![א-ת])|(?:תעוד[הת] ?)?(?<![א-ת])ה?זהות|מספר ה?זהות"
    r"|(?<![א-ת])מ[.\"״'׳]{1,2} ?ז[.'׳]?(?![א-ת])|(?:миспар )?(?<![а-яё])зеут(?![а-яё])"
    r"|هوي[ةه]|هويت[يهكه]ا?|بطاقة شخصية|теудат[- ]зеут|(?<![а-яё])т\.? ?з(?![а-яё])|удостоверени[еяю] личности"
    r"|teudat[ -]ze(?:h|')?ut|zehut|identity (?:card|number|no)|(?<![a-z])t\.?z(?![a-z])"
)
_ID: Final = r"(?<![a-z])ID(?: card)?(?: no| num| number)?(?![a-z])"
# A number of someone's identity, not "order ID".
_NO_OTHER_ID: Final = (
    r"(?<!order )(?<!user )(?<!case )(?<!session )(?<!device )(?<!product )(?<!ticket )(?<!request )"
    r"(?<!transaction )(?<!customer )(?<!petition )(?<!payment )(?<!message )(?<!report )(?<!event )"
    r"(?<!booking )(?<!document )(?<!member )"
)
_SEVEN: Final = r"\d(?:[ ./-]?\d){6,7}(?![\dA-Za-z])(?![.,/-]\d)(?! \d)"
_OWN_ID: Final = _NO_OTHER_ID + r"(?<![a-z])ID(?: card)? (?:no|num|number)(?![a-z])"
_NAMED: Final = re.compile(
    rf"(?:{_WORDS}|{_OWN_ID}){_FILLERS}{{0,12}}?(?<!\d)({_SEVEN})",
    re.IGNORECASE,
)
_NAMED_LOOSELY: Final = re.compile(rf"(?:{_WORDS}|{_ID})[^\d\n]{{0,20}}(?<!\d)({_SEVEN})", re.IGNORECASE)
_NAMED_IN_GROUPS: Final = re.compile(
    rf"(?:{_WORDS}|{_ID})[^\d\n]{{0,20}}(?<!\d)(\d(?:{_GAP}{{0,2}}\d){{8}})(?!\d)", re.IGNORECASE
)

_CARD_GAP: Final = _GAP + "{1,3}"
_CARD: Final = re.compile(
    _START
    + rf"(?:\d{{4}}(?:{_CARD_GAP}\d{{4}}){{3}}(?:{_CARD_GAP}\d{{3}})?|\d{{4}}{_CARD_GAP}\d{{6}}{_CARD_GAP}\d{{4,5}}"
    + rf"|\d{{4}}(?:{_CARD_GAP}\d{{4}}){{2}}{_CARD_GAP}\d{{1,3}}|\d{{8}}{_CARD_GAP}\d{{8}}|\d{{4}}{_CARD_GAP}\d{{12}}"
    + rf"|\d{{4}}{_CARD_GAP}\d{{4}}{_CARD_GAP}\d{{8}}"
    + rf"|\d{{4}}(?:{_CARD_GAP}\d{{3,4}}){{3}}(?:{_CARD_GAP}\d)?"
    + rf"|\d{{6}}{_CARD_GAP}\d{{10}}|\d(?: \d){{15}}|\d{{13,19}})"
    + r"(?![\dA-Za-z])"
)
# How cards begin, by their number of digits.
_ISSUERS: Final = {
    13: re.compile("4"),
    14: re.compile("3(?:0[0-59]|[689])"),
    15: re.compile("3[47]|2131|1800"),
    16: re.compile("4|5[0-8]|2[2-7]|35|6"),
    **dict.fromkeys((17, 18, 19), re.compile("4|5[0678]|6")),
}
# ISO 13616: how many characters the IBANs of a country have.
_IBAN_LENGTHS: Final = {
    country: int(length)
    for length, *countries in map(
        str.split,
        """15 NO
        16 BE
        18 DK FI FO GL NL SD
        19 MK SI
        20 AT BA EE KZ LT LU XK
        21 CH CR HR LI LV
        22 BG BH DE GB GE IE ME RS
        23 AE GI IL IQ OM SO TL
        24 AD CZ ES MD PK RO SA SE SK TN VG
        25 LY PT ST
        26 IS TR
        27 BI DJ FR GR IT MC SM
        28 AL AZ BY CY DO GT HU LB NI PL SV
        29 BR EG PS QA UA
        30 JO KW MU
        31 MT SC
        33 RU""".splitlines(),
    )
    for country in countries
}
_IBAN: Final = re.compile(r"(?<![A-Z0-9])([A-Z]{2})-?\d\d(?:[ \u00a0.\-]{0,2}[A-Z0-9]){11,30}", re.IGNORECASE)


def figures(text: str) -> str:
    """Return only the digits of a text."""
    return "".join(char for char in text if char.isdecimal())


def passes_luhn(digits: str) -> bool:
    """Return whether digits pass the check of identity numbers and cards (Luhn formula)."""
    total = 0
    for place, figure in enumerate(reversed(digits)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and int(digits) > 0


def identities(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of identity numbers without gaps, and of all that a word for them announces."""
    for found in _IDENTITY.finditer(text):
        if passes_luhn(figures(found[0])):
            yield found.span()
    for pattern in (_NAMED_IN_GROUPS, _NAMED_LOOSELY):
        for found in pattern.finditer(text):
            if passes_luhn(figures(found[1])):
                yield found.span(1)
    for found in _NAMED.finditer(text):
        yield found.span(1)


def grouped_identities(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of identity numbers in groups ("12 345 678 2", "12345678/2")."""
    for found in _GROUPED_IDENTITY.finditer(text):
        if passes_luhn(figures(found[0])):
            yield found.span()


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of IBANs."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[1].upper(), 0)
        places = [place for place in range(*found.span()) if text[place].isalnum()]
        if not length or len(places) < length:
            continue
        end = places[length - 1] + 1
        plain = "".join(text[place] for place in places[:length]).upper()
        number = int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4]))
        if number % 97 == 1 and not (text[end : end + 1].isalnum() and text[end : end + 1].isascii()):
            yield found.start(), end


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the numbers of payment cards of known issuers."""
    for found in _CARD.finditer(text):
        number = figures(found[0])
        issuer = _ISSUERS.get(len(number))
        if issuer and issuer.match(number) and passes_luhn(number):
            yield found.span()
