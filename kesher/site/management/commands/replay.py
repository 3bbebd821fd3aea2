"""``kesher replay``: what a channel's adapter reads in stored payloads, one JSON line an event. No database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kesher.channels.base import Event
from kesher.channels.journal import event_json, stored_requests
from kesher.channels.registry import channel, channels

# Every line has all of these, also where they are empty; what else there is to say follows.
KEYS: dict[str, Any] = {
    "kind": "", "account": "", "external_id": "", "dedup_key": "", "sender": None, "text": "", "at": None, "media": [],
    "choice_id": "", "target": "", "status": "", "data": {},
}  # fmt: skip


class Command(BaseCommand):
    help = (
        "Parses stored payloads (raw bodies, or .jsonl of {path, headers, body}) and prints each event as a JSON line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", help="the channel's name, as whatsapp")
        parser.add_argument("files", nargs="+", metavar="FILE", help="a stored payload; - reads standard input")

    def handle(self, **options: Any) -> None:
        try:
            adapter = channel(options["channel"])
        except KeyError as error:
            known = ", ".join(channels())
            raise CommandError(f"There is no channel {options['channel']}. Known: {known}") from error
        for name in options["files"]:
            for request in stored(adapter, name):
                for event in adapter.parse(request):
                    self.stdout.write(line(event))


def stored(adapter: Any, name: str) -> list[Any]:
    """The requests in a file. Raises CommandError for one that cannot be read, or has a line that is no request."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return stored_requests(adapter, name, content)
    except (OSError, ValueError) as error:
        raise CommandError(f"{name}: {error}") from error


def line(event: Event) -> str:
    """An event as one line of JSON, the promised keys first."""
    return json.dumps({**KEYS, **event_json(event)}, ensure_ascii=False)
