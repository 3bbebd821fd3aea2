"""The examples and the lexicon of `understanding` are well formed, and apart from the judged messages."""

from __future__ import annotations

import json
from collections import Counter

from kesher.dialogues.registry import REGISTRY
from kesher.understanding.learning.model_store import topic_queries
from kesher.understanding.learning.problem_kinds import LEFT_OUT, SERVICES, problem_examples
from tests.structure import PACKAGE, ROOT

DATA = PACKAGE / "understanding" / "data"
COMMANDS = {
    *("greeting", "thanks", "menu", "help", "back", "cancel", "language", "person", "stop"),
    *("start_again", "yes", "no", "continue", "skip"),
}
OTHER = {"answer", "danger", "possible", "abuse", "nothing", "reports.complaint"}


def examples(lang: str) -> list[tuple[str, str]]:
    lines = (DATA / "examples" / f"{lang}.tsv").read_text(encoding="utf-8").splitlines()
    return [(name, text) for name, text in (line.split("\t") for line in lines)]


def test_each_class_has_examples_in_each_language() -> None:
    for lang in ("he", "ar", "ru", "en"):
        found = Counter(name for name, _text in examples(lang))
        assert min(found.values()) >= 10, found
        assert not set(found) - COMMANDS - OTHER - set(REGISTRY.skills), lang
        assert min(found[name] for name in ("reports.report", "reports.complaint", "danger")) >= 40


def test_no_example_is_a_judged_sentence() -> None:
    """Bare words ("menu") may be both; a sentence that stands in both would measure memory."""
    paths = [
        path for folder in ("messages", "slots") for path in (ROOT / "tests" / "judged" / folder).glob("*/*.jsonl")
    ]
    judged = {json.loads(line)["text"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()}
    taught = {text for lang in ("he", "ar", "ru", "en") for _name, text in examples(lang)}
    taught |= {text for _kind, text in problem_examples()}
    assert not {text for text in judged & taught if len(text.split()) > 4}


def test_a_concept_has_words_in_four_languages() -> None:
    lines = [line.split("\t") for line in (DATA / "lexicon.tsv").read_text(encoding="utf-8").splitlines()]
    assert not [line[0] for line in lines if len(line) != 5 or not all(line)]
    assert len({line[0] for line in lines}) == len(lines) >= 1000


def test_a_kind_of_problem_has_examples() -> None:
    known = {topic for topic, _query in topic_queries()}
    assert known >= set(SERVICES) | LEFT_OUT
    found = Counter(kind for kind, _text in problem_examples() if kind not in SERVICES.values())
    assert min(found.values()) >= 16, found
