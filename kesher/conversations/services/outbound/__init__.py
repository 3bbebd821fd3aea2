"""Send messages to people: may they go, on which route, what is stored, and the queue."""

from kesher.conversations.services.outbound.message_content import (
    fill_template,
    merge_adjacent_messages,
)
from kesher.conversations.services.outbound.message_queue import (
    say,
    send_again,
)
from kesher.conversations.services.outbound.route_choice import (
    NotNow,
    Offer,
    best_route,
    find_offers,
    find_route_of,
    find_templates,
    reassign_route,
    routes_by_preference,
    usable_routes,
)
from kesher.conversations.services.outbound.verdicts import (
    Verdict,
    verdict,
    window_left,
)

__all__ = [
    "NotNow",
    "Offer",
    "Verdict",
    "best_route",
    "fill_template",
    "find_offers",
    "find_route_of",
    "find_templates",
    "merge_adjacent_messages",
    "reassign_route",
    "routes_by_preference",
    "say",
    "send_again",
    "usable_routes",
    "verdict",
    "window_left",
]
