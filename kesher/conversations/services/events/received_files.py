"""Store the files of received messages: those that came along, and those still to be fetched from the provider."""

from __future__ import annotations

from kesher.channels.base import Event, Media
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.core.db.batch import flush
from kesher.core.files.attachments import expect_attachment, store_attachment
from kesher.core.files.file_types import BadFile
from kesher.core.models import Attachment


def attach_files(message: Message, account: Account, event: Event) -> None:
    """Store the files of an event as attachments of its message."""
    files = [store_media(account, media) for media in event.media]
    if files:
        flush()
        message.attachments.set(files)


def store_media(account: Account, media: Media) -> Attachment:
    """Return the attachment of a received file: stored, to be downloaded, or uploaded before."""
    if account.capabilities().hosted and media.ref:
        found = Attachment.objects.filter(key=media.ref).first()
        if found is not None:
            return found
    if media.content:
        try:
            return store_attachment(media.content, name=media.name, alt=media.caption)
        except BadFile as error:
            refused = expect_attachment(name=media.name, mime=media.mime, kind=media.kind, source={})
            refused.state, refused.reason = "refused", str(error)[:200]
            refused.save(update_fields=["state", "reason"])
            return refused
    source: dict[str, object] = {
        "account": account.pk,
        "ref": media.ref,
        "url": media.url,
        "kind": media.kind,
        "mime": media.mime,
    }
    return expect_attachment(name=media.name, mime=media.mime, kind=media.kind, source=source)
