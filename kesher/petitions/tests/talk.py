"""What was sent, after the worker wrote the codes that were due."""

from __future__ import annotations

from typing import Any

from kesher.conversations.tests import talk
from kesher.participation.services import drain_deltas
from kesher.petitions.services import send_due_codes


def sent_to(address: str) -> dict[str, Any]:
    drain_deltas()
    send_due_codes()
    return talk.sent_to(address)


def code_sent_to(address: str) -> str:
    drain_deltas()
    send_due_codes()
    return talk.code_sent_to(address)


def link_sent_to(address: str) -> str:
    drain_deltas()
    send_due_codes()
    return talk.link_sent_to(address)
