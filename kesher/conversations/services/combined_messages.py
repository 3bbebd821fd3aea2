"""Combine several replies to one person into one message."""

from __future__ import annotations

from dataclasses import replace

from kesher.channels.base import Say


def merge_adjacent_messages(says: list[Say]) -> list[Say]:
    """Return the replies joined into as few messages as options allow, for channels such as mail.

    A reply with options ends a message: its options stand under its own text.
    """
    letters: list[list[Say]] = [[]]
    for what in says:
        letters[-1].append(what)
        if what.options or what.template:
            letters.append([])
    return [merge_messages(letter) for letter in letters if letter]


def merge_messages(letter: list[Say]) -> Say:
    """Return one message with the texts, links, files and secrets of several."""
    return replace(
        letter[-1],
        text="\n\n".join(what.text for what in letter if what.text),
        links=tuple(link for what in letter for link in what.links),
        media=tuple(media for what in letter for media in what.media),
        subject=next((what.subject for what in letter if what.subject), ""),
        secrets=tuple(secret for what in letter for secret in what.secrets),
        until=min((what.until for what in letter if what.until), default=None),
    )
