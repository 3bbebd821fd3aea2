"""Find the thread that a public message belongs to."""

from __future__ import annotations

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services.events.external_ids import OF_AN_ACCOUNT, filter_by_external_id
from kesher.core.db.agency_scope import everywhere

THREAD_MOST = 200


def find_thread(account: Account, event: Event) -> str:
    """Return the thread that a public event belongs to: that of the message it answers, if we know it; else its own.

    "" for a private event. Not every provider names the first message of a thread.
    """
    if not event.is_public:
        return ""
    known = find_thread_of(account, event.reply_to) if event.reply_to else ""
    return (known or event.thread or event.reply_to or event.external_id)[:THREAD_MOST]


def find_thread_of(account: Account, external_id: str) -> str:
    """Return the thread of the public message with this id of the provider; "" if there is none here."""
    with everywhere(OF_AN_ACCOUNT):
        received = filter_by_external_id(Message.objects.filter(account=account, public=True), external_id)
        sent = filter_by_external_id(Delivery.objects.filter(account=account, message__public=True), external_id)
        return (
            received.values_list("thread", flat=True).first()
            or sent.values_list("message__thread", flat=True).first()
            or ""
        )
