"""Erase the content of a person's messages; that a message was sent stays."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Message, Route
from kesher.conversations.services.raw_requests import forget_requests_of
from kesher.core.audit import SYSTEM, audit
from kesher.core.files.attachments import forget_attachments
from kesher.core.models import Attachment


def find_files(ids: Sequence[int]) -> list[Attachment]:
    """Return the attachments of messages to and from these contacts."""
    rows = Attachment.objects.filter(messages__conversation__contact__in=ids, state="ready")
    return list(rows.distinct().order_by("pk"))


@transaction.atomic
def erase_stream(ids: Sequence[int]) -> None:
    """Erase the texts, files, queued payloads and routes of these contacts; times and channels stay."""
    forget_requests_of(ids)
    rows = Message.objects.filter(conversation__contact__in=ids)
    outside = list(rows.exclude(external_id="").values_list("external_id", flat=True))
    for start in range(0, len(outside), 500):
        ChannelEvent.objects.filter(target__in=outside[start : start + 500]).update(data={}, target="")
    forget_attachments(find_files(ids))
    Delivery.objects.filter(message__conversation__contact__in=ids).update(
        payload={}, sealed={}, external_id="", error=""
    )
    rows.update(text="", content={}, sealed={}, external_id="", reply_to="", dedup_key=None, intake=None)
    Route.objects.filter(conversation__contact__in=ids).update(closed=True, thread={})
    Conversation.objects.filter(contact__in=ids).update(last_text="", waiting_since=None)
    audit("conversations.erase_stream", by=SYSTEM, people=len(ids))
