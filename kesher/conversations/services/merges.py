"""Merge the conversations of two merged contacts, and separate them when the merge is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Min

from kesher.contacts.models import Contact, Merge, MergeEvent
from kesher.contacts.services.merges import contacts_without_base
from kesher.conversations.models import Conversation, Message, Route
from kesher.conversations.services.conversation_writer import INBOX, conversation_of
from kesher.core.live.live_events import publish
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.sessions import move_session

TIMES = ("last_in_at", "last_out_at")
LAST = ("last_at", "last_text", "last_channel", "last_public", *TIMES)


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Combine the conversations of merged contacts, with who waits and who holds; separate them if it is undone."""
    if undone:
        separate_conversations(kept, absorbed, merge)
    else:
        merge_conversations(kept, absorbed)
    for row in Conversation.objects.filter(contact__in=[kept, absorbed]):
        publish(INBOX, row.stream)


def merge_conversations(kept: Contact, absorbed: Contact) -> None:
    """Hide the absorbed contact's conversation and combine its state with that of the kept one."""
    record_conversations([*kept.family_ids()])
    row = Conversation.objects.filter(contact=absorbed).first()
    if row is None:
        return
    home = conversation_of(kept)
    both = Conversation.objects.filter(pk__in=[row.pk, home.pk])
    Conversation.objects.filter(pk=row.pk).update(hidden=True)
    Conversation.objects.filter(pk=home.pk).update(
        waiting_since=both.aggregate(first=Min("waiting_since"))["first"],
        **danger_columns(home, row),
        held=home.held or row.held,
        assignee=home.assignee or row.assignee,
        **newest_columns([inbox_columns(home), inbox_columns(row)]),
    )


def record_conversations(ids: Iterable[int]) -> None:
    """Store who holds these contacts' conversations and their last message numbers, so that a merge can be undone."""
    for contact in Contact.objects.filter(pk__in=contacts_without_base("talk", ids)):
        row = Conversation.objects.filter(contact=contact).first()
        held, seq = (row.held, row.last_seq) if row else (False, 0)
        data = {"held": held, "assignee": row.assignee_id if row else None, "seq": seq}
        MergeEvent.objects.create(agency_id=contact.agency_id, contact=contact, kind="talk", data=data)


def danger_columns(*rows: Conversation) -> dict[str, Any]:
    """Return {column: value} of the newest danger of several conversations of one person, sure and possible."""
    found: dict[str, Any] = {}
    for tier in ("danger", "possible"):
        marked = [(at, getattr(row, f"{tier}_kind")) for row in rows if (at := getattr(row, f"{tier}_at"))]
        found[f"{tier}_at"], found[f"{tier}_kind"] = max(marked, default=(None, ""))
    return found


def inbox_columns(row: Conversation) -> dict[str, Any]:
    """Return {column: value} of what the inbox shows of a conversation."""
    return {name: getattr(row, name) for name in LAST}


