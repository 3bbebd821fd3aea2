"""Measure a text in a channel's own unit (SMS parts, bytes, letters), and cut it to fit.

Sources: 3GPP TS 23.038 section 6.2.1 (the GSM alphabet and its extension table) and TS 23.040 section 9.2.3.24.1 (a
concatenated message loses six octets of each part to its header: 160 to 153 septets, 70 to 67 UCS-2 units).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from kesher.language.graphemes import graphemes

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
