"""The command ``kesher listen``: learn from labelled texts, choose a model, and read posts with it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, NoReturn

from django.core.management.base import BaseCommand

from kesher.agencies.command_agency import find_agency
from kesher.core.db.agency_scope import scope
from kesher.core.output.json_lines import read_lines, write_json_line
from kesher.listening.labelled_texts import UnreadableFile, distinct_texts, draw_texts, read_labelled
from kesher.listening.model_files import UnknownModel, activate_model, load_model, path_of, save_model
from kesher.listening.post_analysis import PostAnalysis, analyse_post
from kesher.listening.sentiment_model import TooFewTexts, train_sentiment
from kesher.understanding.services import ready_model

NO_ENCODER: Final = "The sentence encoder is not installed: this version has no kesher[semantic]. Use --no-semantic"


class Command(BaseCommand):
    """Train, activate and use models of sentiment."""

    help = "Learns from labelled texts how posts are meant, and reads posts: language, sentiment, question, urgency."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        train = verbs.add_parser("train", help="learn from a file; prints the scores, activates nothing")
        train.add_argument("name", help="letters, digits, dots, dashes and underscores")
        train.add_argument("file", type=Path, help="UTF-8; a text, a tab and its label a line")
        train.add_argument("--format", choices=["tsv", "hebemo"], default="tsv")
        train.add_argument("--semantic", action=BooleanOptionalAction, default=False, help="use the sentence encoder")
        train.add_argument("--most", type=int, default=0, help="learn from at most this many texts, drawn at random")
        train.add_argument("--seed", type=int, default=0, help="of that draw")
        activate = verbs.add_parser("activate", help="use this model where none is named")
        activate.add_argument("name")
        classify = verbs.add_parser("classify", help="print what each line of standard input says, as JSON")
        classify.add_argument("--model", default="", help="a model's name; else the active one")
        classify.add_argument("--semantic", action=BooleanOptionalAction, default=False, help="use the encoder")

    def handle(self, **options: Any) -> None:
        """Do what was asked; exit with status 2 where that cannot be done."""
        if options.get("semantic"):
            self.fail(NO_ENCODER)
        try:
            getattr(self, options["verb"])(options)
        except (UnknownModel, UnreadableFile, TooFewTexts) as error:
            self.fail(str(error))

    def train(self, options: dict[str, Any]) -> None:
        """Train a model, store it, and print its scores on texts that were held back."""
        if options["most"] < 0:
            self.fail("--most must not be negative.")
        path_of(options["name"])
        rows = read_labelled(options["file"], options["format"])
        used = draw_texts(distinct_texts(rows), options["most"], options["seed"])
        model, scores, took = train_sentiment(used)
        save_model(options["name"], model)
        shown = {
            "name": options["name"],
            "rows": len(rows),
            "used": len(used),
            "labels": list(model.labels),
            "accuracy": round(scores.accuracy, 4),
            "macro_f1": round(scores.macro_f1, 4),
            "folds": scores.folds,
            "train_s": round(took, 2),
        }
        self.stdout.write(json.dumps(shown, ensure_ascii=False))
        label, count = Counter(row.label for row in used.values()).most_common(1)[0]
        if scores.accuracy <= count / len(used):
            share = f"{count / len(used):.2f}"
            self.stderr.write(
                f"This model is no better than always saying {label!r}, which is right for {share} of the texts."
            )

    def activate(self, options: dict[str, Any]) -> None:
        """Let a model be the one that is used where none is named."""
        activate_model(options["name"])
        self.stderr.write(f"{options['name']!r} is used from now on where no model is named.")

    def classify(self, options: dict[str, Any]) -> None:
        """Print a JSON object for each line of standard input."""
        sentiment, agency = load_model(options["model"]), find_agency()
        with scope(agency) if agency else nullcontext():
            meaning = ready_model() if agency else None
            for text in read_lines():
                write_json_line(as_json(analyse_post(text, sentiment, meaning)))

    def fail(self, reason: str) -> NoReturn:
        """Print a reason as one line on standard error, and exit with status 2."""
        self.stderr.write(reason)
        sys.exit(2)


def as_json(found: PostAnalysis) -> dict[str, Any]:
    """Return what is known of a post as a JSON object."""
    return {
        "text": found.text,
        "language": found.language,
        "sentiment": found.sentiment.label,
        "confidence": round(found.sentiment.confidence, 4),
        "unsure": found.sentiment.unsure,
        "question": found.question,
        "urgency": found.urgency,
        "masked": list(found.masked),
    }
