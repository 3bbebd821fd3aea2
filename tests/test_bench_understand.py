"""The benchmark of understanding judges and counts as `tests/judged/messages/README.md` says, and hides what it must."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bench.judged_messages import (
    Message,
    Outcome,
    Reading,
    calibration_error,
    is_right,
    line,
    load,
    sections,
    summarise,
    wilson,
)
from kesher.dialogues.understood import Meaning, Understood
from tests.structure import ROOT

SIGN = Meaning("petition", "petitions.sign", "48213", probability=0.7)
POOL = Meaning("answer", "pool", probability=0.2)


def message(kind: str, **label: Any) -> Message:
    return {"id": "x-1", "set": "x-1", "lang": "en", "text": "…", "kind": kind, **label}


def found(action: Any = "unknown", **parts: Any) -> Understood:
    return Understood("…", "en", action, **{"probability": 0.9, **parts})


@pytest.mark.parametrize(
    ("label", "right", "wrong"),
    [
        (
            message("command", commands=["greeting", "stop"]),
            found("ask_stop", commands=("stop",)),
            found("command", commands=("greeting",)),
        ),
        (message("command", commands=["thanks"]), found("command", commands=("thanks",)), found("unknown")),
        (message("command", commands=["menu"]), found("command", commands=("menu",)), found("offer", slug="menu")),
        (
            message("command", commands=["person"]),
            found("person", commands=("person",)),
            found("command", commands=("person",)),
        ),
        (
            message("verb", verb="petitions.sign", subject="48213"),
            found("confirm", verb="petitions.sign", subject="48213"),
            found("start", verb="petitions.sign", subject="1"),
        ),
        (
            message("verb", verb="reports.report"),
            found("start", verb="reports.report", subject="7"),
            found("unknown", verb="reports.report"),
        ),
        (message("answer", slug="pool"), found("offer", slug="pool"), found("answer", slug="beach")),
        (message("answer", slug="pool", also=["verb:a.b"]), found("start", verb="a.b"), found("start", verb="a.c")),
        (
            message("several", verb="a.b", commands=["thanks"], also=["verb:c.d:9"]),
            found("start", verb="c.d", subject="9"),
            found("command", commands=("thanks",)),
        ),
        (message("situation", situation="possible"), found("answer", situation="possible"), found(situation="sure")),
        (message("situation", situation="sure"), found("emergency", situation="sure"), found(situation="possible")),
        (message("nothing"), found("unknown"), found("offer", slug="pool")),
    ],
)
def test_right_is_the_action_and_the_content(label: Message, right: Understood, wrong: Understood) -> None:
    assert is_right(label, right)
    assert not is_right(label, wrong)


@pytest.fixture
def outcomes() -> list[Outcome]:
    """Four messages: a subject found, an answer offered second, nothing answered wrongly, and a greeting heard."""
    sign, pool, nothing = Reading("verb", "petitions.sign", "48213"), Reading("answer", "pool"), Reading("nothing", "")
    ranked = [(sign, 0.7), (pool, 0.2), (nothing, 0.1)]
    return [
        Outcome(
            message("verb", verb="petitions.sign", subject="48213"),
            found("start", verb="petitions.sign", subject="48213"), ranked, ["pool"],
        ),
        Outcome(
            message("answer", slug="pool", set="questions-1"),
            found("offer", verb="petitions.sign", offered=(SIGN, POOL)), ranked, ["beach", "pool"],
        ),
        Outcome(message("nothing", lang="he"), found("answer", slug="pool"), ranked, []),
        Outcome(
            message("command", commands=["greeting"]), found("command", commands=("greeting",)),
            [(Reading("command", "greeting"), 1.0)], [],
        ),
    ]  # fmt: skip


def test_the_summary_counts_each_share(outcomes: list[Outcome]) -> None:
    assert summarise(outcomes) == {
        "accuracy": 0.5, "accuracy_by_language": {"he": 0.0, "en": 0.6667}, "top3": 1.0, "nothing_offered": 1.0,
        "answerable_kept": 1.0, "acts_at_once": 0.75, "surely_wrong": 0.25, "ece": 0.4,
    }  # fmt: skip


def test_the_table_has_what_was_offered_and_what_the_search_found(outcomes: list[Outcome]) -> None:
    rows = {name: (count, size) for _title, part in sections(outcomes) for name, count, size in part}
    assert rows["as configured: right done or offered"] == (3, 3)
    assert rows["search's first hit among offers"] == (0, 1)
    assert (rows["en @1"], rows["en @1, search alone"], rows["en @3, search alone"]) == ((1, 1), (0, 1), (1, 1))
    assert rows["subject, done or offered first"] == rows["… of public things, done or offered first"] == (1, 1)
    assert rows["greetings heard"] == (1, 1)


def test_a_share_has_its_counts_and_its_interval() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert wilson(0, 0) == (0, 1)
    assert line("x", 8, 10).split(maxsplit=1)[1] == "8/10    0.800  [0.490, 0.943]"


def test_the_calibration_error_is_the_gap_between_probability_and_share() -> None:
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == 0
    assert calibration_error([(1.0, False)]) == 1
    assert calibration_error([]) == 0


def test_each_open_message_has_a_right_reading() -> None:
    half = load("open")
    assert len(half) > 1000
    assert not [one["id"] for one in half if not is_right(one, right_answer(one))]


def right_answer(label: Message) -> Understood:
    """Return what a perfect understanding finds."""
    commands = tuple(label.get("commands", ()))
    match label["kind"]:
        case "nothing":
            return found("unknown")
        case "situation":
            return found(situation=label["situation"])
        case "command":
            names = [name for name in commands if name in ("stop", "person", "start_again")]
            return found(names[0] if names else "command", commands=commands)
    if label.get("verb"):
        return found("start", verb=label["verb"], subject=label.get("subject", ""))
    if label.get("slug"):
        return found("answer", slug=label["slug"])
    return right_answer({**label, "kind": "command"})


def test_misses_of_the_kept_sets_are_never_listed() -> None:
    command = [sys.executable, "-m", "bench.understand", "--misses"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "never looked at" in ended.stderr
