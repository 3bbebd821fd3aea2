"""Measure a text in a channel's own unit (SMS parts, bytes, letters), and cut it to fit, between grapheme clusters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final, Literal

Unit = Literal["char", "utf16", "byte", "gsm"]

_GSM_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = "\f^{}\\[~]|€"
_GSM_TEXT: Final = re.compile(f"[{re.escape(_GSM_BASIC + _GSM_EXTENDED)}]*")
_GSM_ESCAPED: Final = re.compile(f"[{re.escape(_GSM_EXTENDED)}]")
# Spaces that allow no break: both sides are one word (050\u00a0123).
_GLUE: Final = frozenset("\u00a0\u2007\u202f")
_BREAKS: Final = "".join(char for char in map(chr, range(0x3001)) if char.isspace() and char not in _GLUE)


@dataclass(frozen=True, slots=True)
class SmsCount:
    """The cost of a text as SMS: parts, and size in the encoding's units (septets or UTF-16 units)."""

    parts: int
    units: int
    encoding: Literal["gsm7", "ucs2"]


def length(text: str, unit: Unit) -> int:
    """Return the size of a text in this unit: characters, UTF-16 code units, bytes or GSM septets.

    `gsm` counts septets, two for those of the extension table. A text outside the GSM alphabet is sent as UCS-2, so
    there `gsm` counts UTF-16 units. Lone surrogates are counted, not refused.
    """
    if unit == "char":
        return len(text)
    if unit == "byte":
        return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if unit == "gsm" and _GSM_TEXT.fullmatch(text):
        return len(text) + len(_GSM_ESCAPED.findall(text))
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, limit: int, unit: Unit) -> list[str]:
    """Return a text cut between words into as few pieces as possible, each at most `limit` units long.

    A word that fits into one piece is never cut; a longer one is cut between graphemes. Only a grapheme that alone
    exceeds the limit is cut, between code points, and a code point over the limit stands alone. White space at the
    edges and cuts is dropped; a blank text has no pieces. Raise ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit} holds nothing")
    text = text.strip(_BREAKS)
    if length(text, unit) <= limit:
        return [text] if text else []
    ruler = _Ruler(text, limit, unit)
    pieces: list[str] = []
    start = 0
    while start < ruler.count:
        end = ruler.end(start)
        pieces.append(ruler.slice(start, end).rstrip(_BREAKS))
        start = end
        while start < ruler.count and ruler.blank[start]:
            start += 1
    return pieces


def sms_parts(text: str) -> SmsCount:
    """Return how many SMS a text takes, its length in units, and its encoding.

    One SMS has 160 septets or 70 UTF-16 units; each of several has 153 or 67. An escaped GSM character or a surrogate
    pair is not split between two. "" takes none.
    """
    units = length(text, "gsm")
    gsm = _GSM_TEXT.fullmatch(text) is not None
    encoding: Literal["gsm7", "ucs2"] = "gsm7" if gsm else "ucs2"
    alone, together = (160, 153) if gsm else (70, 67)
    if units <= alone:
        return SmsCount(1 if text else 0, units, encoding)
    count, used = 1, 0
    for char in text:
        size = 2 if (char in _GSM_EXTENDED if gsm else ord(char) > 0xFFFF) else 1
        if used + size > together:
            count, used = count + 1, 0
        used += size
    return SmsCount(count, units, encoding)


class _Ruler:
    """A text in graphemes with running totals, so that the size of any range is one subtraction."""

    def __init__(self, text: str, limit: int, unit: Unit) -> None:
        """Split a text into graphemes and add up their sizes in the unit."""
        self.text, self.limit = text, limit
        clusters: list[str] = []
        for cluster in graphemes(text):
            clusters += [cluster] if length(cluster, unit) <= limit else list(cluster)
        self.count = len(clusters)
        self.blank = [not cluster.strip(_BREAKS) for cluster in clusters]
        self.offsets = _running(len(cluster) for cluster in clusters)
        plain: Unit = "utf16" if unit == "gsm" else unit
        self.plain = _running(length(cluster, plain) for cluster in clusters)
        # One Hebrew letter changes a whole piece to UTF-16, where "€" costs 1 and not 2, so both totals are needed.
        self.septets = _running(length(cluster, unit) for cluster in clusters) if unit == "gsm" else self.plain
        foreign = (not _GSM_TEXT.fullmatch(cluster) for cluster in clusters)
        self.foreign = _running(foreign) if unit == "gsm" else [0] * (self.count + 1)
        self.gaps = [index for index, blank in enumerate(self.blank) if blank]

    def slice(self, start: int, end: int) -> str:
        """Return the text of the graphemes from `start` to before `end`."""
        return self.text[self.offsets[start] : self.offsets[end]]

    def size(self, start: int, end: int) -> int:
        """Return the size, in the ruler's unit, of the graphemes from `start` to before `end`."""
        totals = self.septets if self.foreign[start] == self.foreign[end] else self.plain
        return totals[end] - totals[start]

    def end(self, start: int) -> int:
        """Return the index of the grapheme before which the piece that begins at `start` ends."""
        end = self._farthest(start, self.plain)
        if self.foreign[start] == self.foreign[end]:
            end = self._farthest(start, self.septets)
        cut = self._word_cut(start, end)
        if self.size(start, cut) > self.limit:
            # After cutting at the word the piece has no non-GSM character any more and is counted in septets.
            cut = self._word_cut(start, self._farthest(start, self.septets))
        return cut

    def _farthest(self, start: int, totals: list[int]) -> int:
        """Return how far a piece from `start` may reach within the limit, by these running totals."""
        return max(start + 1, bisect_right(totals, totals[start] + self.limit, lo=start) - 1)

    def _word_cut(self, start: int, end: int) -> int:
        """Return the last gap between words up to grapheme `end`; `end` if the word is longer than any piece."""
        if end >= self.count or self.blank[end]:
            return end
        index = bisect_right(self.gaps, end)
        gap = self.gaps[index - 1] if index else -1
        if gap <= start:
            return end
        word_end = self.gaps[index] if index < len(self.gaps) else self.count
        return end if self.size(gap + 1, word_end) > self.limit else gap


