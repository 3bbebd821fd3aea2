"""The command ``kesher understand``: print what each line of standard input means, as JSON lines."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.dialogues.understood import Understood
from kesher.language import LANGUAGES
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import find_model, train_model
from kesher.understanding.understand import understand


class Command(BaseCommand):
    """Print what messages mean."""

    help = "Reads messages, one a line, and prints what each means as one JSON object a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("--lang", choices=LANGUAGES, default="", help="the language that the person uses with us")
        parser.add_argument("--agency", default="", help="the slug of the public body; else the first one")
        parser.add_argument("--channel", default="", help="such as whatsapp or sms")

    def handle(self, **options: Any) -> None:
        """Print a JSON object for each line of standard input."""
        rows = Agency.objects.filter(slug=options["agency"]) if options["agency"] else Agency.objects.order_by("pk")
        agency = rows.first()
        if agency is None:
            self.stderr.write("There is no public body yet. Run: kesher demo, or kesher setup")
            sys.exit(2)
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        with scope(agency):
            own = own_examples()
            model = find_model(own) or train_model(own)
            for line in sys.stdin:
                text = line.rstrip("\r\n")
                began = perf_counter()
                found = understand(text, options["lang"], channel=options["channel"], model=model)
                took = (perf_counter() - began) * 1000
                sys.stdout.write(json.dumps(as_json(text, found, took), ensure_ascii=False) + "\n")
                sys.stdout.flush()


def as_json(text: str, found: Understood, took: float) -> dict[str, Any]:
    """Return what a message means as a JSON object; ``took`` is in milliseconds."""
    return {
        "text": text,
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
        "cut": found.cut,
        "ms": round(took, 2),
    }
