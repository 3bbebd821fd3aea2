"""The writing verbs of petitions. Every door (page, desk, API, any conversation) calls these."""

from kesher.petitions.services.editing import (
    close_what_is_over,
    create_petition,
    edit_petition,
    move,
    note_thresholds,
    publish_response,
)
from kesher.petitions.services.news import Reach, publish_update, reach
from kesher.petitions.services.signing import (
    Signed,
    ask_to_withdraw,
    confirm_signature,
    confirm_withdrawal,
    sign,
    sign_for,
    sign_on_the_web,
    void_signature,
    withdraw,
)

__all__ = [
    "Reach",
    "Signed",
    "ask_to_withdraw",
    "close_what_is_over",
    "confirm_signature",
    "confirm_withdrawal",
    "create_petition",
    "edit_petition",
    "move",
    "note_thresholds",
    "publish_response",
    "publish_update",
    "reach",
    "sign",
    "sign_for",
    "sign_on_the_web",
    "void_signature",
    "withdraw",
]
