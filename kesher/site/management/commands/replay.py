"""The command ``kesher replay``: parse stored payloads with a channel's adapter, without a database.

With ``--again``: parse stored raw requests with today's adapters, and file the events at their original time.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kesher.channels.base import Channel, Event
from kesher.channels.event_json import event_json, stored_requests
from kesher.channels.registry import channels, get_channel
from kesher.conversations.intake.replay import replay

# Every line has these keys, even where they are empty; others follow.
KEYS: dict[str, Any] = {
    "kind": "", "account": "", "external_id": "", "dedup_key": "", "sender": None, "text": "", "at": None, "media": [],
    "choice_id": "", "target": "", "status": "", "data": {},
}  # fmt: skip


class Command(BaseCommand):
    """Parse stored payloads again."""

    help = (
        "Parses stored payloads (raw bodies, or .jsonl of {path, headers, body}) and prints each event as a JSON line. "
        "--again: reads the kept raw requests again that could not be read, and prints a JSON line for each."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("channel", nargs="?", default="", help="the channel's name, as whatsapp")
        parser.add_argument("files", nargs="*", metavar="FILE", help="a stored payload; - reads standard input")
        parser.add_argument(
            "--again", action="store_true", help="read what is kept and could not be read, of all channels"
        )
        parser.add_argument("--since", type=float, metavar="DAYS", help="with --again: only what came in the last days")
        parser.add_argument("--dry-run", action="store_true", help="with --again: write nothing, say what would be")

    def handle(self, **options: Any) -> None:
        """Print the events in files of webhooks, or send stored raw requests through the intake again."""
        name, files, again = options["channel"], options["files"], options["again"]
        if again == bool(files) or (not again and (options["since"] is not None or options["dry_run"])):
            raise CommandError("Give a channel and its files; or --again, and with it --since and --dry-run.")
        adapter = adapter_of(name) if name or not again else None
        if again:
            for row in replay(channel=name, since_days=options["since"], dry_run=options["dry_run"]):
                self.stdout.write(json.dumps(asdict(row), ensure_ascii=False))
            return
        for file in files:
            for request in read_requests(adapter, file):
                for event in adapter.parse(request) if adapter else ():
                    self.stdout.write(event_as_json_line(event))


def adapter_of(name: str) -> Channel:
    """Return the channel with this name. Raise CommandError where there is none."""
    try:
        return get_channel(name)
    except KeyError as error:
        known = ", ".join(channels())
        raise CommandError(f"There is no channel {name}. Known: {known}") from error


def read_requests(adapter: Any, name: str) -> list[Any]:
    """Return the webhook requests in a file. Raise CommandError where it cannot be read or parsed."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return stored_requests(adapter, name, content)
    except (OSError, ValueError) as error:
        raise CommandError(f"{name}: {error}") from error


def event_as_json_line(event: Event) -> str:
    """Return an event as one line of JSON with the documented keys first."""
    return json.dumps({**KEYS, **event_json(event)}, ensure_ascii=False)
