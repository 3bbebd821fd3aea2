"""Find the dates that a text says: in figures, with a month's name, as a weekday, relative to today, Hebrew ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from kesher.language.number_words import digits
from kesher.language.quantities import calendar_vocabulary as words
from kesher.language.quantities.calendar_vocabulary import Side, Span
from kesher.language.quantities.date_context import YEAR_DAYS, DateText, Kind, SaidDate, months_later, to_gregorian
from kesher.language.quantities.number_vocabulary import MONEY_SIGNS, NAMES, ORDINAL_ENDINGS, UNITS
from kesher.language.quantities.spoken_numbers import read_number
from kesher.language.quantities.tokens import tokens

_FIGURES: Final = re.compile(
    r"(?<![\d.,/:])(?:(?P<iso>\d{4})-(?P<iso_month>\d{1,2})-(?P<iso_day>\d{1,2})"
    r"|(?P<day>\d{1,2})(?P<sign>[./-])(?P<month>\d{1,2})(?:(?P=sign)(?P<year>\d{4}|\d{2}))?)"
    r"(?![\d/]|[.,:]\d|-\d(?!\d?[./]\d))"
)
_FURTHEST: Final = 50  # years
_SOON: Final = 30  # days
_MARKS: Final = frozenset("'׳’\"״")
_NEAR: Final = 2  # words between a weekday and the date that it belongs to


class FoundDate(NamedTuple):
    """A date that a text says, and its place in characters."""

    start: int
    end: int
    date: date


def find_dates(text: str, today: date, *, past: bool = False) -> list[FoundDate]:
    """Return the dates that a text says, in order: "3.12", "3 בדצמבר", "مبارح", "last Tuesday", "כ״ה בכסלו".

    `past`: that the text reports what happened: a weekday without more lies before today then, else after it. A date
    without a year is the nearest one. Versions, prices, flats ("Herzl 12/3"), fractions and ranges of numbers are none.
    """
    read = DateText(text, tokens(text), today, past)
    found = []
    place = 0
    while place < len(read.said):
        several = _at(read, place)
        found += several
        place = max([place + 1, *(one.after for one in several)])
    return [FoundDate(*one.span, one.day) for one in _merged(read, found)]


def _at(read: DateText, place: int) -> list[SaidDate]:
    """Return the dates that begin at a token: several only within one figure ("3.12-5.12")."""
    token = read.said[place]
    if token.is_figure and (several := list(_figures(read, place))):
        return several
    if not token.is_figure and token.plain not in words.FIRST_WORDS:
        return []
    for find in (_hebrew, _day_and_month, _month_and_day, _relative, _in_or_ago, _weekday):
        if one := find(read, place):
            return [one]
    return []


def _figures(read: DateText, place: int) -> Iterator[SaidDate]:
    """Yield the dates that a figure holds: 3.12, 3/12/26, 2026-12-03."""
    token = read.said[place]
    plain = digits(token.plain)
    for found in _FIGURES.finditer(plain):
        if found["iso"]:
            day = to_gregorian(int(found["iso"]), int(found["iso_month"]), int(found["iso_day"]))
        else:
            day = _day_month_year(read, place, found)
        if day:
            start = token.start + found.start()
            yield SaidDate(place, place + 1, day, Kind.EXACT, (start, token.start + found.end()))


def _day_month_year(read: DateText, place: int, found: re.Match[str]) -> date | None:
    """Return the date of figures in the order of the country, or in American order where no other one is possible."""
    day, month = int(found["day"]), int(found["month"])
    if not found["year"]:
        return read.in_month(day, month, None) if _is_short_date(read, place, found) else None
    if found["sign"] == "-" and len(found["year"]) == 2:  # a licence plate, a range
        return None
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    return to_gregorian(year, month, day) or (to_gregorian(year, day, month) if found["sign"] == "/" else None)


def _is_short_date(read: DateText, place: int, found: re.Match[str]) -> bool:
    """Return whether "3.12" or "3/12" is a date, and no price, measure, version, flat or fraction."""
    token = read.said[place]
    before, after = read.plain(place - 1), read.plain(place + 1)
    near = read.text[max(0, token.start - 2) : token.start] + read.text[token.end : token.end + 2]
    if MONEY_SIGNS & set(near) or "%" in near or after in UNITS or before in NAMES or before in UNITS:
        return False
    if found["sign"] == "-" or read.text[token.start - 1 : token.start] in ("*", "#", "/", "_"):
        return False
    has_cue = place == 0 or before in words.DATE_CUES
    if found["sign"] == "/" and found.group() in words.NOT_DATES:
        return False
    if found["sign"] == "/" and not has_cue:  # a flat is written so, too: "Herzl 12/3"
        day = read.in_month(int(found["day"]), int(found["month"]), None)
        is_soon = day is not None and abs((day - read.today).days) <= _SOON
        return is_soon and not read.text[read.said[place - 1].start].isupper()
    return has_cue or found["sign"] == "/" or len(found["month"]) == 2


def _day(read: DateText, place: int) -> tuple[int, int] | None:
    """Return (a day of a month said at a token in figures, words or as an ordinal, the place after it)."""
    if place >= len(read.said):
        return None
    if day := words.ORDINALS.get(read.plain(place)):
        tail = words.ORDINAL_TAILS.get(read.plain(place + 1), 0) if day < 10 else 0
        return day + tail, place + 1 + bool(tail)
    reading = read_number(read.said, place)
    if not reading or not 1 <= reading.value <= 31 or reading.value != int(reading.value):
        return None
    day, after = int(reading.value), reading.after
    if after < len(read.said) and read.said[after].is_joined:
        plain = read.plain(after)
        if not reading.is_word and plain in ORDINAL_ENDINGS and read.said[after].before in ("", "-"):
            return day, after + 1
        if reading.is_word and day in (20, 30) and words.ORDINALS.get(plain, 10) < 10:
            return day + words.ORDINALS[plain], after + 1
    return day, after


def _year(read: DateText, place: int) -> tuple[int | None, int]:
    """Return (the Gregorian year said at a place or None, the place after it)."""
    plain = digits(read.plain(place))
    if len(plain) == 4 and plain.isdecimal() and plain[:2] in ("19", "20"):
        return int(plain), place + 1
    return None, place


def _day_and_month(read: DateText, place: int) -> SaidDate | None:
    """Return a date such as "3 בדצמבר 2026", "третьего декабря", "the 3rd of December", "3 לחודש", "3 ל-12"."""
    found = _day(read, place)
    if found is None or read.plain(place - 1) in words.SAYS_AN_AGE:
        return None
    day, after = found
    if month := words.OF_THE_MONTH.at(read.said, after):
        this = read.of_this_month(day)
        return read.found(place, month[1], this, Kind.EXACT) if this else None
    while read.plain(after) in words.BETWEEN and after < place + 4:
        after += 1
    if by_name := words.MONTHS.at(read.said, after):
        year, after = _year(read, by_name[1])
        this = read.in_month(day, by_name[0], year)
        return read.found(place, after, this, Kind.EXACT) if this else None
    if by_name := words.HEBREW_MONTHS.at(read.said, after):
        hebrew_year, after = _hebrew_year(read, by_name[1])
        this = read.in_hebrew_month(day, by_name[0], hebrew_year)
        return read.found(place, after, this, Kind.EXACT) if this else None
    return _day_of_figures(read, place, day, after)


def _day_of_figures(read: DateText, place: int, day: int, after: int) -> SaidDate | None:
    """Return a date such as "ב-3 ל-12" or "on the 3rd"; None for anything else."""
    before, month = read.plain(place - 1), digits(read.plain(after))
    if after == place + 2 and read.plain(place + 1) == "ל" and before in words.SAYS_A_DAY:
        this = read.in_month(day, int(month), None) if month.isdecimal() and len(month) <= 2 else None
        return read.found(place, after + 1, this, Kind.EXACT) if this else None
    is_ordinal = before == "the" and (not read.said[place].is_figure or after == place + 2)
    follows = after >= len(read.said) or read.said[after].is_apart or read.plain(after) in words.DATE_CUES
    if is_ordinal and follows and read.plain(place - 2) in words.DATE_CUES:
        this = read.of_this_month(day)
        return read.found(place, after, this, Kind.EXACT) if this else None
    return None


def _month_and_day(read: DateText, place: int) -> SaidDate | None:
    """Return a date such as "December 3rd, 2026"; None for anything else."""
    token = read.said[place]
    found = words.MONTHS.at(read.said, place) if token.plain.isascii() and not token.is_figure else None
    if found is None:
        return None
    month, after = found
    after += read.plain(after) == "the"
    day = _day(read, after)
    if day is None or (read.said[after].is_apart and read.said[after].before.strip() != "."):
        return None
    is_certain = not read.said[after].is_figure or day[1] > after + 1 or read.text[token.start].isupper()
    if (token.plain in words.OTHER_WORDS and not is_certain) or read.plain(day[1]) in UNITS:
        return None
    year, end = _year(read, day[1])
    this = read.in_month(day[0], month, year)
    return read.found(place, end, this, Kind.EXACT) if this else None


def _hebrew(read: DateText, place: int) -> SaidDate | None:
    """Return a date such as "כ״ה בכסלו" or "ט״ו בשבט תשפ״ז"; None for anything else."""
    token = read.said[place]
    has_marks = not _MARKS.isdisjoint(read.text[token.start : token.end])
    if feast := words.FEASTS.at(read.said, place):
        this = read.in_hebrew_month(feast[0][1], feast[0][0], None)
        return read.found(place, feast[1], this, Kind.EXACT) if this else None
    day = (words.LETTER_DAYS if has_marks else words.HEBREW_DAYS).get(token.plain)
    if day is None:
        return None
    month = words.HEBREW_MONTHS.at(read.said, place + 1)
    if month is None or not (has_marks or read.plain(place + 1)[0] in "בל"):
        return None
    year, after = _hebrew_year(read, month[1])
    this = read.in_hebrew_month(day, month[0], year)
    return read.found(place, after, this, Kind.EXACT) if this else None


def _hebrew_year(read: DateText, place: int) -> tuple[int | None, int]:
    """Return (the Hebrew year said at a place or None, the place after it): תשפ״ז, ה׳תשפ״ז, 5787."""
    plain = digits(read.plain(place))
    if plain.isdecimal() and len(plain) == 4 and plain[0] == "5":
        return int(plain), place + 1
    letters = plain.removeprefix("ה")
    if letters.startswith("תש") and len(letters) <= 5 and all(letter in words.HEBREW_FIGURES for letter in letters):
        return 5000 + sum(words.HEBREW_FIGURES[letter] for letter in letters), place + 1
    return None, place


def _relative(read: DateText, place: int) -> SaidDate | None:
    """Return a date such as "today", "مبارح", "שבוע שעבר"; None for anything else."""
    found = words.RELATIVE.at(read.said, place)
    if found is None:
        return None
    span, after = found
    if span.days == 0 and read.plain(place - 1) in words.NOT_TODAY_AFTER and not read.said[place].is_apart:
        return None
    return read.found(place, after, read.today + timedelta(span.days), Kind.WEEK if span.is_week else Kind.RELATIVE)


def _in_or_ago(read: DateText, place: int) -> SaidDate | None:
    """Return a date such as "in three days", "неделю назад", "לפני שבועיים"; None for anything else."""
    opened = words.OPENS.at(read.said, place)
    sign, after = opened or (0, place)
    length = _length(read, after)
    if length is None:
        return None
    span, count, end = length
    closed = words.CLOSES.at(read.said, end)
    if closed and not read.said[end].is_apart:
        sign, end = closed[0] if not (opened and sign == -1) else sign, closed[1]
    elif not opened or (count == 0 and _needs_count(read, place, span)):
        return None
    days, months = span.days * (count or 1) * sign, span.months * (count or 1) * sign
    if abs(days) > _FURTHEST * YEAR_DAYS or abs(months) > _FURTHEST * 12:
        return None
    return read.found(place, end, months_later(read.today, months) + timedelta(days), Kind.RELATIVE)


def _length(read: DateText, place: int) -> tuple[Span, int, int] | None:
    """Return (a length of time, how many of it or 0 if not said, the place after it); None for anything else."""
    if place >= len(read.said):
        return None
    count, after = 0, place
    if several := words.COUNTS.at(read.said, place):
        count, after = several
    elif (reading := read_number(read.said, place)) and reading.value == int(reading.value) > 0:
        count, after = int(reading.value), reading.after
    found = words.LENGTHS.at(read.said, after)
    return (found[0], count, found[1]) if found and not (count and read.said[after].is_apart) else None


def _needs_count(read: DateText, place: int, span: Span) -> bool:
    """Return whether "in" or "before" with this length alone says no date ("before Monday", "in week")."""
    return read.plain(place).isascii() or (span.days == 1 and read.plain(place) not in words.OPENS_A_DAY)


def _weekday(read: DateText, place: int) -> SaidDate | None:
    """Return the date of a weekday, past or next by what stands around it; None for anything else."""
    found = words.WEEKDAYS.at(read.said, place)
    if found is None or read.plain(place - 1) in words.EVERY:
        return None
    weekday, after = found
    side = Side.PAST if weekday.since else None
    first = place
    for back in (2, 1):
        before = words.BEFORE.at(read.said, place - back) if place >= back else None
        if before and before[1] == place and not read.said[place].is_apart:
            first, side = place - back, before[0]
            break
    following = words.AFTER.at(read.said, after)
    if following and read.said[after].is_joined:
        side, after = following
    elif not _is_weekday(read, place, after):
        return None
    side = side or (Side.PAST if read.past else Side.NEXT)
    today = read.today.weekday()
    ahead = (weekday.number - today) % 7
    days = {Side.THIS: ahead, Side.NEXT: ahead or 7, Side.PAST: (ahead or 7) - 7 or -7}[side]
    return read.found(first, after, read.today + timedelta(days), Kind.WEEKDAY)


def _is_weekday(read: DateText, place: int, after: int) -> bool:
    """Return whether a word that may be an ordinal or a prefix is a weekday without "next" or "last" after it."""
    plain, last = read.plain(place), read.said[after - 1]
    following = read.said[after] if after < len(read.said) else None
    if after == place + 1 and plain in words.BARE:
        return False
    if following is None:
        return True
    if len(last.plain) == 1 and following.is_figure and following.before in ("", "-", "־"):  # "ביום ה-3 לחודש"
        return False
    noun = following.plain
    is_noun = noun in words.CITIES or noun.endswith(("ימ", "ות")) or (noun.startswith("ה") and len(noun) > 2)
    return not (after == place + 1 and plain in words.WITHOUT_DAY and is_noun and not following.is_apart)


def _merged(read: DateText, found: list[SaidDate]) -> Iterator[SaidDate]:
    """Yield dates, a weekday together with the date or the week that it belongs to ("Sunday, 6 December")."""
    place = 0
    while place < len(found):
        one, other = found[place], found[place + 1] if place + 1 < len(found) else None
        both = _together(one, other) if other and other.first - one.after <= _NEAR else None
        yield both or one
        place += 2 if both else 1


def _together(one: SaidDate, other: SaidDate) -> SaidDate | None:
    """Return the one date that two neighbours say; None if they are two."""
    weekday, rest = (one, other) if one.kind is Kind.WEEKDAY else (other, one)
    if weekday.kind is not Kind.WEEKDAY or rest.kind is Kind.WEEKDAY:
        return None
    day = rest.day
    if rest.kind is Kind.WEEK:
        sunday = day - timedelta((day.weekday() + 1) % 7)
        day = sunday + timedelta((weekday.day.weekday() + 1) % 7)
    elif rest.kind is Kind.RELATIVE and day.weekday() != weekday.day.weekday():
        return None
    return one._replace(after=other.after, day=day, kind=Kind.EXACT, span=(one.span[0], other.span[1]))
