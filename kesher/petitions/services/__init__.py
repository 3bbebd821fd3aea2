"""Offer the services that write petitions and signatures; every door calls these."""

from kesher.petitions.services.drafts import (
    Written,
    asked_identity,
    change_author,
    check_may_start,
    close_mine,
    confirm_author,
    note_supporters,
    rewrite,
    send_author_code,
    start_petition,
    supporters_of,
)
from kesher.petitions.services.due_codes import send_due_codes
from kesher.petitions.services.milestones import keep_promise, note_thresholds, set_milestones
from kesher.petitions.services.moderation import add_note, hold, let_go, note_look
from kesher.petitions.services.news import (
    Reach,
    answer_sent,
    decide_update,
    propose_update,
    publish_response,
    publish_update,
    reach,
)
from kesher.petitions.services.petition_text import create_petition, edit_petition, index_words
from kesher.petitions.services.policy import set_areas, set_policy, set_thresholds
from kesher.petitions.services.retention import anonymise_old
from kesher.petitions.services.signatures import (
    Signed,
    ask_to_withdraw,
    confirm_signature,
    confirm_withdrawal,
    sign_petition,
    too_late,
    void_signature,
    withdraw_signature,
)
from kesher.petitions.services.transitions import archive_old, close_what_is_over, extend, lapse_unsupported, move

__all__ = [
    "Reach",
    "Signed",
    "Written",
    "add_note",
    "anonymise_old",
    "answer_sent",
    "archive_old",
    "ask_to_withdraw",
    "asked_identity",
    "change_author",
    "check_may_start",
    "close_mine",
    "close_what_is_over",
    "confirm_author",
    "confirm_signature",
    "confirm_withdrawal",
    "create_petition",
    "decide_update",
    "edit_petition",
    "extend",
    "hold",
    "index_words",
    "keep_promise",
    "lapse_unsupported",
    "let_go",
    "move",
    "note_look",
    "note_supporters",
    "note_thresholds",
    "propose_update",
    "publish_response",
    "publish_update",
    "reach",
    "rewrite",
    "send_author_code",
    "send_due_codes",
    "set_areas",
    "set_milestones",
    "set_policy",
    "set_thresholds",
    "sign_petition",
    "start_petition",
    "supporters_of",
    "too_late",
    "void_signature",
    "withdraw_signature",
]
