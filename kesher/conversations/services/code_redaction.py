"""Blank out valid one-time codes in stored messages, so that no reader of the conversation can use them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kesher.channels.base import Event
from kesher.channels.secret_redaction import LEFT_OUT, redact, redact_private_links
from kesher.contacts.models import Contact
from kesher.contacts.services import find_open_codes
from kesher.core.db.ids import ALPHABET
from kesher.dialogues.models import CODE_LETTERS
from kesher.dialogues.services import find_pickup_codes
from kesher.language import digits

TEXT_MAX = 20_000
CODE = re.compile(r"(?<!\d)\d(?:[ -]?\d){5}(?!\d)")
PICKUP = re.compile(rf"(?<![^\W_])[{ALPHABET}]{{{CODE_LETTERS}}}(?![^\W_])", re.IGNORECASE)
MOST = 20  # codes of each kind that are checked in one message
KEYS = ("full_text", "subject")
CODE_SENT, FORM_SENT = "code", "form"  # values of ``data["secret"]``: what was left out


def remove_codes(event: Event, contact: Contact) -> Event:
    """Return a received event without the valid codes and private links in it, as it may be stored.

    Codes that prove an address, codes that continue a form begun elsewhere, and our private links in a quote.
    """
    beside = {key: str(event.data[key])[:TEXT_MAX] for key in KEYS if event.data.get(key)}
    said = {"text": event.text[:TEXT_MAX], **beside}
    plain = {key: digits(text) for key, text in said.items()}
    typed = {found: re.sub("[ -]", "", found) for text in plain.values() for found in CODE.findall(text)[:MOST]}
    good = find_open_codes(contact, list(dict.fromkeys(typed.values()))) if typed else []
    proofs = [found for found, code in typed.items() if code in good]
    words = {found: found.upper() for text in plain.values() for found in PICKUP.findall(text)[:MOST]}
    open_forms = find_pickup_codes(set(words.values()))
    spellings = [*proofs, *(found for found, code in words.items() if code in open_forms)]
    kept = {key: redact_private_links(cut_codes(text, plain[key], spellings)) for key, text in said.items()}
    if kept == said:
        return event
    data = remove_codes_from_data(event.data, spellings) | {key: text for key, text in kept.items() if key != "text"}
    secret = FORM_SENT if spellings and not proofs else CODE_SENT
    return replace(event, text=kept["text"], data={**data, "secret": secret})


def remove_codes_from_data(value: Any, spellings: list[str]) -> Any:
    """Return a copy of JSON data without these spellings of a code, at any depth."""
    if isinstance(value, dict):
        return {name: remove_codes_from_data(item, spellings) for name, item in value.items()}
    if isinstance(value, list):
        return [remove_codes_from_data(item, spellings) for item in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        plain = str(value)
        left = cut_codes(plain, digits(plain), spellings)
        return value if left == plain else left
    return value


def cut_codes(text: str, plain: str, spellings: list[str]) -> str:
    """Return ``text`` without these spellings of a code. ``plain``: the same with ASCII digits, of equal length."""
    if not spellings:
        return text
    if len(plain) != len(text):
        return redact(plain, spellings)
    for found in spellings:
        while (start := plain.find(found)) >= 0:
            plain = plain[:start] + LEFT_OUT + plain[start + len(found) :]
            text = text[:start] + LEFT_OUT + text[start + len(found) :]
    return text
