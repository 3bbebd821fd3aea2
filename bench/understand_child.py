"""The child process of `bench.understand`: the demo, a model, the judged messages, then growth, time and memory."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import batched, pairwise
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from bench.answers_child import grown, names  # noqa: E402
from bench.judged_messages import (  # noqa: E402
    Message,
    Outcome,
    Reading,
    calibration_error,
    fits,
    line,
    load,
    sections,
    subject_rows,
    summarise,
)
from bench.machine import percentile  # noqa: E402
from kesher.agencies.models import Agency  # noqa: E402
from kesher.answers.models import Answer  # noqa: E402
from kesher.answers.services import rebuild_index  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.dialogues.answer_matching import find_global_word, find_language  # noqa: E402
from kesher.dialogues.understood import Understood  # noqa: E402
from kesher.petitions.services import create_petition  # noqa: E402
from kesher.understanding.candidates import list_candidates, rank  # noqa: E402
from kesher.understanding.evidence import gather  # noqa: E402
from kesher.understanding.learning.features import LEXICON  # noqa: E402
from kesher.understanding.learning.model_store import Model, find_model, train_model  # noqa: E402
from kesher.understanding.message_text import read  # noqa: E402
from kesher.understanding.registry import CANDIDATES  # noqa: E402
from kesher.understanding.title_index import agency_index, forget_indexes  # noqa: E402
from kesher.understanding.understand import NAMES, understand  # noqa: E402

TITLES, ANSWERS = 1_000, 1_000
WARMING = Path(__file__).parent.parent / "tests" / "judged" / "answers-open.jsonl"
MEGABYTE = 1_000_000
REMEMBERED = 500  # messages after which memory is read


def main() -> None:
    """Run the whole measurement, or that of memory in a process of its own."""
    half, *flags = sys.argv[1:]
    if "--memory" in flags:
        with scope(Agency.objects.get()):
            print(json.dumps(measure_memory(load(half))))
        return
    call_command("migrate", verbosity=0)
    if not Agency.objects.exists():
        call_command("demo", stdout=sys.stderr)
    with scope(Agency.objects.get()):
        run(half, misses="--misses" in flags and half == "open", lang_known="--language-unknown" not in flags)


def run(half: str, *, misses: bool, lang_known: bool) -> None:
    """Train, judge, grow and measure; print the table and the summary."""
    began, cpu = time.perf_counter(), time.process_time()
    model = train_model()
    trained, cpu = time.perf_counter() - began, time.process_time() - cpu
    files = sum(path.stat().st_size for path in (Path(settings.DATA) / "understanding").glob("*")) / MEGABYTE
    messages = load(half)
    if not lang_known:
        messages = [{**one, "known": ""} for one in messages]
    rows = [judge(one, model) for one in messages]
    print(f"\n{connection.vendor}: {half} sets, {len(rows)} messages; share, count, Wilson 95 % interval")
    print_table(rows)
    if misses:
        print_misses(rows)
    grow_titles()
    named = [one for one in messages if one.get("subject") and one["kind"] in ("verb", "several")]
    again = [judge(one, model) for one in named]
    print(f"at {TITLES} titles")
    for row in subject_rows(again):
        print(line(*row))
    print(line("right action and content", sum(one.is_right for one in again), len(again)))
    grow_answers()
    times = measure_times(messages, model)
    memory = json.loads(subprocess.check_output([sys.executable, "-m", "bench.understand_child", half, "--memory"]))
    print("cost")
    print(f"  training {trained:.1f} s ({cpu:.1f} s of the CPU), files {files:.2f} MB")
    print(f"  at {TITLES} titles and {ANSWERS} answers: {times.pop('line')}")
    total, search, *parts = (f"{name} {size:.0f}" for name, size in memory.items())
    print(f"  {total} more in one process: {', '.join(parts)}; the {search} before", flush=True)
    summary = {
        "bench": "understand", "database": connection.vendor, "semantic": False, **times,
        "train_s": round(trained, 1), "files_mb": round(files, 2),
        "memory_mb": memory["memory_mb"], **summarise(rows),
    }  # fmt: skip
    print(json.dumps(summary), flush=True)


def judge(message: Message, model: Model) -> Outcome:
    """Return what is found of a message: by `understand`, in its ranking, and by the search for answers alone."""
    text, lang = message["text"], message.get("known", message["lang"])
    found = understand(text, lang, model=model)
    hits = CANDIDATES.search(text, found.lang or lang)
    is_public = message.get("subject", "") in agency_index(model).by_code
    return Outcome(message, found, rank_message(text, lang, model), [hit.slug for hit in hits], is_public)


def rank_message(text: str, lang: str, model: Model) -> list[tuple[Reading, float]]:
    """Return all readings of a message with their probabilities; a bare command word has one."""
    whole = text.strip()
    bare = find_global_word(whole) or ("language" if find_language(whole) else None)
    if bare:
        return [(Reading("command", NAMES.get(bare, bare)), 1.0)]
    reading = read(whole, lang, model)
    seen = gather(reading, model, agency_index(model))
    ranked = rank(list_candidates(seen, lang or reading.lang))
    return [(Reading(one.kind, one.name if one.kind != "nothing" else "", one.subject), value) for one, value in ranked]


def print_table(rows: Sequence[Outcome]) -> None:
    """Print each share with its counts and interval, and the calibration errors."""
    for title, found in sections(rows):
        print(title)
        for row in found:
            print(line(*row))
    shown = calibration_error([(one.found.probability, one.is_right) for one in rows])
    first = [one for one in rows if one.kind != "situation"]
    ranked = calibration_error([(one.ranked[0][1], fits(one.message, one.ranked[0][0])) for one in first])
    print(f"calibration error\n  of what is done {shown:.3f}, of the ranking {ranked:.3f}", flush=True)


def print_misses(rows: Sequence[Outcome]) -> None:
    """Print what was wrong (of the open sets)."""
    print("misses")
    for one in rows:
        if not one.is_right:
            label = {key: value for key, value in one.message.items() if key not in ("text", "set", "known")}
            print(f"  {one.message['text']!r} {label} → {in_short(one.found)}")


def in_short(found: Understood) -> str:
    """Return what was found, in one line."""
    parts = (found.action, *found.commands, found.verb, found.subject, found.slug, found.situation)
    return f"{' '.join(filter(None, parts))} {found.probability:.2f}"


def grow_titles() -> None:
    """Publish petitions whose titles are made from the lexicon's words, until there are so many titles."""
    dice = random.Random(14)
    concepts = [text.split("\t")[1:] for text in LEXICON.read_text(encoding="utf-8").splitlines()]
    places = {lang: names(lang, dice, 300) for lang in ("he", "en")}
    have = sum(
        len(tuple(source.titles())) for kind, source in CANDIDATES.sources.items() if kind not in ("answer", "topic")
    )
    with transaction.atomic():
        for _number in range(TITLES - have):
            (hebrew, _ar, _ru, english), (other_hebrew, *_others, other_english) = dice.sample(concepts, 2)
            titles = {
                "he": f"{word(hebrew, dice)} ו{word(other_hebrew, dice)} ברחוב {dice.choice(places['he'])}",
                "en": f"{word(english, dice)} and {word(other_english, dice)} in {dice.choice(places['en'])} street",
            }
            short = {lang: title[:80] for lang, title in titles.items()}
            create_petition(titles=short, demands=short, published=True)


