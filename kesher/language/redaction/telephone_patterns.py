"""Recognise telephone numbers: of Israel and the Palestinian Authority, international, Russian and American ones.

Source: the national numbering plan of Israel. Short numbers (106, *3456) and toll-free ones (1-800) are nobody's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# What people put between digits. The text has no invisible characters, and its digits are 0-9.
_GAP: Final = "[ \u00a0\u202f._/\u05be\\-\u2010-\u2015\u2212]{0,3}"
_START: Final = r"(?<!\d)(?<!\d[.,])(?<!\*\*\*)"
_SIZES: Final = (
    *((7,), (3, 4), (4, 3), (2, 2, 3), (3, 2, 2), (1, 3, 3), (1, 6), (6, 1), (2, 5), (5, 2), (2, 3, 2), (3, 1, 3)),
    *((2, 2, 2, 1), (1, 2, 2, 2), (3, 3, 1), (1, 2, 4), (4, 1, 2)),
)
_SEVEN: Final = "|".join(_GAP.join(rf"\d{{{size}}}" for size in sizes) for sizes in _SIZES) + r"|\d(?:[ .-]\d){6}"
_AREA: Final = rf"(?:[57]{_GAP}\d|[23489])"
# "05-11-2026 12:30", "02/2026 555".
_NO_DATE: Final = r"(?!(?:\d\d?[./ \-–]){1,2}(?:19|20)\d\d(?!\d))"
_RARE_GAP: Final = r" ?[\\|*:,;·•~=] ?"  # only before seven digits, as "050:1234567"
_EXTENSION: Final = (
    r"(?:[ ,;\-–]{0,3}\(?(?:ext\.?|extension|x|שלוחה|שלוחות|של['׳]|ש['׳]|פנימי|доб\.?|добавочный|вн\.?|внутренний"
    r"|تحويلة|داخلي|مقسم)[ .:#№=]{0,2}\d{1,5}\)?|(?:[/\\]\d{1,2}(?!\d)){1,3})?"
)
_END: Final = r"(?!\d|[A-Fa-f]\d)"  # nor inside a hash
_PHONE_WORDS: Final = (
    r"(?:טל['׳.]?|טלפון|נייד|הנייד|פלאפון|סלולרי|וואטסאפ|ווצאפ|phone|mobile|cell|whatsapp|جوال|هاتف|تلفون|موبايل|тел\.?|телефон|"
    r"мобильный)[ :.\-–]{0,3}"
)
_TOLL_FREE: Final = "(?!8(?:00|88|77|66|55|44|33)|700|599)"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Return expressions for whole numbers, with an extension if there is one."""
    return tuple(re.compile(_START + pattern + _EXTENSION + _END, re.IGNORECASE) for pattern in patterns)


_LOCAL: Final = _compiled(
    rf"(?:\+|00|\(\+|\+\(){_GAP}97[02]\)?{_GAP}(?:\(0\)|0|\()?{_GAP}{_AREA}\)?{_GAP}(?:{_SEVEN})",
    rf"97[02]{_GAP}(?:\(0\)|0)?{_GAP}{_AREA}{_GAP}(?:{_SEVEN})",
    rf"{_NO_DATE}(?:\(0{_AREA}\)|0{_GAP}{_AREA}){_GAP}(?:{_SEVEN})",
    rf"0{_AREA}{_RARE_GAP}\d{{3}}(?:{_GAP}|{_RARE_GAP})\d{{4}}",
)
_FOREIGN: Final = _compiled(
    rf"\+?38{_GAP}\(?0\d\d\)?{_GAP}(?:{_SEVEN})",
    r"[78][ .-]\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}",
    r"[78]9\d{9}",
    rf"(?:1[ .-])?\({_TOLL_FREE}[2-9]\d\d\) ?\d{{3}}[ .-]\d{{4}}",
    rf"(?<!\d[.-])(?:1[ .-])?{_TOLL_FREE}[2-9]\d\d[.-][2-9]\d\d[.-]\d{{4}}",
)
_AFTER_A_WORD: Final = re.compile(rf"{_PHONE_WORDS}({_AREA}{_GAP}(?:{_SEVEN}){_EXTENSION})(?!\d)", re.IGNORECASE)
# E.164: at most fifteen digits; after 00 fewer than ten are a receipt or a meter.
_ABROAD: Final = re.compile(
    _START
    + r"(\+|00)[ ]?(?!\d{1,3}\.\d{4,}(?!\d))"
    + r"([1-9]\d{0,14}(?:[ .-]\d(?=[ .-]\d\d))?(?:[ ._/\u00a0\-\u2010-\u2015]{0,2}(?:\(0\)|\(?\d{2,14}\)?)){0,6})"
    + _EXTENSION
    + _END
    + r"(?!\s?[₪%])",
    re.IGNORECASE,
)
_FIGURES: Final = {"+": range(8, 16), "00": range(10, 16)}
_EXTENSION_AT_END: Final = re.compile(_EXTENSION.removesuffix("?") + r"\Z", re.IGNORECASE)


def telephones(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of telephone numbers, each with its extension."""
    for found in _FOREIGN[0].finditer(text):  # its second half looks like a local number
        yield found.span()
    for pattern in _LOCAL:
        for found in pattern.finditer(text):
            yield found.span()
    for found in _ABROAD.finditer(text):
        if sum(char.isdecimal() for char in found[2]) in _FIGURES[found[1]]:
            yield found.span()
    for pattern in _FOREIGN[1:]:
        for found in pattern.finditer(text):
            yield found.span()
    for found in _AFTER_A_WORD.finditer(text):
        yield found.span(1)


def without_extension(number: str) -> str:
    """Return a telephone number without its extension."""
    return _EXTENSION_AT_END.sub("", number)
