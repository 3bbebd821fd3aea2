"""The child process of `bench.answers`, on its own database."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import batched, product
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.machine import percentile  # noqa: E402
from kesher.agencies.models import Agency  # noqa: E402
from kesher.agencies.services import create_agency  # noqa: E402
from kesher.answers.models import Answer  # noqa: E402
from kesher.answers.search.evaluation import evaluate_search  # noqa: E402
from kesher.answers.search.search import search  # noqa: E402
from kesher.answers.services import rebuild_index  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.demo.services.answers import load_answers  # noqa: E402

JUDGED = Path(__file__).parent.parent / "tests" / "judged"
ROUNDS, STEP = 3, 10
SYLLABLES = {
    "he": "בא רו מי שן דל קה תם נו גי פר סל חו זי לב טר ים",
    "ar": "با رو مي شن دل قه تم نو جي فر سل حو زي لب طر",
    "ru": "ба ро ми шен дал ка тем ну ги фер сал хо зи лоб тар",
    "en": "ba ro mi shen dal ka tem nu gi fer sal ho zi lob tar",
}
BEHIND = {"he": "ב", "ar": "في ", "ru": "на улице ", "en": "in "}


def judged(half: str, name: str = "answers") -> list[dict[str, Any]]:
    """Return the judged questions of one half."""
    return [json.loads(line) for line in (JUDGED / f"{name}-{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def names(lang: str, dice: random.Random, count: int) -> list[str]:
    """Return made-up words, as rare as names of streets and places."""
    parts = SYLLABLES[lang].split()
    return ["".join(dice.choices(parts, k=dice.randint(2, 4))) for _ in range(count)]


def grown(answers: list[Answer], count: int, dice: random.Random) -> Iterator[Answer]:
    """Yield new answers made from real ones, so that words keep their frequencies and the vocabulary grows.

    Each has one answer's question, asked about a place, with sentences, steps and hidden terms of others of its topic.
    """
    places = {lang: names(lang, dice, 3000 + count // 10) for lang in SYLLABLES}
    for number in range(count):
        base, other = dice.choice(answers), dice.choice(answers)
        texts = {}
        for lang, words in base.texts.items():
            # Frequencies follow Zipf's law.
            place = places[lang][min(int(dice.paretovariate(0.35)), len(places[lang])) - 1]
            borrowed = other.texts.get(lang, {})
            texts[lang] = {
                **words,
                "question": f"{words['question'].rstrip('?؟')} {BEHIND[lang]}{place}?",
                "short": f"{words['short'][:150]} {borrowed.get('short', '')[:100]}",
                "hidden": [*dice.sample(words.get("hidden", []), k=len(words.get("hidden", [])) // 2), place],
            }
        yield Answer(agency=base.agency, slug=f"{base.slug}-{number}", state="published", texts=texts, topic=base.topic)


def timed(questions: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each question in a warm process: by the clock, and of the CPU."""
    for row in questions:
        search(row["query"], row["lang"])
    spent, worked = [], []
    for _round in range(ROUNDS):
        for row in questions:
            began, cpu = time.perf_counter(), time.process_time()
            search(row["query"], row["lang"])
            spent.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - cpu) * 1000)
    return spent, worked


def main(most: int) -> None:
    """Create the agency, and run in its scope."""
    call_command("migrate", verbosity=0)
    agency = create_agency(slug="bench", names={"he": "עיר"}, languages=["he", "ar", "ru", "en"])
    with scope(agency):
        run(agency, most)


def run(agency: Agency, most: int) -> None:
    """Load the answers, measure quality, then cost at growing sizes."""
    load_answers(agency)
    halves = {half: evaluate_search(judged(half)) for half in ("open", "kept")}
    for half, result in halves.items():
        print(json.dumps({"bench": "answers", "half": half, **result.totals, "classes": result.classes}), flush=True)
    for name, half in product(("strangers", "passers"), ("open", "kept")):
        result = evaluate_search(judged(half, name))
        row = {"bench": "answers", "set": name, "half": half, **result.totals, "classes": result.classes}
        print(json.dumps(row), flush=True)
    for name in ("beside", "vague"):
        lines = (JUDGED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        told = sum(search(one["query"], one["lang"]).sure is not None for one in map(json.loads, lines))
        row = {"bench": "answers", "set": name, "queries": len(lines), "answered_as_if_sure": told}
        print(json.dumps(row), flush=True)
    rows = halves["open"].asked + halves["kept"].asked
    summary = {
        "success_at_1": round(sum(r.first for r in halves.values()) / rows, 4),
        "success_at_3": round(sum(r.third for r in halves.values()) / rows, 4),
    }
    real, dice, have = list(Answer.objects.select_related("topic", "agency")), random.Random(4), Answer.objects.count()
    questions = judged("open")
    sizes = [have, *(size for size in (1_000, 10_000) if size < most), *([most] if most > have else [])]
    line: dict[str, Any] = {}
    for size in sizes:
        for some in batched(grown(real, size - have, dice), 500):
            for answer in some:
                answer.slug = f"{answer.slug}-{size}"
            Answer.objects.bulk_create(some)
        have = size
        began = time.perf_counter()
        rebuild_index(words_too=True)
        built = time.perf_counter() - began
        spent, worked = timed(questions)
        line = {
            "bench": "answers", "database": connection.vendor, "answers": size, "p50_ms": round(percentile(spent, 0.5), 2),
            "p95_ms": round(percentile(spent, 0.95), 2), "cpu_p95_ms": round(percentile(worked, 0.95), 2), "index_s": round(built, 1), **summary,
        }  # fmt: skip
        if size != sizes[-1]:
            print(json.dumps(line), flush=True)
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