def word(words: str, dice: random.Random) -> str:
    """Return one of a concept's words."""
    return dice.choice(words.split(",")).strip()


def grow_answers() -> None:
    """Publish answers made from those of the demo, until there are so many."""
    real = list(Answer.objects.select_related("topic", "agency"))
    for some in batched(grown(real, ANSWERS - len(real), random.Random(4)), 500):
        Answer.objects.bulk_create(some)
    rebuild_index(words_too=True)


def measure_times(messages: Sequence[Message], model: Model) -> dict[str, Any]:
    """Return the milliseconds of a message that is new to a warm process, and those of the index."""
    forget_indexes()
    began = time.perf_counter()
    agency_index(model)
    built = time.perf_counter() - began
    for text in WARMING.read_text(encoding="utf-8").splitlines():
        query = json.loads(text)
        understand(query["query"], query["lang"], model=model)
    spent, worked, searched = [], [], []
    for one in messages:
        began, cpu = time.perf_counter(), time.process_time()
        understand(one["text"], one["lang"], model=model)
        spent.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
        began = time.perf_counter()
        CANDIDATES.search(one["text"], one["lang"])
        searched.append((time.perf_counter() - began) * 1000)
    time.sleep(1)  # the index asks again whether titles changed
    Answer.objects.first().save()  # type: ignore[union-attr]
    began = time.perf_counter()
    agency_index(model)
    again = time.perf_counter() - began
    shown = (
        f"p50 {percentile(spent, 0.5):.1f} ms, p95 {percentile(spent, 0.95):.1f} ms, most {max(spent):.0f} ms "
        f"(of the CPU: p50 {percentile(worked, 0.5):.1f}, p95 {percentile(worked, 0.95):.1f}; the search for answers "
        f"alone, again: p50 {percentile(searched, 0.5):.1f}, p95 {percentile(searched, 0.95):.1f}); "
        f"index built in {built:.1f} s, after one change in {again:.2f} s"
    )
    return {
        "line": shown, "p50_ms": round(percentile(spent, 0.5), 2), "p95_ms": round(percentile(spent, 0.95), 2),
    }  # fmt: skip


def measure_memory(messages: Sequence[Message]) -> dict[str, float]:
    """Return by how many MB a process grows with the model, the index and 500 messages.

    The search for answers is there before: a process has it without understanding, too.
    """
    some = messages[:: max(1, len(messages) // REMEMBERED)][:REMEMBERED]
    Agency.objects.first()
    steps = {"": resident()}
    for one in some:
        CANDIDATES.search(one["text"], one["lang"])
    steps["search"] = resident()
    model = find_model()
    assert model is not None
    steps["model"] = resident()
    agency_index(model)
    steps["index"] = resident()
    for one in some:
        understand(one["text"], one["lang"], model=model)
    steps["messages"] = resident()
    grown_by = {name: round(after - before, 1) for (_step, before), (name, after) in pairwise(steps.items())}
    return {"memory_mb": round(steps["messages"] - steps["search"], 1), **grown_by}


def resident() -> float:
    """Return the resident memory of this process in MB."""
    gc.collect()
    fields = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(int(field.split()[1]) for field in fields if field.startswith("VmRSS:"))
    return kilobytes * 1024 / MEGABYTE


if __name__ == "__main__":
    main()
