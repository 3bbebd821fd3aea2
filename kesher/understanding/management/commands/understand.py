"""The command ``kesher understand``: print what each line of standard input means, as JSON lines."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, BooleanOptionalAction
from time import perf_counter
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from kesher.agencies.command_agency import find_agency
from kesher.core.db.agency_scope import scope
from kesher.core.output.json_lines import read_lines, write_json_line
from kesher.dialogues.understood import Understood
from kesher.language import LANGUAGES
from kesher.understanding.learning.model_store import Model
from kesher.understanding.message_text import TEXT_MOST
from kesher.understanding.services import ready_model
from kesher.understanding.title_index import agency_index
from kesher.understanding.understand import understand


class Command(BaseCommand):
    """Print what messages mean."""

    help = "Reads messages, one a line, and prints what each means as one JSON object a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--lang", choices=LANGUAGES, default="", help="the language that the person uses with us")
        parser.add_argument("--agency", default="", help="the slug of the public body; else the first one")
        parser.add_argument("--channel", default="", help="such as whatsapp or sms")
        parser.add_argument("--semantic", action=BooleanOptionalAction, default=False, help="use the sentence encoder")

    def handle(self, **options: Any) -> None:
        """Print a JSON object for each line of standard input."""
        if options["semantic"]:
            self.fail("The sentence encoder is not installed: this version has no kesher[semantic]. Use --no-semantic")
        agency = find_agency(options["agency"])
        if agency is None:
            known = (
                f"There is no public body {options['agency']!r}." if options["agency"] else "There is no public body."
            )
            self.fail(f"{known} Run: kesher demo, or kesher setup")
        with scope(agency):
            model = ready_model()
            agency_index(model)  # so that the first message takes no longer than the others
            for text in read_lines():
                write_json_line(understand_line(text, options["lang"], options["channel"], model))

    def fail(self, reason: str) -> NoReturn:
        """Print a reason as one line on standard error, and exit with status 2."""
        self.stderr.write(reason)
        sys.exit(2)


def understand_line(text: str, lang: str, channel: str, model: Model) -> dict[str, Any]:
    """Return what a message means as a JSON object, with the milliseconds that it took."""
    began = perf_counter()
    found = understand(text, lang, channel=channel, model=model)
    took = (perf_counter() - began) * 1000
    return as_json(text, found, took)


def as_json(text: str, found: Understood, took: float) -> dict[str, Any]:
    """Return what a message means as a JSON object; ``took`` is in milliseconds. A text that was cut has ``cut``."""
    shown = {
        "text": text.strip()[:TEXT_MOST] if found.cut else text,
        "lang": found.lang,
        "action": found.action,
        "commands": list(found.commands),
        "verb": found.verb,
        "also": list(found.also),
        "subject": found.subject,
        "slots": dict(found.slots),
        "slug": found.slug,
        "offered": [
            {"kind": one.kind, "id": one.subject or one.name, "probability": round(one.probability, 4)}
            for one in found.offered
        ],
        "situation": found.situation,
        "situation_kind": found.situation_kind,
        "probability": round(found.probability, 4),
        "ms": round(took, 2),
    }
    return shown | {"cut": True} if found.cut else shown
