"""The writing verbs of petitions. Every door (page, desk, API, any conversation) calls these."""

from kesher.petitions.services.crowd import ask_to_sign, send_due_codes, sign_known
from kesher.petitions.services.editing import create_petition, edit_petition, index_words
from kesher.petitions.services.forgetting import anonymise_old
from kesher.petitions.services.milestones import keep_promise, note_thresholds, set_milestones
from kesher.petitions.services.moderating import add_note, hold, let_go, note_look
from kesher.petitions.services.moving import archive_old, close_what_is_over, extend, lapse_unsupported, move
from kesher.petitions.services.news import (
    Reach,
    answer_sent,
    decide_update,
    propose_update,
    publish_response,
    publish_update,
    reach,
)
from kesher.petitions.services.policy import set_areas, set_policy, set_thresholds
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
from kesher.petitions.services.starting import (
    Written,
    ask_author,
    asked_identity,
    close_mine,
    note_supporters,
    prove_author,
    rewrite,
    start,
    supporters_of,
)

__all__ = [
    "Reach",
    "Signed",
    "Written",
    "add_note",
    "anonymise_old",
    "answer_sent",
    "archive_old",
    "ask_author",
    "ask_to_sign",
    "ask_to_withdraw",
    "asked_identity",
    "close_mine",
    "close_what_is_over",
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
    "prove_author",
    "publish_response",
    "publish_update",
    "reach",
    "rewrite",
    "send_due_codes",
    "set_areas",
    "set_milestones",
    "set_policy",
    "set_thresholds",
    "sign",
    "sign_for",
    "sign_known",
    "sign_on_the_web",
    "start",
    "supporters_of",
    "void_signature",
    "withdraw",
]
