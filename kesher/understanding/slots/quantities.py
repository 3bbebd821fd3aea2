"""Find the date, hour, amount of money and count that a message says; a number is at most one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from kesher.language import FoundDate, FoundHour, FoundNumber, find_dates, find_hours, find_numbers
from kesher.understanding.slots.slot_words import FLAT, read_words, word_set

Span = tuple[int, int]

_CURRENCY_AFTER: Final = re.compile(
    r"\s*(?:₪|ש[\"״'׳]{0,2}ח\b|שקל|شيكل|شيقل|شاقل|شواكل|шек|nis\b|ils\b|shekel|shekalim|sheqel|shkalim)",
    re.IGNORECASE,
)
_CURRENCY_BEFORE: Final = re.compile(r"(?:₪|nis|ils|ש[\"״]ח)\s*$", re.IGNORECASE)
_BEFORE: Final = re.compile(r"([^\W\d_]+(?:['’׳״\"][^\W\d_]+)*)[\s:,.'’-]*$")
_AFTER: Final = re.compile(r"\s*[-–]?\s*([^\W\d_]+(?:['’׳״\"][^\W\d_]+)*)")
_LETTER: Final = re.compile(r"[^\W\d_](?![^\W_])")
_IS: Final = re.compile(r"\b(?:i|she|he|they|we)(?:['’]?m|['’]s|['’]re| am| is| are)\s*$", re.IGNORECASE)

# Words before a number that is the number of something; after one, that make it a time, a measure or an age.
NAMES: Final = FLAT | read_words("numbered")
MEASURES: Final = read_words("measures")
# Words before an amount that stands without a currency, and after it.
PAID: Final = read_words("paid")
PERIODS: Final = read_words("periods")
CONNECTING: Final = read_words("connecting")
# Words that tell of what happened, and of what is asked for.
PAST: Final = read_words("past")
WANTED: Final = read_words("wanted")


def find_quantities(
    text: str, houses: Sequence[Span], today: date, *, report: bool
) -> tuple[dict[str, str], list[Span]]:
    """Return {date, hour, amount, count} of a text, without what it does not say, and where it says moments.

    ``houses``: where house numbers stand, which are no counts; ``report``: whether it reports what happened.
    """
    days = find_dates(text, today, past=tells_of_past(text, report=report))
    hours = find_hours(text)
    numbers = [one for one in find_numbers(text) if not overlaps(one, houses)]
    said: list[FoundDate | FoundHour] = [*days, *hours]
    moments = [(one.start, one.end) for one in said]
    amounts = [one for one in numbers if is_amount(text, one, moments)]
    taken = [*moments, *((one.start, one.end) for one in amounts)]
    counts = [one for one in numbers if not overlaps(one, taken) and is_count(text, one)]
    found = {}
    if days:
        found["date"] = days[0].date.isoformat()
    if hours:
        found["hour"] = f"{hours[0].time:%H:%M}"
    if amounts:
        found["amount"] = plain_number(amounts[0].value)
    if counts:
        found["count"] = plain_number(counts[0].value)
    return found, moments


def tells_of_past(text: str, *, report: bool) -> bool:
    """Return whether a text tells of what happened, by its words; where they say nothing, whether it is a report."""
    said = word_set(" ".join(re.findall(r"[^\W\d_]+", text)))
    past, wanted = bool(said & PAST), bool(said & WANTED)
    return past if past != wanted else report


def overlaps(one: FoundNumber, spans: Iterable[Span]) -> bool:
    """Return whether a number shares a character with one of these spans."""
    return any(one.start < end and start < one.end for start, end in spans)


def is_amount(text: str, one: FoundNumber, moments: Sequence[Span]) -> bool:
    """Return whether a number is an amount of money: beside a currency, or alone after a word of paying."""
    if one.value <= 0:
        return False
    if _CURRENCY_AFTER.match(text, one.end) or _CURRENCY_BEFORE.search(text[: one.start]):
        return True
    after = word_after(text, one.end)
    if overlaps(one, moments) or not (after in PERIODS or after in CONNECTING or not after):
        return False
    return word_before(text, one.start) in PAID


def is_count(text: str, one: FoundNumber) -> bool:
    """Return whether a number counts pieces or people: a whole one, before a word that is no measure."""
    said, before, after = text[one.start : one.end], text[: one.start], word_after(text, one.end)
    figure = said[:1].isdecimal()
    if one.value != int(one.value) or one.value < (1 if figure else 2) or after in MEASURES:
        return False
    if word_before(text, one.start) in NAMES or (_IS.search(before) and not counted(text, one.end)):
        return False
    if figure:
        other = said.startswith("0") or before.endswith("#") or bool(_LETTER.match(text, one.end)) or is_year(one)
        return bool(after) and not other
    return not (before.endswith("ב") or is_measure(said) or is_measure(word_before(text, one.start)))


def is_year(one: FoundNumber) -> bool:
    """Return whether a number in figures is rather a year."""
    return 1990 <= one.value <= 2040


def is_measure(word: str) -> bool:
    """Return whether a word is a measure: "минут тридцать", or a dual such as دقيقتين."""
    return not MEASURES.isdisjoint(word_set(word))


def counted(text: str, end: int) -> bool:
    """Return whether a word that may be counted follows: "we are 12 families"."""
    after = word_after(text, end)
    return bool(after) and after not in MEASURES and after not in CONNECTING


def word_before(text: str, start: int) -> str:
    """Return the normalised word right before a place in a text; "" for none."""
    found = _BEFORE.search(text[max(0, start - 40) : start])
    return next(iter(word_set(found[1]))) if found else ""


def word_after(text: str, end: int) -> str:
    """Return the normalised word right after a place in a text; "" for none."""
    found = _AFTER.match(text, end)
    return next(iter(word_set(found[1])), "") if found else ""


def plain_number(value: Decimal) -> str:
    """Return a number in plain digits: whole, or with two decimals."""
    return str(int(value)) if value == int(value) else f"{value:.2f}"
