"""Shorten a text at the end of a word, in any script, without characters that change its direction."""

from __future__ import annotations

from typing import Final

# What may not be left before the dots: half a bracket, a separator, or an invisible joiner.
_LOOSE: Final = " \t\n,;:–—-־/|·(«“״\"'„&\N{ZERO WIDTH JOINER}"


def truncate_text(text: str, most: int, dots: str = "…") -> str:
    """Return a text of at most `most` characters: whole, or cut after a word and ended with `dots`.

    A first word that is longer than that is cut within.
    """
    if len(text) <= most:
        return text
    room = most - len(dots)
    cut = text[:room]
    if not text[room].isspace():
        head, space, _tail = cut.rpartition(" ")
        cut = head if space and head.strip(_LOOSE) else cut
    return cut.rstrip(_LOOSE) + dots
