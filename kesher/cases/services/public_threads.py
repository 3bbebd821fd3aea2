"""Cases of what people ask in public: one for each person and thread."""

from __future__ import annotations

from typing import Any

from kesher.cases.models import Case
from kesher.cases.services.cases import open_case, wait_for_clerk
from kesher.contacts.services.merges import record_merge_event
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.live.live_events import publish


def on_public_message(*, message: Message, wants_person: bool) -> None:
    """Attach a public message to the person's case of its thread; open one if there is none, or it was closed."""
    if not wants_person or not message.public:
        return
    conversation, at = message.conversation, message.received
    sender = message.identity.contact if message.identity else conversation.contact
    case = find_case_of_thread(message)
    if case is None:
        open_case(conversation, **describe_thread(message), at=at, address_of=sender)
        return
    wait_for_clerk(case, at)
    record_merge_event(sender, "words", message=message.pk, at=at.isoformat(), thread=message.thread)


def find_case_of_thread(message: Message) -> Case | None:
    """Return the person's case of a public message's thread that is not closed; None if there is none."""
    rows = Case.objects.of(message.conversation.contact.root().family_ids()).exclude(state=Case.State.CLOSED)
    return rows.filter(account=message.account_id, thread=message.thread).first()


def describe_thread(message: Message) -> dict[str, Any]:
    """Return the arguments of `open_case` for what a public message asks."""
    return {
        "kind": Case.Kind.PUBLIC,
        "title": message.text,
        "channel": message.channel,
        "account": message.account,
        "thread": message.thread,
    }


def on_amended(*, message: Message, before: str) -> None:
    """Change the title of a case that is the text of a public message which its author edited or deleted."""
    was, now = (" ".join(text.split())[:200] for text in (before, message.text))
    if was and message.public:
        titled = Case.objects.filter(conversation__contact__in=message.conversation.contact.root().family_ids())
        if titled.filter(thread=message.thread, title=was).update(title=now):
            publish("cases", INBOX)
