"""A voice message is text once somebody, or the transcriber, has written down what is said in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.base import Address, Event, Kind, Media
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.services import receive, respond
from kesher.conversations.services.late_content.transcripts import transcribe_waiting, write_transcript
from kesher.core.errors import Refused
from kesher.core.models import Audit

DANA = Address("tel", "+972505550142")
WORDS = "אני רוצה לבטל את ההצטרפות לעצומה"


class Transcriber(HTTPServer):
    """A server that writes down what it is told to hear, and notes what it was sent."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Answer)
        Thread(target=self.serve_forever, daemon=True).start()


class Answer(BaseHTTPRequestHandler):
    server: Transcriber

    def do_POST(self) -> None:
        self.server.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"text": WORDS}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def transcriber(settings: Any) -> Iterator[Transcriber]:
    with Transcriber() as server:
        settings.KESHER_TRANSCRIBER_URL = f"http://127.0.0.1:{server.server_port}/v1/audio/transcriptions"
        yield server
        server.shutdown()


def speak(account: Account, number: int = 1) -> tuple[Message, list[Message]]:
    """Return a voice message that Dana sent, and what the bot answered at once."""
    voice = Media("audio", content=b"OggS" + bytes(60), mime="audio/ogg")
    event = Event(Kind.MESSAGE, f"voice|{number}", sender=DANA, media=(voice,))
    message = receive(account, event, received=timezone.now())
    assert message is not None
    return message, respond(message)


def test_a_voice_is_answered_as_soon_as_it_is_written_down(whatsapp: Account, transcriber: Transcriber) -> None:
    message, answered = speak(whatsapp)
    assert not answered
    assert transcribe_waiting() == 1
    message.refresh_from_db()
    assert (message.text, message.lang, message.state) == (WORDS, "he", "received")
    assert b"OggS" in transcriber.heard[0]
    assert Message.objects.filter(direction="out").exists()
    assert transcribe_waiting() == 0
    assert len(transcriber.heard) == 1


def test_a_transcriber_that_is_down_is_asked_again_and_then_done_without(
    whatsapp: Account, transcriber: Transcriber
) -> None:
    message, _answered = speak(whatsapp)
    transcriber.status = 503
    assert transcribe_waiting() == 0
    Message.objects.filter(pk=message.pk).update(received=timezone.now() - timedelta(minutes=2))
    assert transcribe_waiting() == 1
    message.refresh_from_db()
    assert (message.text, message.state) == ("", "received")
    assert message.conversation.waiting_since is not None


def test_a_recording_that_the_transcriber_refuses_goes_to_a_person_at_once(
    whatsapp: Account, transcriber: Transcriber
) -> None:
    speak(whatsapp)
    transcriber.status = 415
    assert transcribe_waiting() == 1
    assert Message.objects.filter(direction="out").exists()


def test_without_a_transcriber_a_clerk_writes_down_what_is_said(whatsapp: Account, ruth: Staff) -> None:
    message, answered = speak(whatsapp)
    assert answered
    before = Message.objects.count()
    write_transcript(message, "  בבקשה להתקשר אליי ", staff=ruth)
    write_transcript(message, WORDS, staff=ruth)
    message.refresh_from_db()
    assert (message.text, message.content["transcript"]) == (WORDS, {"by": ruth.pk})
    assert message.conversation.last_text or answered
    assert Message.objects.count() == before, "the bot says nothing while a clerk listens"
    assert Audit.objects.filter(operation="conversations.write_transcript").count() == 2


def test_nobody_writes_words_into_what_a_person_typed(whatsapp: Account, ruth: Staff) -> None:
    message, _answered = speak(whatsapp)
    Message.objects.filter(pk=message.pk).update(text="מה שכתבתי")
    message.refresh_from_db()
    with pytest.raises(Refused):
        write_transcript(message, "משהו אחר", staff=ruth)
    Message.objects.filter(pk=message.pk).update(text="")
    message.refresh_from_db()
    with pytest.raises(Refused):
        write_transcript(message, "   ", staff=ruth)
    message.refresh_from_db()
    assert message.text == ""


def test_the_desk_shows_where_to_write_it_and_who_wrote_it(whatsapp: Account, ruth: Staff, ruths: Client) -> None:
    message, _answered = speak(whatsapp)
    url = f"/desk/people/{message.conversation.contact.key}/"
    assert "תמלול ההודעה הקולית" in ruths.get(url).content.decode()
    ruths.post(f"/desk/messages/{message.pk}/transcript/", {"text": WORDS})
    page = ruths.get(url).content.decode()
    assert WORDS in page
    assert "תומלל ידנית במוקד" in page
