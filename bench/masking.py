"""``script/bench masking``: what masking finds of judged texts, and what it hides that is nobody's.

``--data FILE`` is a file of judged texts (``tests/judged/masking/README.md``); without it, the open set. A span is right if
it begins and ends where the judged one does, whatever its kind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.judged_messages import line
from kesher.language.redaction import find_personal_data

OPEN = Path(__file__).parent.parent / "tests" / "judged" / "masking" / "open" / "mask-1.jsonl"
LANGUAGES = ("he", "ar", "ru", "en")
Text = dict[str, Any]
Place = tuple[int, int]


@dataclass
class Tally:
    """Counts over judged texts; ``misses`` says which spans were missed or hidden without need, by text."""

    wanted: int = 0
    found: int = 0
    right: int = 0
    of_the_kind: int = 0
    nothing: int = 0  # texts with nothing to mask
    nothing_hurt: int = 0  # of them, those in which something was hidden
    misses: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """Return the share of the judged spans that were found."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Return the share of the found spans that are judged ones."""
        return self.right / self.found if self.found else 1.0

    def add(self, judged: Text) -> None:
        """Count one text."""
        text = judged["text"]
        wanted = {(start, end): kind for start, end, kind in judged["spans"]}
        found = {(start, end): kind for start, end, kind in find_personal_data(text)}
        self.wanted += len(wanted)
        self.found += len(found)
        self.right += len(wanted.keys() & found.keys())
        self.of_the_kind += len(wanted.items() & found.items())
        self.nothing += not wanted
        self.nothing_hurt += bool(found and not wanted)
        if wanted.keys() != found.keys():
            self.misses[judged["id"]] = (
                _said(text, wanted.keys() - found.keys()),
                _said(text, found.keys() - wanted.keys()),
            )


def _said(text: str, places: Iterable[Place]) -> list[str]:
    """Return what stands at some places of a text."""
    return [text[start:end] for start, end in sorted(places)]


def load(path: Path) -> list[Text]:
    """Return the judged texts of a file."""
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]


def tally(texts: Iterable[Text]) -> Tally:
    """Return the counts over texts."""
    counted = Tally()
    for text in texts:
        counted.add(text)
    return counted


def table(texts: list[Text]) -> str:
    """Return the shares with their counts and intervals: of all texts, by language, by kind."""
    counted = tally(texts)
    rows = [
        line("recall", counted.right, counted.wanted),
        line("precision", counted.right, counted.found),
        line("right spans of the right kind", counted.of_the_kind, counted.right),
        line("texts with nothing to mask, left alone", counted.nothing - counted.nothing_hurt, counted.nothing),
    ]
    for lang in LANGUAGES:
        here = tally(text for text in texts if text["lang"] == lang)
        rows += [line(f"recall, {lang}", here.right, here.wanted), line(f"precision, {lang}", here.right, here.found)]
    for kind in sorted({kind for text in texts for _start, _end, kind in text["spans"]}):
        only = [text for text in texts if {one[2] for one in text["spans"]} == {kind}]
        here = tally(only)
        rows.append(line(f"recall, texts with {kind} alone", here.right, here.wanted))
    return "\n".join(rows)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=OPEN, help="a file of judged texts")
    parser.add_argument("--misses", action="store_true", help="print what was missed or hidden without need, too")
    given = parser.parse_args()
    texts = load(given.data)
    counted = tally(texts)
    print(f"{len(texts)} texts; share, count, Wilson 95 % interval")
    print(table(texts))
    if given.misses:
        for name, (missed, extra) in counted.misses.items():
            print(f"  {name}: missed {missed}, hidden {extra}")
    summary = {
        "bench": "masking",
        "recall": round(counted.recall, 4),
        "precision": round(counted.precision, 4),
        "spans": counted.wanted,
        "strings": len(texts),
        "nothing_hurt": counted.nothing_hurt,
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
