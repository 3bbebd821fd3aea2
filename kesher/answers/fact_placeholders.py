"""Replace ``{{fact:revenue_phone}}`` in an answer by the fact's value, in the language of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from kesher.agencies.models import in_language
from kesher.answers.checker_rules import parse_number
from kesher.answers.language_fallback import FACT, LISTS, Text, Words
from kesher.answers.models import Fact
from kesher.language import LANGUAGES

Facts = Mapping[str, Mapping[str, str]]
LEFT_TO_RIGHT_MARK = "\u200e"
_PHONE = re.compile(r"[+*]?\d+(-\d+)+")
DETAILS = frozenset({"body", "steps", "bring", "cost", "time", "where", "who"})


def all_facts(names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """Return {name: {language: words}} of the agency's facts, or of those named. Takes one database query."""
    rows = Fact.objects.all() if names is None else Fact.objects.filter(name__in=list(names))
    return dict(rows.values_list("name", "words"))


def fill_facts(text: str, facts: Facts, lang: str) -> str:
    """Return the text with its facts filled in. An unknown fact leaves nothing behind."""
    return FACT.sub(lambda found: _isolate_phone(in_language(dict(facts.get(found[1], {})), lang), lang), text)


def _isolate_phone(words: str, lang: str) -> str:
    """Return a fact's words; a phone number in Arabic gets invisible left-to-right marks.

    Without it screens reverse the parts of the number (0120-555-03).
    """
    return f"{LEFT_TO_RIGHT_MARK}{words}" if lang == "ar" and _PHONE.fullmatch(words) else words


def fill_text(text: Text, facts: Facts) -> Text:
    """Return a copy of an answer's text in one language with its facts filled in."""
    values: dict[str, Any] = {}
    for item in fields(text):
        value = getattr(text, item.name)
        lang = text.detail_lang if item.name in DETAILS else text.lang
        if isinstance(value, tuple):
            values[item.name] = tuple(fill_facts(line, facts, lang) for line in value)
        elif item.name not in ("lang", "detail_lang"):
            values[item.name] = fill_facts(value, facts, lang)
    return replace(text, **values)


def fill_words(words: Words, facts: Facts, lang: str) -> Words:
    """Return the fields of one language with their facts filled in."""
    return {
        name: [fill_facts(line, facts, lang) for line in value] if name in LISTS else fill_facts(value, facts, lang)
        for name, value in words.items()
    }


def fact_numbers(facts: Facts | None = None) -> dict[str, Decimal]:
    """Return {name: number} of the facts that contain a number, for formulas.

    Takes one database query, none if the facts are given.
    """
    found = ((name, fact_number(words)) for name, words in (all_facts() if facts is None else facts).items())
    return {name: number for name, number in found if number is not None}


def fact_number(words: Mapping[str, str]) -> Decimal | None:
    """Return the number in a fact, read in the first language that it has, or None.

    The order is that of `LANGUAGES`: PostgreSQL does not keep the order of the keys.
    """
    return parse_number(next((words[lang] for lang in LANGUAGES if words.get(lang)), ""))
