"""Facts written into answers: ``{{fact:revenue_phone}}`` becomes the phone number, in the language of the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from kesher.agencies.models import in_language
from kesher.answers.checker_script import number_in
from kesher.answers.language_fallback import FACT, LISTS, Text, Words
from kesher.answers.models import Fact
from kesher.language import LANGUAGES

Facts = Mapping[str, Mapping[str, str]]
LEFT_TO_RIGHT_MARK = "\u200e"
_PHONE = re.compile(r"[+*]?\d+(-\d+)+")
DETAILS = frozenset({"body", "steps", "bring", "cost", "time", "where", "who"})


def all_facts(names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """{name: {language: words}} of the agency's facts, or of those that are named. One query."""
    rows = Fact.objects.all() if names is None else Fact.objects.filter(name__in=list(names))
    return dict(rows.values_list("name", "words"))


def filled(text: str, facts: Facts, lang: str) -> str:
    """The text as it is read. A fact that nobody stored leaves nothing behind."""
    return FACT.sub(lambda found: _placed(in_language(dict(facts.get(found[1], {})), lang), lang), text)


def _placed(words: str, lang: str) -> str:
    """A telephone number among Arabic letters gets a mark that no one sees: without it every screen, a phone's own
    chat among them, turns its parts around (0120-555-03)."""
    return f"{LEFT_TO_RIGHT_MARK}{words}" if lang == "ar" and _PHONE.fullmatch(words) else words


def filled_text(text: Text, facts: Facts) -> Text:
    """An answer in one language as it is read."""
    values: dict[str, Any] = {}
    for item in fields(text):
        value = getattr(text, item.name)
        lang = text.detail_lang if item.name in DETAILS else text.lang
        if isinstance(value, tuple):
            values[item.name] = tuple(filled(line, facts, lang) for line in value)
        elif item.name not in ("lang", "detail_lang"):
            values[item.name] = filled(value, facts, lang)
    return replace(text, **values)


def filled_words(words: Words, facts: Facts, lang: str) -> Words:
    """The fields of one language as they are read."""
    return {
        name: [filled(line, facts, lang) for line in value] if name in LISTS else filled(value, facts, lang)
        for name, value in words.items()
    }


def numbers(facts: Facts | None = None) -> dict[str, Decimal]:
    """The facts that have a number in them, for formulas: {name: number}. One query, none where they are given."""
    found = ((name, worth(words)) for name, words in (all_facts() if facts is None else facts).items())
    return {name: number for name, number in found if number is not None}


def worth(words: Mapping[str, str]) -> Decimal | None:
    """The number in a fact's words in the first language that it has; None where there is none. PostgreSQL keeps the
    languages in an order of its own, so that the house's counts."""
    return number_in(next((words[lang] for lang in LANGUAGES if words.get(lang)), ""))