def _running(sizes: Iterable[int]) -> list[int]:
    """Return the running totals of sizes, beginning with 0."""
    return list(accumulate(sizes, initial=0))


_JOINER: Final = "\u200d"
_PREPENDED: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd")
_HALF_WIDTH_MARKS: Final = frozenset("\uff9e\uff9f")
_VIRAMA: Final = 9
# Which Hangul kinds may follow which: rules GB6, GB7 and GB8 of the annex.
_HANGUL: Final = {
    "L": frozenset({"L", "V", "LV", "LVT"}),
    "LV": frozenset({"V", "T"}),
    "V": frozenset({"V", "T"}),
    "LVT": frozenset({"T"}),
    "T": frozenset({"T"}),
}


def graphemes(text: str) -> list[str]:
    """Return the grapheme clusters (what a reader sees as one character) of a text; joined, they are the text."""
    if text.isascii() and "\r" not in text:
        return list(text)
    clusters: list[str] = []
    start = 0
    flags = 0
    for index in range(1, len(text)):
        before, char = text[index - 1], text[index]
        # A flag is a pair of regional indicators: after an even number of them a new flag starts here.
        flags = flags + 1 if _kind(before) == "regional" else 0
        if not _joined(before, char, flags):
            clusters.append(text[start:index])
            start = index
    if text:
        clusters.append(text[start:])
    return clusters


def _joined(before: str, char: str, flags: int) -> bool:
    """Return whether two neighbouring characters belong to one grapheme cluster."""
    left, right = _kind(before), _kind(char)
    if left == "control" or right == "control":
        return before == "\r" and char == "\n"
    if right in ("extend", "joiner") or left == "prepend":
        return True
    if left == "high":
        return right == "low"
    if left == "regional" and right == "regional":
        return flags % 2 == 1
    if left == "joiner":
        return not char.isspace()
    if unicodedata.combining(before) == _VIRAMA:
        return unicodedata.category(char) == "Lo"
    return right in _HANGUL.get(left, ())


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """Return the class of a character that decides how it joins its neighbours, as in Unicode's rules."""
    point = ord(char)
    if char == _JOINER:
        return "joiner"
    if _extends(char, point):
        return "extend"
    if char in _PREPENDED:
        return "prepend"
    if 0xD800 <= point <= 0xDFFF:
        return "high" if point < 0xDC00 else "low"
    if 0x1F1E6 <= point <= 0x1F1FF:
        return "regional"
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"):
        return "control"
    return _hangul(point)


def _extends(char: str, point: int) -> bool:
    """Return whether a character is drawn on the one before it: a mark, skin tone, variation selector or tag."""
    if point < 0x300:
        return False
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char == "\u200c"
        or char in _HALF_WIDTH_MARKS
        or 0x1F3FB <= point <= 0x1F3FF
        or 0xE0020 <= point <= 0xE007F
    )


def _hangul(point: int) -> str:
    """Return the Hangul syllable type of a code point ("L", "V" …), or "other"."""
    if 0x1100 <= point <= 0x115F or 0xA960 <= point <= 0xA97C:
        return "L"
    if 0x1160 <= point <= 0x11A7 or 0xD7B0 <= point <= 0xD7C6:
        return "V"
    if 0x11A8 <= point <= 0x11FF or 0xD7CB <= point <= 0xD7FB:
        return "T"
    if 0xAC00 <= point <= 0xD7A3:
        return "LV" if (point - 0xAC00) % 28 == 0 else "LVT"
    return "other"
