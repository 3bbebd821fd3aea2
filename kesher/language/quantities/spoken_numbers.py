"""Find the numbers that a text says, in figures of every script and in words, up to a million and past it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from kesher.language.number_words import digits
from kesher.language.quantities.number_vocabulary import (
    ABBREVIATION_MOST,
    AND,
    ARTICLES,
    BOTH_DUAL_AND_PLURAL,
    DUAL,
    DUAL_LEAST,
    GLUED_HALF,
    MONEY_SIGNS,
    NAMES,
    NEEDS_PLURAL,
    NEEDS_UNIT,
    NO_DUALS,
    NOT_AFTER,
    NUMBER_WORDS,
    ONE_AND_A_PART,
    ORDINAL_ENDINGS,
    PLURAL_ENDINGS,
    UNITS,
    NumberWord,
    Role,
)
from kesher.language.quantities.tokens import Token, tokens

_PLAIN_FIGURE: Final = re.compile(
    "(?:(?P<commas>[1-9]\\d{0,2}(?:[,٬،]\\d{3})+)|(?P<blanks>[1-9]\\d{0,2}(?:[ \u00a0\u202f]\\d{3})+)"
    "|(?P<points>[1-9]\\d{0,2}(?:\\.\\d{3})+(?=,))|(?P<whole>\\d{1,7}))?"
    "(?:[.,٫](?P<part>\\d{1,2}))?(?P<fraction>[½¼¾])?"
)
_FRACTIONS: Final = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), None: Decimal(0)}
_NO_DIGIT: Final = re.compile(r"\D")
_HUNDRED: Final = 100
_TEN: Final = 10
_NAMELESS: Final = 5  # so many figures without a sign or a unit are the number of a case or a petition
_DICTATED: Final = 4  # so many numbers one after the other are a telephone number or a code that is read out


_FIRST_WORDS: Final = NUMBER_WORDS.keys() | UNITS


class FoundNumber(NamedTuple):
    """A number that a text says: its place in characters and its value."""

    start: int
    end: int
    value: Decimal


class Reading(NamedTuple):
    """A number read at a token: its value, the place of the token after it, and where it begins and ends."""

    value: Decimal
    after: int
    start: int
    end: int
    is_word: bool


@dataclass(slots=True)
class _Sum:
    """A spoken number that grows: whole thousands, and what stands after them."""

    total: Decimal = Decimal(0)
    rest: Decimal | None = None
    last: Decimal = Decimal(1)
    is_figure: bool = False
    is_done: bool = False

    @property
    def value(self) -> Decimal:
        """Return the number said so far."""
        return self.total + (self.rest or 0)

    def add(self, word: NumberWord, is_first: bool) -> bool:
        """Take in one more word; return False if it begins another number."""
        if self.is_done:  # "three and a half million"
            return word.value > _HUNDRED and not word.with_and and self._multiply(word, is_first)
        if word.role is Role.PART:
            return self._add_part(word, is_first)
        if word.role is Role.ADDS:
            return self._add_plain(word, is_first)
        return self._multiply(word, is_first)

    def _add_part(self, word: NumberWord, is_first: bool) -> bool:
        """Take in a half or a quarter: of one, or of the thousand or million just said."""
        if is_first:
            self.rest = word.value
            return True
        if not word.with_and:
            return False
        self.rest = (self.rest or Decimal(0)) + word.value * (self.last if self.rest is None else 1)
        self.is_done = True
        return True

    def _add_plain(self, word: NumberWord, is_first: bool) -> bool:
        """Take in a word that is smaller than what stands before it, or makes one of 11–19 or 21–99 with it."""
        value, rest = word.value, self.rest
        if is_first or (rest is None and value < self.last):
            if value >= self.last * 1000 or (is_first and value >= 1000):
                self.total, self.last = value, value / 2
            else:
                self.rest = value
            return True
        if self.is_figure or rest is None or rest != int(rest):
            return False
        last = int(rest) % _HUNDRED
        fits = (
            (value < _TEN and (last == 0 or last >= 20) and last % _TEN == 0 and rest >= 20)
            or (_TEN <= value < _HUNDRED and last == 0)
            or (value == _TEN and 0 < last < _TEN and word.lang in ("he", "ar") and not word.with_and)
            or (20 <= value < _HUNDRED and 0 < last < _TEN and word.lang == "ar" and word.with_and)
        )
        if fits:
            self.rest = rest + value
        return bool(fits)

    def _multiply(self, word: NumberWord, is_first: bool) -> bool:
        """Take in "hundred", "thousand" or "million"."""
        value, rest = word.value, self.rest
        if rest is None and word.role is Role.ONLY_MULTIPLIES:
            return False
        if value == _HUNDRED:
            if rest is None:
                self.rest = value
                return True
            if rest >= _HUNDRED or word.with_and:
                return False
            self.rest = rest * value
            return True
        if not is_first and ((self.total and self.last <= value) or (word.with_and and rest is not None)):
            return False
        self.total, self.rest, self.last = self.total + (rest or 1) * value, None, value
        return True


def read_figure(token: Token) -> Decimal | None:
    """Return the value of a figure; None for a date, a time, a version, a range, a telephone number or "1.250"."""
    found = _PLAIN_FIGURE.fullmatch(digits(token.plain))
    if not found or not found.lastgroup:
        return None
    whole = _NO_DIGIT.sub("", found["commas"] or found["blanks"] or found["points"] or found["whole"] or "0")
    if len(whole) > 1 and whole[0] == "0":
        return None
    return Decimal(f"{int(whole)}.{found['part'] or 0}") + _FRACTIONS[found["fraction"]]


def read_number(said: list[Token], place: int) -> Reading | None:
    """Return the number that begins at a token, whatever stands around it; None for none."""
    first = said[place]
    number = _Sum()
    start, after, last_words = first.start, place, 0
    if first.is_figure:
        value = read_figure(first)
        if value is None:
            return None
        number.rest, number.is_figure = value, True
        after += 1
    while after < len(said):
        skipped, word = _number_word(said, after, is_first=after == place)
        if word is None or not number.add(word, after == place):
            break
        if after == place:
            start += word.prefix
        after += skipped + 1
        last_words += 1
    if after == place:
        return None
    value = number.value
    plain = value.normalize() if value % 1 else Decimal(int(value))
    return Reading(plain, after, start, said[after - 1].end, not first.is_figure)


def _number_word(said: list[Token], place: int, is_first: bool) -> tuple[int, NumberWord | None]:
    """Return (how many "and"s stand before, the word of a number that comes next or None)."""
    token = said[place]
    if not is_first and not token.is_joined:
        return 0, None
    if is_first:
        return 0, NUMBER_WORDS.get(token.plain) or _glued_half(token.plain)
    skipped = 0
    while skipped < 2 and place + skipped < len(said) and said[place + skipped].plain in AND:
        skipped += 1
    if place + skipped >= len(said) or not said[place + skipped].is_joined:
        return 0, None
    plain = said[place + skipped].plain
    word = NUMBER_WORDS.get(plain)
    if word is None:
        return 0, None
    if plain == BOTH_DUAL_AND_PLURAL:
        word = word._replace(value=Decimal(1000), role=Role.ONLY_MULTIPLIES)
    return skipped, word._replace(with_and=True) if skipped and said[place].plain not in ARTICLES else word


def _glued_half(plain: str) -> NumberWord | None:
    """Return the word for "полмиллиона": half of what follows; None for other words."""
    rest = NUMBER_WORDS.get(plain.removeprefix(GLUED_HALF)) if plain.startswith(GLUED_HALF) else None
    if rest is None or rest.role is Role.ADDS or rest.role is Role.PART:
        return None
    return rest._replace(value=rest.value / 2, role=Role.ADDS)


def find_numbers(text: str, lang: str = "") -> list[FoundNumber]:
    """Return the numbers that a text says, in order: "20", "1,250.00", "٢٥", "מאתיים חמישים", "خمسة وعشرين".

    `lang` limits the words to one language; figures are always read. Halves count ("полтора", "שקל וחצי"). No number
    is: a version, a range ("12-14"), a percentage, an ordinal, a telephone number, a figure that is a name (of a case,
    a bus, a floor), five figures or more without a unit. A date "3.12" reads as a number: find dates and hours first.
    """
    said = tokens(text)
    found: list[tuple[int, Reading]] = []
    place = 0
    while place < len(said):
        if not _may_begin(said[place]):
            place += 1
            continue
        reading = read_number(said, place) or _unit_and_part(said, place) or _dual(said, place)
        if reading is None or not _fits_language(said[place], lang):
            place += 1
            continue
        if _is_quantity(text, said, place, reading):
            found.append((place, reading))
        place = reading.after
    return [FoundNumber(one.start, one.end, one.value) for _place, one in _without_dictated(said, found)]


def _may_begin(token: Token) -> bool:
    """Return whether a number may begin with a token, at one look."""
    return token.is_figure or token.plain in _FIRST_WORDS or token.plain.startswith(GLUED_HALF) or _is_dual(token.plain)


def _is_dual(plain: str) -> bool:
    """Return whether a word is an Arabic noun in the dual."""
    return plain.endswith(DUAL) and len(plain) >= DUAL_LEAST and plain not in NO_DUALS


def _dual(said: list[Token], place: int) -> Reading | None:
    """Return the two that the dual of a noun says; None for other words."""
    token = said[place]
    return Reading(Decimal(2), place + 1, token.start, token.end, True) if _is_dual(token.plain) else None


def _fits_language(token: Token, lang: str) -> bool:
    """Return whether a number that begins with a token is of a language ("" for any)."""
    word = NUMBER_WORDS.get(token.plain)
    return not lang or word is None or word.lang == lang[:2]


def _unit_and_part(said: list[Token], place: int) -> Reading | None:
    """Return the number of "an hour and a half"; None for anything else."""
    if said[place].plain not in UNITS or (place and said[place - 1].is_figure):
        return None
    if found := ONE_AND_A_PART.at(said, place + 1):
        return Reading(found[0], found[1], said[place].start, said[found[1] - 1].end, True)
    return None


def _is_quantity(text: str, said: list[Token], place: int, reading: Reading) -> bool:
    """Return whether a number counts or measures something, and is not the name of something."""
    before = said[place - 1] if place else None
    after = said[reading.after] if reading.after < len(said) else None
    has_unit = (after is not None and after.plain in UNITS and not after.is_apart) or bool(
        MONEY_SIGNS & set(text[max(0, reading.start - 2) : reading.start] + text[reading.end : reading.end + 2])
    )
    if before and not has_unit and _is_name(said, place):
        return False
    if reading.is_word:
        return _word_counts(said, place, reading, has_unit)
    return _figure_counts(text, said[place], reading, after, has_unit)


def _is_name(said: list[Token], place: int) -> bool:
    """Return whether the word before a number, or the one before a prefix ("קומה ה-3"), makes it a name."""
    before = said[place - 1]
    if said[place].is_apart and (said[place].before.strip() != "." or len(before.plain) > ABBREVIATION_MOST):
        return False
    return before.plain in NAMES or (len(before.plain) == 1 and place > 1 and said[place - 2].plain in NAMES)


def _word_counts(said: list[Token], place: int, reading: Reading, has_unit: bool) -> bool:
    """Return whether a number in words is meant as one: many such words mean other things as well."""
    if reading.after > place + 1:
        return True
    plain = said[place].plain
    if place and said[place - 1].plain in NOT_AFTER.get(plain, ()):
        return False
    if plain in NEEDS_PLURAL:
        following = said[reading.after] if reading.after < len(said) else None
        return following is not None and following.is_joined and following.plain.endswith(PLURAL_ENDINGS)
    return has_unit or plain[NUMBER_WORDS[plain].prefix if plain in NUMBER_WORDS else 0 :] not in NEEDS_UNIT


def _figure_counts(text: str, token: Token, reading: Reading, after: Token | None, has_unit: bool) -> bool:
    """Return whether figures are a quantity by the signs that touch them."""
    previous, following = text[max(0, token.start - 1) : token.start], text[reading.end : reading.end + 1]
    if previous in ("#", "№", "@", "*", "_", "/", "+") or following in ("%", "٪", "#", "_", "/"):
        return False
    if previous == "-" and not text[max(0, token.start - 2) : token.start - 1].isalpha() and token.start > 1:
        return False
    if previous.isascii() and previous.isalpha():
        return False
    if after is not None and after.before in ("", "-", "־", "‑"):
        glued = after.plain
        if glued in ORDINAL_ENDINGS and glued not in UNITS:
            return False
        if after.before == "" and len(glued) == 1 and glued not in UNITS:
            return False
    return has_unit or len(token.plain) < _NAMELESS or not token.plain.isdecimal()


def _without_dictated(said: list[Token], found: list[tuple[int, Reading]]) -> list[tuple[int, Reading]]:
    """Return numbers without rows of them that are read out one by one."""
    rows: list[list[tuple[int, Reading]]] = []
    for place, reading in found:
        if rows and rows[-1][-1][1].after == place and said[place].is_joined:
            rows[-1].append((place, reading))
        else:
            rows.append([(place, reading)])
    return [one for row in rows if len(row) < _DICTATED for one in row]
