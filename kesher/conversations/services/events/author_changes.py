"""Remove what the author of a public message deleted; only its author can delete or change it."""

from __future__ import annotations

from django.utils import timezone

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.addresses import normalize_address
from kesher.contacts.services import find_identity
from kesher.conversations.models import ChannelEvent, Intake, IntakeAddress, Message, PrivateInvitation
from kesher.conversations.services.conversation_writer import preview_text, writing
from kesher.core import hooks
from kesher.core.audit import SYSTEM, audit
from kesher.core.files.attachments import forget_attachments


def is_by_author(message: Message, row: ChannelEvent) -> bool:
    """Return whether an edit or a deletion is of the message's own author, where the channel says whose it is."""
    author = read_author(row)
    if author is None or message.identity is None:
        return author is None
    return (message.identity.scheme, message.identity.address) == (author.scheme, author.address)


def read_author(row: ChannelEvent) -> Address | None:
    """Return the normalised address of who edited or deleted something; None where the channel does not say."""
    said = row.data.get("author")
    if not isinstance(said, dict):
        return None
    return normalize_address(Address(str(said.get("scheme", "")), str(said.get("address", ""))))


def withdraw_all(account: Account, row: ChannelEvent) -> bool:
    """Withdraw all public messages of an author on this account: they closed their account; return True."""
    author = read_author(row)
    identity = find_identity(author) if author else None
    if identity is not None:
        for message in Message.objects.filter(identity=identity, account=account, direction="in", public=True):
            withdraw_message(message)
    return True


def withdraw_message(message: Message) -> None:
    """Erase the text and files of a public message that its author deleted; that it was there stays."""
    if message.deleted_at is not None:
        return
    before = message.text
    forget_attachments(list(message.attachments.all()))
    forget_request_of(message)
    PrivateInvitation.objects.filter(message=message).update(words="")
    with writing(message.conversation) as writer:
        message.text, message.content = "", {"kind": message.content["kind"]} if "kind" in message.content else {}
        message.deleted_at = timezone.now()
        message.save(update_fields=["text", "content", "deleted_at"])
        if before and writer.conversation.last_text == preview_text(before):
            writer.set(last_text="")
    hooks.amended(message=message, before=before)
    audit("conversations.withdraw", by=SYSTEM, subject=message)


def forget_request_of(message: Message) -> None:
    """Delete the raw request of a message, and the texts of its edits. Messages that came along are stored already."""
    if message.intake is not None:
        Intake.objects.filter(pk=message.intake, state__in=[Intake.State.DONE, Intake.State.FAILED]).delete()
        IntakeAddress.objects.filter(intake=message.intake).delete()
    if message.external_id:
        events = ChannelEvent.objects.filter(account=message.account_id, target=message.external_id)
        events.exclude(state=ChannelEvent.State.PARKED).update(data={})


def amend_message(message: Message, before: str) -> None:
    """Update what was made of a public message's words after its author edited it."""
    PrivateInvitation.objects.filter(message=message).update(words="")
    with writing(message.conversation) as writer:
        if before and writer.conversation.last_text == preview_text(before):
            writer.set(last_text=preview_text(message.text))
    hooks.amended(message=message, before=before)
