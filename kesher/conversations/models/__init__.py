"""Models of conversations: messages, raw requests, deliveries, routes to people, broadcasts, private invitations."""

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
from kesher.conversations.models.thread_invitations import PrivateInvitation

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
    "PrivateInvitation",
    "Route",
    "WebProcess",
]
