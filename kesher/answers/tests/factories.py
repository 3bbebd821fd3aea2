"""Answers for tests."""

from __future__ import annotations

from typing import Any

from kesher.answers.models import Answer, Checker, State
from kesher.answers.services import change_checker_state, create_answer, create_checker
from kesher.answers.services.answers import AnswerContent


def published(slug: str, question: str, short: str = "תשובה קצרה.", *, lang: str = "he", **fields: Any) -> Answer:
    """A published answer in one language, with more languages or fields where the test names them."""
    texts = fields.pop("texts", {})
    words = {"question": question, "short": short, "hidden": fields.pop("hidden", [])}
    return create_answer(slug, AnswerContent({lang: words, **texts}, **fields), by=None, state=State.PUBLISHED)


def words(text: str, name: str = "ask") -> dict[str, Any]:
    return {lang: {name: f"{text} {lang}"} for lang in ("he", "ar", "ru", "en")}


SCRIPT: dict[str, Any] = {
    "questions": [
        {"key": "age", "kind": "number", "least": "18", "most": "120", "when": [], "texts": words("בני כמה אתם?")},
        {"key": "pension", "kind": "yes", "when": [["age", "least", "62"]], "texts": words("יש קצבה?")},
        {
            "key": "home", "kind": "choice", "when": [], "texts": words("איפה גרים?"),
            "choices": [
                {"key": "rent", "worth": "2", "titles": dict.fromkeys(("he", "ar", "ru", "en"), "שכירות")},
                {"key": "own", "worth": "3", "titles": dict.fromkeys(("he", "ar", "ru", "en"), "דירה משלנו")},
            ],
        },
    ],
    "rules": [
        {"when": [["pension", "is", "yes"]], "outcome": "yes"},
        {"when": [], "outcome": "no"},
    ],
    "outcomes": [
        {"key": "yes", "tone": "good", "amount": "round(age * home / 7)", "texts": words("מגיעים לכם {amount}", "title"), "answer": "pay"},
        {"key": "no", "tone": "bad", "amount": "", "texts": words("לא הפעם", "title"), "answer": ""},
    ],
}  # fmt: skip


def a_checker(slug: str = "who") -> Checker:
    """A published checker, with the answer to which it leads."""
    published("pay", "איך משלמים ארנונה?", "באתר.")
    made = create_checker(slug, words("מגיע לי?", "title"), by=None, script=SCRIPT)
    return change_checker_state(made, "publish", by=None)
