"""Services of conversations: receive and answer messages, reply as staff, send broadcasts, link addresses."""

from kesher.conversations.services.broadcasts import broadcast, expand_broadcasts
from kesher.conversations.services.confirmations import (
    confirm_commitment,
    fits_confirmation,
    is_billed_by_part,
    on_completed,
    shorten_title,
)
from kesher.conversations.services.conversation_writer import Writer, conversation_of, writing
from kesher.conversations.services.events.lookups import read_recipients
from kesher.conversations.services.events.provider_events import apply_event, forget_raw
from kesher.conversations.services.events.reply_tokens import enter_thread, find_stop_identity, stop_by_link
from kesher.conversations.services.identity_linkage import TO_LINK, finish_link, send_code, start_link
from kesher.conversations.services.merges import on_merge
from kesher.conversations.services.outbound import (
    NotNow,
    Offer,
    best_route,
    reassign_route,
    routes_by_preference,
    say,
    send_again,
    usable_routes,
    verdict,
)
from kesher.conversations.services.outbound.published_texts import refuse_identifying_data
from kesher.conversations.services.public_messages.single_use_links import (
    find_invitation,
    invite_to_private,
    use_invitation,
)
from kesher.conversations.services.public_messages.thread_answers import say_in_thread
from kesher.conversations.services.receive import receive, respond
from kesher.conversations.services.reply import (
    Stale,
    add_note,
    assign,
    messages_since,
    release,
    reply,
    set_waiting,
    take_back,
)
from kesher.conversations.services.web_process_status import forget_web_process, report_web_process

__all__ = [
    "TO_LINK",
    "NotNow",
    "Offer",
    "Stale",
    "Writer",
    "add_note",
    "apply_event",
    "assign",
    "best_route",
    "broadcast",
    "confirm_commitment",
    "conversation_of",
    "enter_thread",
    "expand_broadcasts",
    "find_invitation",
    "find_stop_identity",
    "finish_link",
    "fits_confirmation",
    "forget_raw",
    "forget_web_process",
    "invite_to_private",
    "is_billed_by_part",
    "messages_since",
    "on_completed",
    "on_merge",
    "read_recipients",
    "reassign_route",
    "receive",
    "refuse_identifying_data",
    "release",
    "reply",
    "report_web_process",
    "respond",
    "routes_by_preference",
    "say",
    "say_in_thread",
    "send_again",
    "send_code",
    "set_waiting",
    "shorten_title",
    "start_link",
    "stop_by_link",
    "take_back",
    "usable_routes",
    "use_invitation",
    "verdict",
    "writing",
]
