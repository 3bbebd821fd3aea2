"""Models of conversations: messages, raw webhook requests, deliveries, routes to people, and broadcasts."""

from kesher.conversations.models.deliveries import Broadcast, BroadcastRow, Delivery
from kesher.conversations.models.journal import Intake, IntakeAddress, WebProcess
from kesher.conversations.models.stream import (
    CALM,
    ChannelEvent,
    Conversation,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
    Route,
)

__all__ = [
    "CALM",
    "Broadcast",
    "BroadcastRow",
    "ChannelEvent",
    "Conversation",
    "ConversationQuerySet",
    "Delivery",
    "Intake",
    "IntakeAddress",
    "Message",
    "MessageQuerySet",
    "Route",
    "WebProcess",
]
