"""Texts about a consumer's right to cancel a distance purchase, in plain words.

Source: Consumer Protection Law, 5741-1981, sections 14C, 14C1 and 14E. The seller owes them; the platform only passes
them on, and the text says so.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

VERSION = "2026-11"
# Doors with a form only. Everything else is a conversation, chat included.
SILENT_DOORS = frozenset({"web", "api"})


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights as paragraphs; ``talked``: the four months hold if the person belongs to one of the groups."""

    paragraphs: tuple[str, ...]
    talked: bool
    version: str = VERSION


def cancellation_rights(*, talked: bool = False) -> Rights:
    """Return the legal cancellation rights; ``talked``: the pledge came by or after a conversation."""
    four = (
        _(
            "You pledged in a conversation. If you are 65 or older, have a disability, or immigrated in the last five "
            "years, you may cancel within four months (section 14C1)."
        )
        if talked
        else _(
            "If you are 65 or older, have a disability, or immigrated in the last five years, and there was a conversation "
            "before you bought (by phone or in writing, chat included), you may cancel within four months (section 14C1)."
        )
    )
    return Rights(
        (
            _(
                "You may cancel within 14 days from the day on which you received the goods, or the document with the "
                "conditions, whichever came later (Consumer Protection Law, 5741-1981, section 14C)."
            ),
            four,
            _(
                "If you cancel without a fault of the seller, he may keep at most 5% of the price or ₪100, whichever is "
                "less (section 14E). If the goods are faulty or not what was offered, he may keep nothing."
            ),
            _(
                "Cancel with the seller, in writing or by phone. Until the deadline you may give up your pledge here, freely."
            ),
            _(
                "Some goods are exempt: those that spoil quickly, and those that were made for you. This is a summary; the "
                "law itself decides."
            ),
        ),
        talked,
    )


def is_conversation_door(door: str) -> bool:
    """Return whether this channel is a conversation, such as a phone call or a chat."""
    return door not in SILENT_DOORS
