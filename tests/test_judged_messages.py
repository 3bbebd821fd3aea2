"""The judged messages are well formed, many enough, and about things of the demo (without understanding any)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from kesher.demo.data_files import FOLDER
from tests.structure import ROOT

SETS = ROOT / "tests" / "judged" / "messages"
LEAST = {"he": 500, "ar": 400, "ru": 350, "en": 350}
KINDS = {"command", "verb", "answer", "situation", "nothing", "several"}
COMMANDS = {
    *("greeting", "thanks", "menu", "help", "back", "cancel", "language", "person"),
    *("stop", "start_again", "yes", "no", "continue", "skip"),
}


def messages() -> list[dict[str, Any]]:
    paths = sorted(SETS.glob("*/*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_enough_of_each_language_and_of_nothing() -> None:
    found = Counter(message["lang"] for message in messages())
    assert not {lang: found[lang] for lang, least in LEAST.items() if found[lang] < least}
    assert sum(message["kind"] == "nothing" for message in messages()) >= 400
    asked = Counter(message["stop"] for message in messages() if "stop" in message)
    assert asked[True] >= 100
    assert asked[False] >= 200


def test_no_message_stands_twice_and_each_set_is_in_one_half() -> None:
    ids = [message["id"] for message in messages()]
    assert len(ids) == len(set(ids))
    halves = [{path.stem for path in (SETS / half).glob("*.jsonl")} for half in ("open", "kept")]
    assert not halves[0] & halves[1]


def test_labels_are_known() -> None:
    wrong = [
        message["id"]
        for message in messages()
        if message["kind"] not in KINDS
        or set(message.get("commands", ())) - COMMANDS
        or (message["kind"] == "verb") > bool(message.get("verb"))
        or (message["kind"] == "answer") > bool(message.get("slug"))
        or (message["kind"] == "situation") > (message.get("situation") in ("sure", "possible"))
    ]
    assert not wrong


def test_an_answer_that_is_named_exists_in_the_demo() -> None:
    slugs = {path.stem for path in (FOLDER / "answers").glob("*.md")}
    assert not {message["slug"] for message in messages() if message.get("slug")} - slugs - {
        "arnona-discount-check", "kindergarten-fee",
    }  # fmt: skip
