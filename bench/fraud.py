"""``script/bench fraud``: how soon injected bursts are flagged, and how often the clean series of 2019 is.

Replays the petition of March 2019 by constituency and by country, one to five snapshots an hour, as the worker sees
them. Bursts are added at random nights and places: 30,000 false signatures in two constituencies in eight hours, and
10,000 from one tiny country in three, eight, twelve and twenty-four.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kesher.participation.burst_detection import find_bursts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "participation"
Snapshots = list[tuple[datetime, dict[str, int]]]
AREAS = ("a50_by_constituency.csv.gz", 30_000, 2, (8,))
COUNTRIES = ("a50_by_country.csv.gz", 10_000, 1, (3, 8, 12, 24))
TINY = 60  # signatures in total
HOUR = timedelta(hours=1)


def series(name: str) -> Snapshots:
    """Return the snapshots: the counts at each recorded moment."""
    found: dict[datetime, dict[str, int]] = {}
    with gzip.open(DATA / name, "rt") as file:
        rows = csv.reader(file)
        _at, _total, *keys = next(rows)
        for at, _total, *counts in rows:
            found[datetime.fromisoformat(at)] = {key: int(n or 0) for key, n in zip(keys, counts, strict=True)}
    return sorted(found.items())


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


class Watch:
    """The worker's burst detection on one series, with false signatures ({hour: {area: count}}) added."""

    def __init__(self, first: dict[str, int], false: dict[datetime, dict[str, int]]) -> None:
        self.false = false
        self.before = first  # at the beginning of the hour
        self.days: list[dict[str, int]] = []  # counts of each hour, false ones included
        self.added: Counter[str] = Counter()  # false signatures of earlier hours
        self.flagged: dict[datetime, set[str]] = {}

    def look(self, hour: datetime, counts: dict[str, int], share: float) -> dict[str, int]:
        """Check the hour after its ``share`` has passed, and return its counts so far."""
        extra = {key: round(n * share) for key, n in self.false.get(hour, {}).items()}
        seen = {key: n - self.before[key] + extra.get(key, 0) for key, n in counts.items()}
        whole = {key: n + self.added[key] for key, n in self.before.items()}
        best = {key: max((old.get(key, 0) for old in self.days[-24:]), default=0) for key in seen}
        self.flagged.setdefault(hour, set()).update(burst.key for burst in find_bursts(seen, whole, best))
        return seen

    def end(self, hour: datetime, counts: dict[str, int]) -> None:
        """Check the hour once more at its end."""
        self.days.append(self.look(hour, counts, 1.0))
        self.added.update(self.false.get(hour, {}))
        self.before = counts


def flagged(snapshots: Snapshots, false: dict[datetime, dict[str, int]]) -> dict[datetime, set[str]]:
    """Return the flagged areas of each hour."""
    (last_at, last), *rest = snapshots
    watch = Watch(last, false)
    for at, counts in rest:
        if hour_of(at) != hour_of(last_at):
            watch.end(hour_of(last_at), last)
        watch.look(hour_of(at), counts, (at - hour_of(at)) / HOUR)
        last_at, last = at, counts
    watch.end(hour_of(last_at), last)
    return watch.flagged


def around(snapshots: Snapshots, false: dict[datetime, dict[str, int]]) -> Snapshots:
    """Return the part of a series that matters for these hours, including the day before."""
    first, last = min(false) - timedelta(hours=26), max(false) + HOUR
    return [(at, counts) for at, counts in snapshots if first <= at < last]


def injected(snapshots: Snapshots, number: int, places: int, length: int, dice: random.Random) -> tuple[bool, bool]:
    """Inject one burst, and return (flagged in its first hour, flagged at all)."""
    last = snapshots[-1][1]
    tiny = places == 1
    names = dice.sample([key for key, n in last.items() if (0 < n < TINY if tiny else n)], places)
    hours = sorted({hour_of(at) for at, _counts in snapshots})
    start = dice.choice(hours[24 : -length - 1]).replace(hour=22 if not tiny else dice.randrange(24))
    part = number // places // length
    false = {start + timedelta(hours=hour): dict.fromkeys(names, part) for hour in range(length)}
    found = flagged(around(snapshots, false), false)
    seen = [set(names) <= found[at] for at in false if at in found]
    return bool(seen) and seen[0], any(seen)


def bench(trials: int) -> dict[str, Any]:
    """Run the trials, and return the summary."""
    dice = random.Random(241584)
    summary: dict[str, Any] = {"bench": "fraud", "trials": 0, "in_first_hour": 0, "flagged": 0}
    days: Counter[Any] = Counter()
    hours_seen = 0
    for name, number, places, lengths in (AREAS, COUNTRIES):
        snapshots = series(name)
        for start, keys in flagged(snapshots, {}).items():
            days[name, start.date()] += len(keys)
            hours_seen += 1
        for trial in range(trials):
            first, ever = injected(snapshots, number, places, lengths[trial % len(lengths)], dice)
            summary["trials"] += 1
            summary["in_first_hour"] += first
            summary["flagged"] += ever
    worst = max(days.values(), default=0)
    return {**summary, "hours": hours_seen, "false_alarms": sum(days.values()), "worst_day": worst}


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="script/bench fraud")
    parser.add_argument("--trials", type=int, default=30, help="bursts of each kind")
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"the petition of 2019 is not at {DATA}")
    print(json.dumps(bench(options.trials)), flush=True)


if __name__ == "__main__":
    main()
