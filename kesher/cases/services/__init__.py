"""The services of cases and of the desk."""

from kesher.cases.services.agent_operations import (
    answer,
    hand_over,
    hand_over_case,
    replay_intake,
    retry_intake,
    undo_answer,
    view_person,
)
from kesher.cases.services.call_log import log_call
from kesher.cases.services.canned_responses import keep_ready, put_away_ready
from kesher.cases.services.cases import (
    answered,
    by_number,
    due,
    last_words,
    move,
    news_of,
    note,
    on_answered,
    on_handoff,
    on_inbound,
    open_case,
    refresh_waiting,
    set_topic,
    take_case,
    tell_person,
)
from kesher.cases.services.drafts import discard_draft, save_draft
from kesher.cases.services.merges import on_merge
from kesher.cases.services.presence import be_present
from kesher.cases.services.topics import remove_topic, save_topic

__all__ = [
    "answer",
    "answered",
    "be_present",
    "by_number",
    "discard_draft",
    "due",
    "hand_over",
    "hand_over_case",
    "keep_ready",
    "last_words",
    "log_call",
    "move",
    "news_of",
    "note",
    "on_answered",
    "on_handoff",
    "on_inbound",
    "on_merge",
    "open_case",
    "put_away_ready",
    "refresh_waiting",
    "remove_topic",
    "replay_intake",
    "retry_intake",
    "save_draft",
    "save_topic",
    "set_topic",
    "take_case",
    "tell_person",
    "undo_answer",
    "view_person",
]
