"""The judged questions and the demo's answers are well formed (without searching)."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from kesher.core.tests.each import each
from kesher.demo.data_files import FOLDER, read, read_topics
from kesher.language import keys
from tests.structure import ROOT

ANSWERS = FOLDER / "answers"
JUDGED = ROOT / "tests" / "judged"
LANGUAGES = ("he", "ar", "ru", "en")
SCRIPTS = {"he": r"[א-ת]", "ar": r"[ء-ي]", "ru": r"[а-яё]", "en": r"[a-z]"}
FIELDS = {"slug", "topic", "owner", "cost", "time", "where", "who", "start", "valid_from", "review"}
HEBREW = {
    "plain", "niqqud", "final_letters", "prefixes", "plural", "construct", "ktiv", "possessive", "verb",
    "keyboard_slip", "typo", "transliteration", "synonym", "question_long",
}  # fmt: skip
CLASSES = HEBREW | {"arabic", "russian", "english"}
FACT = re.compile(r"\{\{fact:(\w+)\}\}")


def named(what: str) -> dict[str, dict[str, str]]:
    """Return facts, topics or owners in four languages."""
    found: dict[str, dict[str, str]] = read(f"answers/{what}")
    return found


@cache
def answer(path: Path) -> tuple[dict[str, str], str]:
    """Return the fields and the body of an answer file: ``key: value`` lines between dashes, then Markdown."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    pairs = [line.split(": ", 1) for line in head.splitlines()]
    fields = dict(pairs)
    assert len(fields) == len(pairs), f"{path.name} says something twice"
    return fields, body.strip()


def with_facts(text: str, lang: str) -> str:
    """Return the text with facts filled in. Raise KeyError for an unknown fact."""
    return FACT.sub(lambda found: named("facts")[found[1]][lang], text)


