"""Codes that people write to us: kept out of the stream while they are good, whichever window they were typed into."""

from __future__ import annotations

import re
from dataclasses import replace

from kesher.channels.base import Event
from kesher.channels.redaction import LEFT_OUT, redact, redact_private_links
from kesher.contacts.models import Contact
from kesher.contacts.services import find_open_codes
from kesher.conversations.services.events import TEXT_MAX
from kesher.language import digits

CODE = re.compile(r"(?<!\d)\d(?:[ -]?\d){5}(?!\d)")
MOST = 20  # numbers of six digits that are looked at in one message
KEYS = ("full_text", "subject")


def without_codes(event: Event, contact: Contact) -> Event:
    """Return the event as it is stored: without codes that are good now, and without our private links in a quote."""
    beside = {key: str(event.data[key])[:TEXT_MAX] for key in KEYS if event.data.get(key)}
    said = {"text": event.text[:TEXT_MAX], **beside}
    plain = {key: digits(text) for key, text in said.items()}
    typed = {found: re.sub("[ -]", "", found) for text in plain.values() for found in CODE.findall(text)[:MOST]}
    good = find_open_codes(contact, list(dict.fromkeys(typed.values()))) if typed else []
    spellings = [found for found, code in typed.items() if code in good]
    kept = {key: redact_private_links(cut(text, plain[key], spellings)) for key, text in said.items()}
    if kept == said:
        return event
    data = {**event.data, **{key: text for key, text in kept.items() if key != "text"}, "secret": "code"}
    return replace(event, text=kept["text"], data=data)


def cut(text: str, plain: str, spellings: list[str]) -> str:
    """``text`` without these spellings of a code. ``plain``: the same with our digits, letter for letter."""
    if not spellings:
        return text
    if len(plain) != len(text):
        return redact(plain, spellings)
    for found in spellings:
        while (start := plain.find(found)) >= 0:
            plain = plain[:start] + LEFT_OUT + plain[start + len(found) :]
            text = text[:start] + LEFT_OUT + text[start + len(found) :]
    return text
