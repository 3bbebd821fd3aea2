"""Several things said at once, as one message."""

from __future__ import annotations

from dataclasses import replace

from kesher.channels.base import Say


def in_one_breath(says: list[Say]) -> list[Say]:
    """Several things said at once as one, for a channel on which each would be a letter. Whatever offers a choice ends
    one: its options stand under its own words."""
    letters: list[list[Say]] = [[]]
    for what in says:
        letters[-1].append(what)
        if what.options or what.template:
            letters.append([])
    return [joined(letter) for letter in letters if letter]


def joined(letter: list[Say]) -> Say:
    return replace(
        letter[-1],
        text="\n\n".join(what.text for what in letter if what.text),
        links=tuple(link for what in letter for link in what.links),
        media=tuple(media for what in letter for media in what.media),
        subject=next((what.subject for what in letter if what.subject), ""),
        secrets=tuple(secret for what in letter for secret in what.secrets),
        until=min((what.until for what in letter if what.until), default=None),
    )
