"""Voice messages as text: a clerk types what was said, or the transcriber of this installation tells it.

The transcriber is any server with the call ``POST /v1/audio/transcriptions`` (a form with ``file``, ``model`` and
``language``; the answer is {"text": …}), which several products for speech have. A transcript becomes the message's
text, so that it is understood, searched, shown and erased like one.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.conversations.message_interpretation import keep_meaning, understand_message
from kesher.conversations.message_routing import AWAITS_TRANSCRIPT
from kesher.conversations.models import Message
from kesher.conversations.services.automatic_replies import is_emergency, mark_danger
from kesher.conversations.services.conversation_writer import preview_text, writing
from kesher.conversations.services.receive import respond
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.files.attachments import file_path
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.language import detect

log = logging.getLogger("kesher.transcripts")

PATIENCE: Final = timedelta(seconds=90)  # from the message's arrival until it is answered without a transcript
TEXT_MOST: Final = 4000  # characters
CALL_SECONDS: Final = 30.0
AT_ONCE: Final = 20


@transaction.atomic
def write_transcript(message: Message, text: str, *, staff: Staff) -> None:
    """Store what a clerk heard in a voice message, and what it means; written again, it is replaced.

    The bot does not answer it: a clerk is listening. Raise Refused for an empty text, or a message without a voice.
    """
    said = text.strip()[:TEXT_MOST]
    if not said:
        raise Refused(_("Please write what is said in the voice message."))
    if message.direction != "in" or not find_voices(message) or (message.text and not is_transcript(message)):
        raise Refused(_("There is no voice message here to write down."))
    store_transcript(message, said, by=staff.pk)
    contact = message.conversation.contact.root()
    understood = understand_message(message, contact, None)
    keep_meaning(message, understood)
    message.save(update_fields=["content"])
    if is_emergency(message, understood):
        mark_danger(message, sure=True)
    audit("conversations.write_transcript", by=staff_actor(staff), subject=message.conversation, message=message.pk)


def transcribe_waiting() -> int:
    """Transcribe the voice messages that wait for it, and answer each as if it were text; return how many.

    One that has no transcript within the time is answered without.
    """
    with everywhere("voice messages to transcribe"):
        rows = list(Message.objects.filter(state=AWAITS_TRANSCRIPT).order_by("id")[:AT_ONCE])
    answered = 0
    for message in rows:
        with scope(message.agency_id):
            voices = find_voices(message)
            late = message.received < timezone.now() - PATIENCE
            if not late and any(file.state == "fetching" for file in voices):
                continue
            told = [ask_transcriber(file, message.conversation.contact.language) for file in voices]
            text = " ".join(filter(None, told))
            if text or late or not any(one is None for one in told):
                answered += answer_voice(message.pk, text)
    return answered


@transaction.atomic
def answer_voice(pk: int, text: str) -> bool:
    """Store a transcript ("" for none) and answer the message; return False if another process did."""
    if not Message.objects.filter(pk=pk, state=AWAITS_TRANSCRIPT).update(state="received"):
        return False
    message = Message.objects.select_related("conversation__contact__merged_into").get(pk=pk)
    store_transcript(message, text, by=None)
    audit("conversations.transcribe", by=SYSTEM, subject=message.conversation, message=pk, found=bool(text))
    respond(message)
    return True


def store_transcript(message: Message, text: str, *, by: int | None) -> None:
    """Make a transcript the text of its message; ``by``: the member of staff, None for the transcriber."""
    with writing(message.conversation) as writer:
        if text and message.seq == writer.conversation.last_seq:
            writer.set(last_text=preview_text(text))
        message.text, message.lang = text, detect(text) or message.lang
        message.state = "received"
        message.content = {**message.content, "transcript": {"by": by}}
        message.save(update_fields=["text", "lang", "content", "state"])
    publish(message.conversation.stream)


def find_voices(message: Message) -> list[Attachment]:
    """Return the recordings of a message."""
    return [file for file in message.attachments.order_by("id") if file.kind == "audio"]


def is_transcript(message: Message) -> bool:
    """Return whether a message's text was transcribed."""
    return "transcript" in message.content


def ask_transcriber(file: Attachment, lang: str) -> str | None:
    """Return what the transcriber hears in a recording, "" for nothing; None where it should be asked again."""
    if file.state != "ready":
        return ""
    key = settings.KESHER_TRANSCRIBER_KEY
    form = {"model": settings.KESHER_TRANSCRIBER_MODEL, **({"language": lang} if lang else {})}
    try:
        with file_path(file.sha256).open("rb") as recording:
            answer = httpx.post(
                settings.KESHER_TRANSCRIBER_URL,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                data=form,
                files={"file": (f"voice.{file.mime.rpartition('/')[2] or 'ogg'}", recording, file.mime)},
                timeout=CALL_SECONDS,
            )
        if 400 <= answer.status_code < 500 and answer.status_code != 429:
            log.error("the transcriber refuses recording %s: %s", file.pk, answer.status_code)
            return ""
        return str(answer.raise_for_status().json()["text"]).strip()[:TEXT_MOST]
    except (httpx.HTTPError, KeyError, TypeError, ValueError, OSError) as error:
        log.warning("the transcriber did not answer for recording %s: %r", file.pk, error)
        return None