@cache
def queries(half: str) -> tuple[dict[str, Any], ...]:
    lines = (JUDGED / f"answers-{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def by_others(name: str, half: str) -> tuple[dict[str, Any], ...]:
    lines = (JUDGED / f"{name}-{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def both() -> list[dict[str, Any]]:
    return [*queries("open"), *queries("kept")]


PAGES = sorted(ANSWERS.glob("*.md"))
EACH = each("path", PAGES)


def test_there_are_enough_answers_and_queries() -> None:
    assert len(PAGES) >= 130
    assert len(both()) >= 260
    assert abs(len(queries("open")) - len(queries("kept"))) <= len(CLASSES)


@EACH
def test_an_answer_is_complete(path: Path) -> None:
    fields, body = answer(path)
    assert fields["slug"] == path.stem
    assert set(fields) >= FIELDS
    assert all(value.strip() for value in fields.values())
    assert fields["topic"] in named("topics")
    assert fields["owner"] in named("owners")
    assert re.match(r"(https://|tel:|/)", fields["start"])
    assert fields["valid_from"] < fields["review"]
    assert body


def test_a_start_link_inside_leads_somewhere() -> None:
    """Links lead to our pages, and to topics that can be reported."""
    reportable = {topic["code"] for topic in read_topics() if topic.get("reportable")}
    for start in {answer(path)[0]["start"] for path in PAGES}:
        if start.startswith("/"):
            page, _, topic = start.partition("?topic=")
            assert resolve(page)
            assert not topic or topic in reportable


@EACH
def test_an_answer_speaks_four_languages(path: Path) -> None:
    fields, _ = answer(path)
    for lang in LANGUAGES:
        for name in ("question", "short"):
            assert re.search(SCRIPTS[lang], fields[f"{name}.{lang}"], re.I), f"{name}.{lang}"
        assert len(with_facts(fields[f"short.{lang}"], lang)) <= 280, lang


@EACH
def test_facts_are_known_and_hidden_terms_are_hidden(path: Path) -> None:
    fields, body = answer(path)
    for name, text in [*fields.items(), ("body", body)]:
        lang = name.rpartition(".")[2]
        assert "{{" not in with_facts(text, lang if lang in LANGUAGES else "he")
    for lang in LANGUAGES:
        seen = with_facts(f"{fields[f'question.{lang}']} {fields[f'short.{lang}']}", lang).lower()
        hidden = [term for term in fields.get(f"hidden.{lang}", "").split(", ") if term]
        assert len(hidden) <= 8
        assert not [term for term in hidden if term.lower() in seen]


@EACH
def test_a_body_has_known_parts(path: Path) -> None:
    heads = re.findall(r"^#+ .*$", answer(path)[1], re.M)
    assert heads in ([], ["## איך עושים"], ["## מה להביא"], ["## איך עושים", "## מה להביא"])


@pytest.mark.parametrize("what", ["facts", "topics", "owners"])
def test_names_are_in_four_languages_and_used(what: str) -> None:
    assert all(tuple(words) == LANGUAGES and all(words.values()) for words in named(what).values())
    texts = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    form = {"facts": "{{{{fact:{}}}}}", "topics": "\ntopic: {}\n", "owners": "\nowner: {}\n"}[what]
    assert not [name for name in named(what) if form.format(name) not in texts]


def test_questions_are_asked_once() -> None:
    for lang in LANGUAGES:
        asked = Counter(answer(path)[0][f"question.{lang}"] for path in PAGES)
        assert not [question for question, times in asked.items() if times > 1]


def test_a_query_names_answers_that_exist() -> None:
    known = {path.stem for path in PAGES}
    for row in both():
        assert set(row) in ({"query", "lang", "slug", "class"}, {"query", "lang", "slugs", "class"})
        slugs = row.get("slugs") or [row["slug"]]
        assert set(slugs) <= known, row
        assert len(set(slugs)) == len(slugs)
        assert row["lang"] in LANGUAGES


@pytest.mark.parametrize(("name", "long"), [("strangers", "question_long"), ("passers", "whatsapp")])
def test_the_sets_of_others_are_as_well_formed_and_their_own(name: str, long: str) -> None:
    known = {path.stem for path in PAGES}
    rows = [*by_others(name, "open"), *by_others(name, "kept")]
    assert len(rows) >= 240
    for row in rows:
        assert set(row) in ({"query", "lang", "slug", "class"}, {"query", "lang", "slugs", "class"})
        assert set(row.get("slugs") or [row["slug"]]) <= known
        assert row["lang"] in LANGUAGES
    assert len({row["query"] for row in rows}) == len(rows)
    assert {row["lang"] for row in rows if row["class"] == long} == set(LANGUAGES)


@pytest.mark.parametrize("half", ["open", "kept"])
def test_every_class_is_in_both_halves(half: str) -> None:
    counts = Counter(row["class"] for row in queries(half))
    assert set(counts) == CLASSES
    assert min(counts.values()) >= 6


def test_every_answer_is_asked_for() -> None:
    asked = {slug for row in both() for slug in row.get("slugs") or [row["slug"]]}
    assert len(asked) >= 120


def test_no_query_is_asked_twice() -> None:
    asked = Counter(" ".join(re.findall(r"\w+", row["query"].lower())) for row in both())
    assert not [query for query, times in asked.items() if times > 1]


def test_plain_queries_seldom_repeat_the_title() -> None:
    """At most half of them have no distinct word."""
    plain = [row for row in both() if row["class"] == "plain"]
    repeated = [row["query"] for row in plain if only_title_words(row)]
    assert len(repeated) <= len(plain) / 2, repeated


def only_title_words(row: dict[str, Any]) -> bool:
    title = keys(answer(ANSWERS / f"{row['slug']}.md")[0][f"question.{row['lang']}"])
    return all(set(keys(word)) & set(title) for word in row["query"].split())


def test_a_class_is_what_it_says() -> None:
    """Return the class of a question, as far as its characters show: vowel points, another layout, script or language."""
    rows = both()
    assert all(re.search(r"[\u05b0-\u05bc]", row["query"]) for row in rows if row["class"] == "niqqud")
    slips = [row for row in rows if row["class"] == "keyboard_slip"]
    assert {row["lang"] for row in slips} == {"he", "en"}
    assert not [row for row in slips if bool(re.search(r"[א-ת]", row["query"])) == (row["lang"] == "he")]
    for name, lang in {"arabic": "ar", "russian": "ru", "english": "en"}.items():
        assert {row["lang"] for row in rows if row["class"] == name} == {lang}
    assert {row["lang"] for row in rows if row["class"] in HEBREW - {"keyboard_slip", "transliteration"}} == {"he"}
