"""Store the reply that a clerk is writing until it is sent."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Draft
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services.reply import TAKEN_BACK

LONGEST = 20_000  # as `AnswerForm.text`


@transaction.atomic
def save_draft(conversation: Conversation, text: str, *, mode: str, staff: Staff, seen_seq: int | None = None) -> None:
    """Store a text as the clerk's draft of this kind; delete the draft if the text is empty or was sent.

    It was sent if the same text follows the last number that the page had seen: the browser's request came late.
    """
    own = Message.objects.filter(conversation=conversation, author=staff, text=text.strip(), seq__gt=seen_seq or 0)
    if not text.strip() or (seen_seq is not None and own.exclude(state=TAKEN_BACK).exists()):
        discard_draft(conversation, mode=mode, staff=staff)
        return
    Draft.objects.update_or_create(
        agency_id=conversation.agency_id,
        conversation=conversation,
        staff=staff,
        mode=mode,
        defaults={"text": text[:LONGEST], "changed_at": timezone.now()},
    )


@transaction.atomic
def discard_draft(conversation: Conversation, *, mode: str, staff: Staff) -> None:
    """Delete the clerk's draft of this kind (reply or note) in a conversation, once it was sent or emptied."""
    Draft.objects.filter(conversation=conversation, staff=staff, mode=mode).delete()
