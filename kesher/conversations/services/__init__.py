"""The services of conversations: receive(), respond(), reply(), broadcast(), and what follows from them."""

from kesher.conversations.services.broadcasts import broadcast, expand_broadcasts
from kesher.conversations.services.confirmations import confirm_commitment, fits, is_short, on_completed, title_for
from kesher.conversations.services.identity_links import finish_link, send_code, start_link
from kesher.conversations.services.merges import on_merge
from kesher.conversations.services.outbound import (
    NotNow,
    Offer,
    best_route,
    bring_home,
    routes_of,
    say,
    send_again,
    verdict,
    ways_to,
)
from kesher.conversations.services.receipts import apply_event, forget_raw
from kesher.conversations.services.receive import receive, respond
from kesher.conversations.services.reply import (
    Stale,
    add_note,
    assign,
    release,
    reply,
    said_since,
    set_waiting,
    take_back,
)
from kesher.conversations.services.reply_tokens import entered, stop_by_link, whose_stop
from kesher.conversations.services.web_processes import forget_web_process, report_web_process
from kesher.conversations.services.writer import Writer, conversation_of, writing

__all__ = [
    "NotNow",
    "Offer",
    "Stale",
    "Writer",
    "add_note",
    "apply_event",
    "assign",
    "best_route",
    "bring_home",
    "broadcast",
    "confirm_commitment",
    "conversation_of",
    "entered",
    "expand_broadcasts",
    "finish_link",
    "fits",
    "forget_raw",
    "forget_web_process",
    "is_short",
    "on_completed",
    "on_merge",
    "receive",
    "release",
    "reply",
    "report_web_process",
    "respond",
    "routes_of",
    "said_since",
    "say",
    "send_again",
    "send_code",
    "set_waiting",
    "start_link",
    "stop_by_link",
    "take_back",
    "title_for",
    "verdict",
    "ways_to",
    "whose_stop",
    "writing",
]
