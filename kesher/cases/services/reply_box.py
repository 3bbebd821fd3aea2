"""Store what stands around the reply box: drafts, canned responses, and who has a person's page open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import Draft, Presence, ReadyAnswer, Topic
from kesher.cases.reply_box import HERE, TYPING, presence_stream, was_sent
from kesher.conversations.models import Conversation
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

LONGEST = 20_000  # as `AnswerForm.text`


@transaction.atomic
def save_draft(conversation: Conversation, text: str, *, mode: str, staff: Staff, seen_seq: int | None = None) -> None:
    """Store a text as the clerk's draft of this kind; delete the draft if the text is empty or was sent.

    It was sent if the same text follows the last number that the page had seen: the browser's request came late.
    """
    if not text.strip() or (seen_seq is not None and was_sent(conversation, text, staff=staff, since=seen_seq)):
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


@transaction.atomic
def discard_drafts_of(staff: Staff) -> None:
    """Delete all drafts of a clerk who leaves: nobody else reads them."""
    Draft.objects.filter(staff=staff).delete()


@transaction.atomic
def save_canned_response(
    row: ReadyAnswer | None, *, name: str, texts: Mapping[str, str], topic: Topic | None, staff: Staff
) -> ReadyAnswer:
    """Create (``row`` None) or change a canned response and return it. Raise Refused if the name is taken."""
    made = row or ReadyAnswer(agency_id=current_agency_id())
    made.name, made.topic = " ".join(name.split()), topic
    made.texts = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Refused(_("There is an answer of this name already. Choose another name.")) from error
    audit("cases.keep_ready", by=Actor("staff", staff.pk, "desk"), subject=made)
    publish("cases")
    return made


@transaction.atomic
def delete_canned_response(row: ReadyAnswer, *, staff: Staff) -> None:
    """Delete a canned response. Messages sent with it stay."""
    audit("cases.put_away_ready", by=Actor("staff", staff.pk, "desk"), subject=row, name=row.name)
    row.delete()
    publish("cases")


@transaction.atomic
def report_presence(conversation: Conversation, *, staff: Staff, typing: bool = False, gone: bool = False) -> None:
    """Record that a clerk has a conversation open, types or left; publish a live event if that is new."""
    now = timezone.now()
    row = Presence.objects.filter(conversation=conversation, staff=staff).first()
    before = presence_state(row, now)
    if gone:
        Presence.objects.filter(conversation=conversation, staff=staff).delete()
    else:
        typed = {"typed_at": now} if typing else {}
        Presence.objects.update_or_create(
            conversation=conversation,
            staff=staff,
            defaults={"seen_at": now, **typed},
            create_defaults={"agency_id": conversation.agency_id, "seen_at": now, **typed},
        )
    after = (False, False) if gone else (True, typing or before[1])
    if after != before:
        publish(presence_stream(conversation))


def presence_state(row: Presence | None, now: datetime) -> tuple[bool, bool]:
    """Return (is on the page, is typing) of a clerk's presence row, as colleagues see it now."""
    if row is None or row.seen_at < now - HERE:
        return False, False
    return True, row.typed_at is not None and row.typed_at > now - TYPING
