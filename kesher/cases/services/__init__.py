"""Services that write cases, canned responses, drafts and presence."""

from kesher.cases.services.call_log import log_call
from kesher.cases.services.cases import (
    add_event,
    due_times,
    find_case_by_number,
    last_message_before,
    move_case,
    on_answered,
    on_handoff,
    on_inbound,
    open_case,
    record_answer,
    refresh_waiting,
    set_topic,
    take_case,
)
from kesher.cases.services.clerk_operations import (
    answer,
    hand_over,
    hand_over_case,
    held_conversations,
    release_ended,
    replay_intake,
    retry_intake,
    undo_answer,
    view_person,
)
from kesher.cases.services.merges import on_merge
from kesher.cases.services.public_threads import on_amended, on_public_message
from kesher.cases.services.reply_box import (
    delete_canned_response,
    discard_draft,
    discard_drafts_of,
    report_presence,
    save_canned_response,
    save_draft,
)
from kesher.cases.services.starter_sets import (
    STARTER_SETS,
    add_starter_set,
    find_removable,
    holds_starter_set,
    read_starter_set,
    remove_starter_set,
)
from kesher.cases.services.state_notices import notify_person, state_notice
from kesher.cases.services.topics import remove_topic, save_topic

__all__ = [
    "STARTER_SETS",
    "add_event",
    "add_starter_set",
    "answer",
    "delete_canned_response",
    "discard_draft",
    "discard_drafts_of",
    "due_times",
    "find_case_by_number",
    "find_removable",
    "hand_over",
    "hand_over_case",
    "held_conversations",
    "holds_starter_set",
    "last_message_before",
    "log_call",
    "move_case",
    "notify_person",
    "on_amended",
    "on_answered",
    "on_handoff",
    "on_inbound",
    "on_merge",
    "on_public_message",
    "open_case",
    "read_starter_set",
    "record_answer",
    "refresh_waiting",
    "release_ended",
    "remove_starter_set",
    "remove_topic",
    "replay_intake",
    "report_presence",
    "retry_intake",
    "save_canned_response",
    "save_draft",
    "save_topic",
    "set_topic",
    "state_notice",
    "take_case",
    "undo_answer",
    "view_person",
]
