"""Services of discussions: the only code that writes who takes part, what they write, and what moderators decide."""

from kesher.discussions.services.membership import (
    erase_participants,
    erase_reports,
    find_participant,
    join,
    leave,
    require_participant,
)
from kesher.discussions.services.official_answers import answer_officially, ask_body
from kesher.discussions.services.post_moderation import (
    decide,
    readmit,
    remove_participant,
    save_watched_words,
)
from kesher.discussions.services.posts import delete_post, edit_post, reply, report_post, write_post

__all__ = [
    "answer_officially",
    "ask_body",
    "decide",
    "delete_post",
    "edit_post",
    "erase_participants",
    "erase_reports",
    "find_participant",
    "join",
    "leave",
    "readmit",
    "remove_participant",
    "reply",
    "report_post",
    "require_participant",
    "save_watched_words",
    "write_post",
]
