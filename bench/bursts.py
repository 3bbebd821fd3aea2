"""``script/bench bursts``: how soon a crisis is noticed in 26 streams of labelled posts, read as one.

Data: CrisisLexT26 in ``../shared/data/listening``. An event is noticed when a group of bursts *begins* with a post of it:
a burst that joins the group of another event does not count. Hours are from the first post that is labelled as related.
The data names no authors, so each post counts as its own. The last line is the summary.
"""

from __future__ import annotations

import csv
import html
import json
import time
from pathlib import Path
from typing import Final, NamedTuple

from kesher.listening.bursts import BurstDetector, BurstGroups, Post
from kesher.listening.bursts.post_terms import find_terms, find_text_key

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "listening" / "crisislext26"
SUDDEN: Final = ("Costa_Rica", "Bohol", "Glasgow", "Boston", "LA_airport", "Spain", "NY_train")
EPOCH_MS: Final = 1288834974657  # a post's id holds the milliseconds since then, above its lowest 22 bits
DAY: Final = 86400


class Labelled(NamedTuple):
    """A post of an event; `is_related` is what people said of it."""

    at: float
    event: str
    text: str
    is_related: bool


class Noticed(NamedTuple):
    """After how many hours each event was noticed, and how many groups began on how many days with posts."""

    hours: dict[str, float]
    groups: int
    days: int
    posts_per_s: float


def load(folder: Path = FOLDER) -> list[Labelled]:
    """Return the posts of all events in the order in which they were said."""
    found = []
    for file in sorted(folder.glob("*.csv")):
        event = file.name.partition("-")[0]
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, skipinitialspace=True):
                at = ((int(row["Tweet ID"]) >> 22) + EPOCH_MS) / 1000
                is_related = row["Informativeness"].startswith("Related")
                found.append(Labelled(at, event, html.unescape(row["Tweet Text"]), is_related))
    return sorted(found)


def measure(labelled: list[Labelled]) -> Noticed:
    """Return when each event was noticed; an event that was not is left out."""
    detector, groups = BurstDetector(), BurstGroups()
    first: dict[str, float] = {}
    noticed: dict[str, float] = {}
    begun = 0
    began = time.process_time()
    for number, (at, event, text, is_related) in enumerate(labelled):
        if is_related:
            first.setdefault(event, at)
        for burst in detector.add(Post(at, find_terms(text), str(number), find_text_key(text))):
            _group, is_new = groups.add(burst)
            if is_new:
                begun += 1
                noticed.setdefault(event, at)
    speed = len(labelled) / (time.process_time() - began)
    hours = {event: (at - first[event]) / 3600 for event, at in noticed.items() if event in first}
    return Noticed(hours, begun, len({int(row.at // DAY) for row in labelled}), speed)


def main() -> None:
    """Print how soon each event was noticed, and the summary."""
    if not FOLDER.exists():
        print(f"SKIPPED  bursts: {FOLDER.name} is not in the data folder", flush=True)
        return
    noticed = measure(load())
    for event, hours in sorted(noticed.hours.items(), key=lambda pair: pair[1]):
        print(f"{hours:8.2f} h  {event}")
    summary = {
        "bench": "bursts",
        "sudden_h": max(hours for event, hours in noticed.hours.items() if any(name in event for name in SUDDEN)),
        "within_7_h": sum(hours <= 7 for hours in noticed.hours.values()),
        "incidents_a_day": noticed.groups / noticed.days,
        "posts_per_s": round(noticed.posts_per_s),
    }
    print(json.dumps({name: round(it, 2) if isinstance(it, float) else it for name, it in summary.items()}), flush=True)


if __name__ == "__main__":
    main()