def newest_columns(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the inbox columns of one person's several conversations combined: those of the newest message."""
    spoken = [item for item in found if item["last_at"]]
    if not spoken:
        return found[0]
    times = {name: max((item[name] for item in spoken if item[name]), default=None) for name in TIMES}
    return {**max(spoken, key=lambda item: item["last_at"]), **times}


def separate_conversations(kept: Contact, absorbed: Contact, merge: Merge) -> None:
    """Return messages, routes and sessions to the two separated people, each by its address."""
    ids = [*kept.family_ids(), *absorbed.family_ids()]
    roots = {row.pk: row.root() for row in Contact.objects.filter(pk__in=ids)}
    Conversation.objects.filter(contact=absorbed).update(hidden=False)
    assign_new_sessions(kept, absorbed, merge)
    rows = list(Conversation.objects.filter(contact__in=ids).order_by("pk"))
    for to in {root.pk: root for root in roots.values()}.values():
        theirs = [pk for pk, root in roots.items() if root.pk == to.pk]
        homes = [row for row in rows if row.contact_id not in theirs]
        strays = [
            messages_since_merge(home, merge).filter(identity__contact__in=theirs).values_list("pk", flat=True)
            for home in homes
        ]
        move_messages([pk for several in strays for pk in several], to)
    for route in Route.objects.filter(conversation__contact__in=ids, identity__contact__in=ids).select_related(
        "identity", "conversation"
    ):
        root = roots[route.identity.contact_id]
        if roots[route.conversation.contact_id].pk != root.pk:
            Route.objects.filter(pk=route.pk).update(conversation=conversation_of(root))
    for root in {kept.pk: kept, absorbed.pk: absorbed}.values():
        refresh_inbox_columns(root)


def messages_since_merge(row: Conversation, merge: Merge) -> Any:
    """Return the messages of this conversation that were written after its contact was merged."""
    base = MergeEvent.objects.filter(contact=row.contact_id, kind="talk").first()
    rows = Message.objects.filter(conversation=row)
    return rows.filter(seq__gt=base.data["seq"]) if base else rows.filter(received__gte=merge.decided_at)


def move_messages(messages: Sequence[int], to: Contact) -> None:
    """Move messages to the conversation of ``to``, and renumber both conversations without gaps."""
    moving = list(Message.objects.filter(pk__in=messages).order_by("pk"))
    if not moving:
        return
    home = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_of(to).pk)
    for message in moving:
        home.last_seq += 1
        Message.objects.filter(pk=message.pk).update(conversation=home, seq=home.last_seq)
    home.save(update_fields=["last_seq"])
    for source in {message.conversation_id for message in moving}:
        close_gaps(source)


def close_gaps(conversation: int) -> None:
    """Renumber a conversation's messages from 1 after some were taken out."""
    left = list(Message.objects.filter(conversation=conversation).order_by("seq").values_list("pk", "seq"))
    for number, (pk, seq) in enumerate(left, 1):
        if seq != number:
            Message.objects.filter(pk=pk).update(seq=number)
    Conversation.objects.filter(pk=conversation).update(last_seq=len(left))


def refresh_inbox_columns(contact: Contact) -> None:
    """Recompute what the inbox shows of this person's conversations."""
    rows = list(Conversation.objects.filter(contact__in=contact.family_ids()).order_by("pk"))
    found = {row.pk: last_message_columns(row) for row in rows}
    for row in rows:
        shown = newest_columns(list(found.values())) if row.contact_id == contact.pk else found[row.pk]
        Conversation.objects.filter(pk=row.pk).update(**shown)


def last_message_columns(row: Conversation) -> dict[str, Any]:
    """Return {column: value} for the inbox from a conversation's stored messages."""
    spoken = Message.objects.filter(conversation=row, direction__in=["in", "out"]).order_by("-seq")
    last = spoken.first()
    times = {
        f"last_{way}_at": spoken.filter(direction=way).values_list("received", flat=True).first()
        for way in ("in", "out")
    }
    if last is None:
        return {"last_at": None, "last_text": "", "last_channel": "", "last_public": False, **times}
    text = " ".join(last.text.split())[:140]
    shown = {"last_text": text, "last_channel": last.channel, "last_public": last.public}
    return {"last_at": last.received, **shown, **times}


def assign_new_sessions(kept: Contact, absorbed: Contact, merge: Merge) -> None:
    """Move each dialogue session begun since the merge to the person who last wrote on its channel."""
    began = DialogueSession.objects.filter(contact__in=[kept, absorbed], created__gte=merge.decided_at)
    for session in began.filter(state__in=["active", "parked"]).select_related("contact"):
        said = Message.objects.filter(
            conversation__contact=session.contact, direction="in", channel=session.door, identity__isnull=False
        )
        last = said.filter(received__lte=session.updated).select_related("identity__contact").order_by("-seq").first()
        if last is not None and last.identity and last.identity.contact.root().pk != session.contact.root().pk:
            move_session(last.identity.contact.root(), session)
