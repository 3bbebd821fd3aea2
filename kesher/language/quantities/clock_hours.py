"""Find the hours that a text says: "17:30", "8 בערב", "half past five", "в семь вечера", "الساعة ٥ ونص"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Final, NamedTuple

from kesher.language.number_words import digits
from kesher.language.quantities import clock_vocabulary as words
from kesher.language.quantities.calendar_vocabulary import DATE_CUES, RELATIVE, WEEKDAYS
from kesher.language.quantities.clock_vocabulary import Part
from kesher.language.quantities.number_vocabulary import MONEY_SIGNS, NAMES, UNITS
from kesher.language.quantities.spoken_numbers import read_figure, read_number
from kesher.language.quantities.tokens import Token, tokens

_COLON: Final = re.compile(r"(?<![\d:.,/])([01]?\d|2[0-4]):([0-5]\d)(?![\d:]|\.\d)")
_POINT: Final = re.compile(r"([01]?\d|2[0-4])\.([0-5]\d)")
_MERIDIEM: Final = re.compile(r"\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
_LAST_HOUR: Final = 24
_LAST_MINUTE: Final = 55
_NOON: Final = 12


class FoundHour(NamedTuple):
    """An hour that a text says, and its place in characters."""

    start: int
    end: int
    time: time


class _Said(NamedTuple):
    """An hour as said. ``is_sure``: that its own words make it one; ``is_exact``: written with minutes in figures."""

    hour: int
    minute: int
    after: int
    is_sure: bool = False
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """A text and its tokens."""

    text: str
    said: list[Token]

    def plain(self, place: int) -> str:
        """Return the normalised word at a place; "" past either end."""
        return self.said[place].plain if 0 <= place < len(self.said) else ""

    def ends(self, place: int) -> bool:
        """Return whether a phrase ends before a place."""
        return place >= len(self.said) or self.said[place].is_apart


def find_hours(text: str) -> list[FoundHour]:
    """Return the hours that a text says, in order.

    A bare hour from 1 to 6 without a part of the day is in the afternoon ("half past five" is 17:30); one in figures
    with minutes is what it says ("5:30"). Prices, versions, counts and dates are no hours.
    """
    read = _Text(text, tokens(text))
    found: list[FoundHour] = []
    place = 0
    while place < len(read.said):
        several, after = _at(read, place)
        found += several
        place = max(after, place + 1)
    return found


def _at(read: _Text, place: int) -> tuple[list[FoundHour], int]:
    """Return (the hours that begin at a token, the place after them)."""
    token = read.said[place]
    if token.is_figure and ":" in token.plain:
        return list(_in_figures(read, place)), place + 1
    if not token.is_figure and token.plain not in words.FIRST_WORDS:
        return [], place + 1
    if whole := words.WHOLE.at(read.said, place):
        return [FoundHour(token.start, read.said[whole[1] - 1].end, whole[0])], whole[1]
    strong = words.STRONG_CUES.at(read.said, place)
    weak = None if strong else words.WEAK_CUES.at(read.said, place)
    cue = strong or weak
    first = cue[1] if cue else place
    if cue and (first >= len(read.said) or read.said[first].is_apart):
        return [], first
    one = _hour(read, first, bool(strong), bool(weak) or token.plain in words.GLUED_HOURS)
    if one is None and weak:
        one = _hour(read, first := place, False, False)
    if one is None:
        return [], place + 1
    found, after = one
    return [found], after


def _in_figures(read: _Text, place: int) -> Iterator[FoundHour]:
    """Yield the hours of a figure with a colon: "17:30", "17:30-19:00"."""
    token = read.said[place]
    for found in _COLON.finditer(digits(token.plain)):
        start, end = token.start + found.start(), token.start + found.end()
        part, end = _part(read, place + 1, end) if end == token.end else (None, end)
        part = part or _part_before(read, place)
        yield FoundHour(start, end, _time(int(found[1]), int(found[2]), part, is_exact=True))


def _hour(read: _Text, place: int, has_strong: bool, has_weak: bool) -> tuple[FoundHour, int] | None:
    """Return (the hour said at a token, the place after it), if enough says that it is one."""
    one = _with_fraction(read, place)
    if one is None:
        return None
    after, is_sure = one.after, one.is_sure or has_strong
    if clock := words.O_CLOCK.at(read.said, after):
        is_sure = is_sure or read.plain(after).startswith("o") or has_weak
        after = clock[1]
    end = read.said[after - 1].end
    part, part_end = _part(read, after, end)
    if part and (is_sure or has_weak or read.plain(after) not in words.PARTS_OF_OTHER_SENSE):
        is_sure = is_sure or read.plain(place - 1) not in NAMES or read.said[place].is_apart
        while after < len(read.said) and read.said[after].start < part_end:
            after += 1
        end = part_end
    else:
        part = _part_before(read, place - 1 if has_weak or has_strong else place)
    if not is_sure and not (has_weak and _may_end(read, after)):
        return None
    if one.is_exact and not (has_strong or has_weak or part):
        return None
    if read.plain(after) in UNITS and not part and not has_strong:
        return None
    if not MONEY_SIGNS.isdisjoint(read.text[end : end + 2]):
        return None
    return FoundHour(read.said[place].start, end, _time(one.hour, one.minute, part, one.is_exact)), after


def _may_end(read: _Text, after: int) -> bool:
    """Return whether an hour may end before a place: nothing follows that it would count."""
    if read.ends(after) or read.plain(after) in words.FOLLOW or read.plain(after) in DATE_CUES:
        return True
    return bool(RELATIVE.at(read.said, after) or WEEKDAYS.at(read.said, after))


def _with_fraction(read: _Text, place: int) -> _Said | None:
    """Return an hour with the half, quarter or minutes before or after it."""
    if half := words.HALF_OF.at(read.said, place):
        return _Said(half[0], 30, half[1], is_sure=True)
    if before := words.BEFORE.at(read.said, place):
        one = _bare(read, before[1])
        return _shifted(one, before[0]) if one else None
    if read.plain(place) in words.QUARTER_TO and read.plain(place + 1).startswith("ל"):
        one = _bare(read, place + 1 + (read.plain(place + 1) == "ל"))
        return _shifted(one, -15) if one else None
    if minutes := _minutes_before(read, place):
        return minutes
    one = _bare(read, place)
    if one is None or one.is_exact:
        return one
    if after := words.AFTER.at(read.said, one.after):
        return _shifted(one._replace(after=after[1]), after[0], is_sure=False)
    return _with_minutes(read, one)


def _minutes_before(read: _Text, place: int) -> _Said | None:
    """Return an hour with minutes before it: "ten past five", "без пяти шесть", "עשרה לשמונה"."""
    without = read.plain(place) in words.WITHOUT
    said = read_number(read.said, place + without) if place + without < len(read.said) else None
    if said is None or said.value not in (5, 10, 15, 20, 25):
        return None
    after = said.after + (read.plain(said.after) in words.MINUTES)
    sign = words.MINUTES_BEFORE.at(read.said, after)
    if not said.is_word and not without and (sign is None or sign[0] < 0):  # "10 to 8" is a range
        return None
    if without:
        one = _bare(read, after)
        return _shifted(one, -int(said.value)) if one else None
    if sign:
        one = _bare(read, sign[1])
        return _shifted(one, sign[0] * int(said.value)) if one else None
    if read.plain(after).startswith("ל"):  # עשרה לשמונה; only with a part of the day or a cue
        one = _bare(read, after)
        return _shifted(one, -int(said.value), is_sure=False) if one and not read.said[after].is_figure else None
    return None


def _with_minutes(read: _Text, one: _Said) -> _Said:
    """Return an hour with minutes in words after it ("five thirty", "семь тридцать"), if there are any."""
    if one.after >= len(read.said) or not read.said[one.after].is_joined or read.said[one.after].is_figure:
        return one
    minutes = read_number(read.said, one.after)
    if minutes and minutes.value in range(10, _LAST_MINUTE + 1) and read.plain(minutes.after) not in UNITS:
        return one._replace(minute=int(minutes.value), after=minutes.after)
    return one


def _bare(read: _Text, place: int) -> _Said | None:
    """Return an hour in words or figures, from 0 to 24, perhaps with the half that numbers have."""
    if place >= len(read.said):
        return None
    if name := words.HOUR_NAMES.at(read.said, place):
        return _Said(name[0], 0, name[1])
    token = read.said[place]
    if token.is_figure:
        plain = digits(token.plain)
        if point := _POINT.fullmatch(plain):
            return _Said(int(point[1]), int(point[2]), place + 1, is_exact=True)
        if plain.isdecimal() and len(plain) == 2 and plain[0] == "0":
            return _Said(int(plain), 0, place + 1)
        if read_figure(token) is None:
            return None
    number = read_number(read.said, place)
    if number is None or not 0 < number.value <= _LAST_HOUR:
        return None
    minute = int(number.value % 1 * 60)
    return _Said(int(number.value), minute, number.after)


def _shifted(one: _Said, minutes: int, is_sure: bool = True) -> _Said | None:
    """Return an hour so many minutes later; None if it has minutes of its own."""
    if one.minute or one.is_exact:
        return None
    hour, minute = (one.hour - 1 or _NOON, 60 + minutes) if minutes < 0 else (one.hour, minutes)
    return one._replace(hour=hour, minute=minute, is_sure=is_sure)


def _part(read: _Text, place: int, end: int) -> tuple[Part | None, int]:
    """Return (the part of the day said at a place or None, where it ends in the text or `end`)."""
    if meridiem := _MERIDIEM.match(read.text, end):
        return (Part.MORNING if meridiem[1] in "aA" else Part.AFTERNOON), meridiem.end()
    found = words.PARTS.at(read.said, place)
    if found is None or not read.said[place].is_joined:
        return None, end
    return found[0], read.said[found[1] - 1].end


def _part_before(read: _Text, place: int) -> Part | None:
    """Return the part of the day that stands before an hour and what announces it ("tonight at 8"); None for none."""
    for back in (1, 2, 3):
        found = words.PARTS.at(read.said, place - back) if place >= back else None
        if found and place - 1 <= found[1] <= place:
            return found[0]
    return None


def _time(hour: int, minute: int, part: Part | None, is_exact: bool) -> time:
    """Return the time of day that an hour of twelve or of 24 means in a part of the day."""
    if part is None and is_exact:
        return time(hour % _LAST_HOUR, minute)
    if 1 <= hour <= _NOON:
        hour = (part or Part.NOT_SAID).value[hour - 1]
    return time(hour % _LAST_HOUR, minute)
