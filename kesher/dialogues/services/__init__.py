"""The services of dialogues: take a turn, begin a skill, and store the sessions in between."""

from kesher.dialogues.services.completion import complete, is_completing
from kesher.dialogues.services.consent import start
from kesher.dialogues.services.engine import advance, begin, is_gone, pick_up, subject_of, take, to_person
from kesher.dialogues.services.erasure import forget_old_forms
from kesher.dialogues.services.prompts import GO, menu
from kesher.dialogues.services.sessions import (
    IDLE,
    active_session,
    answers_kept,
    close_forms,
    continue_url,
    dialogues_in_hand,
    end,
    find_pickup_codes,
    keep_for_later,
    on_merge,
    park,
    parked_session,
    put,
    set_aside,
    set_dialogue_aside,
    unfinished,
)

__all__ = [
    "GO",
    "IDLE",
    "active_session",
    "advance",
    "answers_kept",
    "begin",
    "close_forms",
    "complete",
    "continue_url",
    "dialogues_in_hand",
    "end",
    "find_pickup_codes",
    "forget_old_forms",
    "is_completing",
    "is_gone",
    "keep_for_later",
    "menu",
    "on_merge",
    "park",
    "parked_session",
    "pick_up",
    "put",
    "set_aside",
    "set_dialogue_aside",
    "start",
    "subject_of",
    "take",
    "to_person",
    "unfinished",
]
