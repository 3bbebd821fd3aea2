"""The child process of `bench.slots`: the demo, a model, the judged messages, and the time at 500 places."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from bench.answers_child import names  # noqa: E402
from bench.judged_messages import line  # noqa: E402
from bench.judged_slots import SLOTS, SUMMARY, Message, judge, load  # noqa: E402
from bench.machine import percentile  # noqa: E402
from kesher.agencies.models import Agency, Place  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.understanding import understand as understanding  # noqa: E402
from kesher.understanding.learning.model_store import Model, find_model, train_model  # noqa: E402
from kesher.understanding.slots.place_index import forget_places  # noqa: E402

NOW = datetime(2026, 11, 28, 12, tzinfo=ZoneInfo("Asia/Jerusalem"))
PLACES = 500
LANGUAGES = ("he", "ar", "ru", "en")


def main() -> None:
    """Run the whole measurement."""
    files = [Path(name) for name in sys.argv[1:] if not name.startswith("--")]
    call_command("migrate", verbosity=0)
    if not Agency.objects.exists():
        call_command("demo", stdout=sys.stderr)
    with scope(Agency.objects.get()):
        run(load(files), misses="--misses" in sys.argv)


def run(messages: Sequence[Message], *, misses: bool) -> None:
    """Judge, measure, and print the table and the summary."""
    model = find_model() or train_model()
    before = list(Place.objects.values_list("pk", flat=True))
    grow_places()
    spent, worked = measure_times(messages, model)
    Place.objects.exclude(pk__in=before).delete()
    forget_places()
    found = [understanding.understand(one["text"], one["lang"], model=model, now=NOW).slots for one in messages]
    rows = [judge(one, slots) for one, slots in zip(messages, found, strict=True)]
    print(
        f"\n{len(messages)} messages; of those where the label or the answer has the slot: right, Wilson 95 % interval"
    )
    shares: dict[str, float] = {}
    for slot in SLOTS:
        judged = [row[slot] for row in rows if slot in row]
        print(line(slot, sum(judged), len(judged)))
        shares[slot] = round(sum(judged) / len(judged), 4) if judged else 1.0
    for lang in LANGUAGES:
        judged = [
            right for one, row in zip(messages, rows, strict=True) if one["lang"] == lang for right in row.values()
        ]
        print(line(f"all slots, {lang}", sum(judged), len(judged)))
    if misses:
        print_misses(messages, found, rows)
    print(
        f"at {PLACES} places the slots of a new message take p50 {percentile(spent, 0.5):.1f} ms, "
        f"p95 {percentile(spent, 0.95):.1f} ms (of the CPU: {percentile(worked, 0.5):.1f}, {percentile(worked, 0.95):.1f})"
    )
    print(json.dumps({"bench": "slots", **{slot: shares[slot] for slot in SUMMARY}}), flush=True)


def print_misses(messages: Sequence[Message], found: Sequence[Any], rows: Sequence[dict[str, bool]]) -> None:
    """Print what was wrong (of the open set)."""
    print("misses")
    for one, slots, row in zip(messages, found, rows, strict=True):
        wrong = [slot for slot, right in row.items() if not right]
        if wrong:
            label = {key: value for key, value in one.items() if key not in ("id", "text")}
            print(f"  {','.join(wrong)}: {one['text']!r}\n      {label}\n    → {dict(slots)}")


def grow_places() -> None:
    """Add streets with made-up names until there are so many places."""
    dice = random.Random(15)
    have = Place.objects.count()
    made = {lang: names(lang, dice, PLACES) for lang in ("he", "en")}
    agency = Agency.objects.get()
    Place.objects.bulk_create(
        Place(agency=agency, code=f"street-{at}", names={"he": made["he"][at], "en": made["en"][at]})
        for at in range(max(0, PLACES - have))
    )


def measure_times(messages: Sequence[Message], model: Model) -> tuple[list[float], list[float]]:
    """Return the milliseconds that `understand` spends on the slots of each new message: by the clock, of the CPU."""
    forget_places()
    spent: list[float] = []
    worked: list[float] = []
    find = understanding.find_slots

    def timed(*args: Any, **kwargs: Any) -> dict[str, str]:
        """Find the slots, and note how long it took."""
        began, cpu = time.perf_counter(), time.thread_time()
        found = find(*args, **kwargs)
        spent.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - cpu) * 1000)
        return found

    understanding.understand("a hole in the road at Herzl 5", "en", model=model, now=NOW)
    with patch.object(understanding, "find_slots", timed):
        for one in messages:
            understanding.understand(one["text"], one["lang"], model=model, now=NOW)
    return spent, worked


if __name__ == "__main__":
    main()
