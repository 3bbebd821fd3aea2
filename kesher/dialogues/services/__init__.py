"""Services of dialogues: handle one message of a person, start a skill, store the form in progress."""

from kesher.dialogues.services.consent import start
from kesher.dialogues.services.engine import take_turn
from kesher.dialogues.services.erasure import forget_old_forms
from kesher.dialogues.services.form_completion import complete_form, is_completing
from kesher.dialogues.services.form_progress import (
    advance_form,
    begin_skill,
    find_subject,
    hand_to_person,
    is_gone,
    pick_up_form,
)
from kesher.dialogues.services.prompts import GO, offer_menu
from kesher.dialogues.services.sessions import (
    IDLE,
    active_session,
    close_code_question,
    close_forms,
    continue_url,
    end_session,
    fill_open_sessions,
    find_open_answers,
    find_pickup_codes,
    find_unfinished_forms,
    new_session,
    on_merge,
    park_form,
    park_session,
    parked_session,
    set_dialogue_aside,
    set_session_aside,
    valid_answers,
)

__all__ = [
    "GO",
    "IDLE",
    "active_session",
    "advance_form",
    "begin_skill",
    "close_code_question",
    "close_forms",
    "complete_form",
    "continue_url",
    "end_session",
    "fill_open_sessions",
    "find_open_answers",
    "find_pickup_codes",
    "find_subject",
    "find_unfinished_forms",
    "forget_old_forms",
    "hand_to_person",
    "is_completing",
    "is_gone",
    "new_session",
    "offer_menu",
    "on_merge",
    "park_form",
    "park_session",
    "parked_session",
    "pick_up_form",
    "set_dialogue_aside",
    "set_session_aside",
    "start",
    "take_turn",
    "valid_answers",
]
