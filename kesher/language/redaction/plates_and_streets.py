"""Recognise licence plates, and street addresses with a number: they tell where somebody is, or whose car it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Seven digits as 12-345-67, eight as 123-45-678 (Israel, since 1980 and 2017); not in a longer number or a date.
_GROUPED_PLATE: Final = re.compile(r"(?<![\d./-])(?:\d\d[-·]\d{3}[-·]\d\d|\d{3}[-·]\d\d[-·]\d{3})(?![\d/-]|\.\d)")
_PLATE_WORDS: Final = (
    r"(?<![א-ת])[בהוכלמש]{0,3}(?:רכב|מכונית|משאית|אופנוע|טנדר)(?![א-ת])|(?:מספר|מס['׳]) ?רישוי|לוחית|רישיון ה?רכב"
    r"|(?<![a-z])(?:licen[cs]e plate|number plate|plate|licen[cs]e (?:no|number)|car|vehicle|truck|van)(?![a-z])"
    r"|سيار[ةه]|مركب[ةه]|لوح[ةه]|شاحن[ةه]|دراج[ةه]"
    r"|(?<![а-яё])(?:авто\w{0,8}|машин\w{1,3}|гос\.? ?номер\w{0,2}|номерной знак|грузовик\w{0,2})"
)
_NAMED_PLATE: Final = re.compile(
    rf"(?:{_PLATE_WORDS})\D{{0,24}}?(?<!\d)(\d(?:[ .·-]?\d){{6,7}})(?![ .·-]?\d)", re.IGNORECASE
)

_NO_UNIT: Final = (
    r"(?!\d|[.,:/]\d| ?(?:%|₪|\$|€|ק[\"״]?מ(?![א-ת])|מטר|דק(?:['׳]|ות)|שע(?:ה|ות)|ימים|יום|שבוע|חוד?ש|שנ(?:ה|ים|ות)"
    r"|פעמים|שקל"
    r"|min|hour|day|week|month|year|times|met(?:er|re)|km\b|m\b|دقيق|ساع|يوم|أيام|اسبوع|أسبوع|شهر|سن[ةو]|متر|كم\b"
    r"|минут|час|д(?:ень|ня|ней)|недел|месяц|год|лет\b|раз|метр|км\b))"
)
_HOUSE: Final = rf"(\d{{1,4}})(?: ?[א-תA-Za-zА-Яа-я](?![\w'׳\"״]))?{_NO_UNIT}"
_WORD: Final = r"[^\W\d_][\w'’׳״\"־.-]{0,30}"
_BEFORE_HOUSE: Final = r"(?:,? (?:מס(?:פר|['׳])|בית|no\.?|number|رقم|д\.|дом))?,? "
_ENGLISH_STREET: Final = (
    r"(?:[Ss]treet|[Ss]t\b\.?|[Aa]venue|[Aa]ve\b\.?|[Rr]oad|[Rr]d\b\.?|[Bb]oulevard|[Bb]lvd\b\.?|[Ll]ane)"
)
_STREETS: Final = (
    # Hebrew and Arabic put the word first; "דרך" is left out, because it also means "by way of".
    re.compile(
        rf"(?<![א-ת])[בהולמש]{{0,3}}(?:רחוב|רח['׳]|שדרות|שד['׳]|סמטת|משעול)(?: {_WORD}){{1,4}}?{_BEFORE_HOUSE}{_HOUSE}"
    ),
    re.compile(rf"(?:شارع|شارِع|جادة|زقاق)(?: {_WORD}){{1,4}}?{_BEFORE_HOUSE}{_HOUSE}"),
    re.compile(
        rf"(?<![а-яё])(?:ул\.|улиц\w{{1,2}}|просп(?:ект\w{{0,2}}|\.)|пр-т|бульвар\w{{0,2}}|бул\.|переул\w{{1,4}}|пер\.|шоссе)"
        rf" ?{_WORD}(?: {_WORD}){{0,3}}?{_BEFORE_HOUSE}{_HOUSE}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![\w-])(?:[A-Z][\w'’.-]{{0,30}} ){{1,4}}{_ENGLISH_STREET}{_BEFORE_HOUSE}{_HOUSE}"),
    re.compile(rf"(?<![\d.,:/-])(\d{{1,4}})[A-Za-z]?,? (?:[A-Z][\w'’.-]{{0,30}} ){{1,4}}{_ENGLISH_STREET}(?![\w-])"),
    # A house or a flat by its number.
    re.compile(rf"(?<![א-ת])[בהולמש]{{0,2}}(?:בית|דירה|כניסה) (?:מס(?:פר|['׳]) )?{_HOUSE}"),
    re.compile(rf"(?<![a-z])(?:house|flat|apartment|apt\.?) (?:no\.? |number )?{_HOUSE}", re.IGNORECASE),
    re.compile(rf"(?:بيت|منزل|شقة) رقم {_HOUSE}"),
    re.compile(rf"(?<![а-яё])(?:дом|д\.|квартира|кв\.) ?(?:№ ?)?{_HOUSE}", re.IGNORECASE),
)


def plates(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of licence plates: in the usual groups, or after a word for a vehicle or its plate."""
    for found in _GROUPED_PLATE.finditer(text):
        yield found.span()
    for found in _NAMED_PLATE.finditer(text):
        yield found.span(1)


def street_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of street addresses with a number, and of houses and flats by their number.

    A street without the word for it ("Herzl 5") is not recognised.
    """
    for pattern in _STREETS:
        for found in pattern.finditer(text):
            yield found.span()
