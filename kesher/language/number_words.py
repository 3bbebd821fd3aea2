"""Parse numbers as people type and say them: digits of every script, number words from 1 to 20, amounts of money."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from kesher.language.normalisation import normalise

_FIGURE: Final = re.compile("(\\d)(?:\ufe0f?\u20e3)?|(\U0001f51f)|([⓪①-⑳⑴-⒇❶-❿➀-➉➊-➓])")
_NUMBERED: Final = re.compile(r"[(\[#№]*\s*([0-9]{1,2})\s*[.,:;)\]!-]*")
_PUNCTUATION: Final = re.compile(r"[\s.,:;!?()\[\]،؛؟-]+")

# A line for each number from 1: forms of both genders, short and colloquial ones.
_HEBREW: Final = """אחת אחד
שתיים שתים שניים שנים שתי שני
שלוש שלושה שלש שלשה
ארבע ארבעה
חמש חמישה חמשה
שש שישה ששה
שבע שבעה
שמונה
תשע תשעה
עשר עשרה
אחת_עשרה אחד_עשר
שתים_עשרה שתיים_עשרה שנים_עשר שניים_עשר
שלוש_עשרה שלושה_עשר
ארבע_עשרה ארבעה_עשר
חמש_עשרה חמישה_עשר חמשה_עשר
שש_עשרה שישה_עשר ששה_עשר
שבע_עשרה שבעה_עשר
שמונה_עשרה שמונה_עשר
תשע_עשרה תשעה_עשר
עשרים"""
_ARABIC: Final = """واحد واحدة وحدة
اثنان اثنين اثنتان اثنتين إثنان إثنين تنين ثنتين
ثلاثة ثلاث تلاتة تلات
أربعة أربع
خمسة خمس
ستة ست
سبعة سبع
ثمانية ثماني ثمان تمانية
تسعة تسع
عشرة عشر
أحد_عشر إحدى_عشرة حداشر
اثنا_عشر اثني_عشر اثنتا_عشرة اثنتي_عشرة اتناشر
ثلاثة_عشر ثلاث_عشرة تلتاشر
أربعة_عشر أربع_عشرة أربعتاشر
خمسة_عشر خمس_عشرة خمستاشر
ستة_عشر ست_عشرة ستاشر
سبعة_عشر سبع_عشرة سبعتاشر
ثمانية_عشر ثماني_عشرة تمنتاشر
تسعة_عشر تسع_عشرة تسعتاشر
عشرون عشرين"""
_RUSSIAN: Final = """один одна одно
два две
три
четыре
пять
шесть
семь
восемь
девять
десять
одиннадцать
двенадцать
тринадцать
четырнадцать
пятнадцать
шестнадцать
семнадцать
восемнадцать
девятнадцать
двадцать"""
_ENGLISH: Final = """one
two
three
four
five
six
seven
eight
nine
ten
eleven
twelve
thirteen
fourteen
fifteen
sixteen
seventeen
eighteen
nineteen
twenty"""


def _parse_words(lines: str) -> dict[str, int]:
    """Return {number word: number} from a list with one line of words for each number."""
    return {
        normalise(word.replace("_", " ")): number
        for number, line in enumerate(lines.splitlines(), 1)
        for word in line.split()
    }


_WORDS: Final = {
    "he": _parse_words(_HEBREW),
    "ar": _parse_words(_ARABIC),
    "ru": _parse_words(_RUSSIAN),
    "en": _parse_words(_ENGLISH),
}
_ALL_WORDS: Final = {word: number for words in _WORDS.values() for word, number in words.items()}


def digits(text: str) -> str:
    """Return a text with decimal digits of every script as 0–9, also full-width, keycap (1️⃣) and circled ones."""
    return text if text.isascii() else _FIGURE.sub(_ascii, text)


def _ascii(match: re.Match[str]) -> str:
    """Return the decimal digits 0-9 for a matched digit of any script."""
    if match[2]:
        return "10"
    return str(int(unicodedata.numeric(match[1] or match[3])))


def number_word(text: str, lang: str | None = None) -> int | None:
    """Return the number 1–20 that the whole text says ("2", "2.", "2️⃣", "٢", "שתיים", "два"), else None.

    `lang` limits the words to one language; digits are always understood.
    """
    plain = normalise(digits(text))
    figure = _NUMBERED.fullmatch(plain)
    if figure:
        number = int(figure[1])
        return number if 1 <= number <= 20 else None
    words = _ALL_WORDS if lang is None else _WORDS.get(lang[:2], {})
    return words.get(_PUNCTUATION.sub(" ", plain).strip())


_CURRENCY: Final = re.compile(r"₪|ש[\"״'׳]?ח|שקל(?:ים)?|شيكل|шек(?:ел[ьяей]+|\.)?|\b(?:nis|ils)\b", re.IGNORECASE)
_MARKS: Final = re.compile("[\u061c\u200e\u200f\u2066-\u2069]")
_ARABIC_POINTS: Final = str.maketrans("٫٬", ".,")
# Thousands with commas, spaces, or points (then decimals after a comma); else digits and at most two decimals.
_SHAPES: Final = (
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+)(?:\.(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+)(?:[.,](?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<part>\d{1,2})"),
    re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))?"),
)


def read_amount(text: str) -> Decimal | None:
    """Return the amount of money in a text; None if there is none or it is ambiguous ("1.250")."""
    plain = _CURRENCY.sub("", _MARKS.sub("", digits(text).translate(_ARABIC_POINTS))).strip()
    for shape in _SHAPES:
        if found := shape.fullmatch(plain):
            return Decimal(f"{re.sub(r'\D', '', found['whole'])}.{found['part'] or 0}")
    return None
