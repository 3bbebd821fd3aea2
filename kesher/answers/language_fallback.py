"""The words of an answer in one language: which fields there are, and what stands in where one is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import get_language

from kesher.language import LANGUAGES

FIELDS: Final = ("question", "short", "body", "steps", "bring", "cost", "time", "where", "who", "hidden")
LISTS: Final = frozenset({"steps", "bring", "hidden"})
SHORT: Final = 280
_ENDS: Final = re.compile(r"\r\n?|\n")
FACT: Final = re.compile(r"\{\{\s*fact:([\w-]+)\s*\}\}")

Words = dict[str, Any]
Texts = Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Text:
    """An answer in one language. ``lang`` is that of question and short answer, ``detail_lang`` that of the rest:
    another one where nobody has translated the rest yet."""

    lang: str
    detail_lang: str
    question: str = ""
    short: str = ""
    body: str = ""
    cost: str = ""
    time: str = ""
    where: str = ""
    who: str = ""
    steps: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    hidden: tuple[str, ...] = field(default=(), repr=False)


def text_in(texts: Texts, lang: str | None = None) -> Text:
    """The words in ``lang`` (default: the reader's). The question and the short answer are taken together from the
    first language that has both, so are the details: half a sentence in each language helps nobody."""
    wanted = (lang or get_language() or "he")[:2]
    order = [wanted, *(code for code in LANGUAGES if code != wanted)]
    main = next((c for c in order if texts.get(c, {}).get("question") and texts[c].get("short")), wanted)
    details = ("body", "steps", "bring", "cost", "time", "where", "who")
    rest = next((c for c in order if any(texts.get(c, {}).get(name) for name in details)), main)
    found: Words = {name: texts.get(main, {}).get(name, "") for name in ("question", "short")}
    found |= {name: texts.get(rest, {}).get(name) or ("" if name not in LISTS else []) for name in details}
    found["hidden"] = texts.get(main, {}).get("hidden") or []
    values: dict[str, Any] = {name: tuple(value) if name in LISTS else value for name, value in found.items()}
    return Text(main, rest, **values)


def facts_in(texts: Texts) -> set[str]:
    """The names of the facts that stand somewhere in the words."""
    found: set[str] = set()
    for words in texts.values():
        for value in words.values():
            found.update(FACT.findall("\n".join(value) if isinstance(value, list) else str(value)))
    return found


def clean(texts: Mapping[str, Any]) -> dict[str, Words]:
    """Only known languages and fields, without white space at the ends; empty ones are left out. A browser ends lines
    in its own way, and an item of a list is one line."""
    found: dict[str, Words] = {}
    for lang in LANGUAGES:
        words: Words = {}
        for name in FIELDS:
            value = (texts.get(lang) or {}).get(name)
            if name in LISTS:
                lines = [line.strip() for item in value or [] for line in _ENDS.split(str(item)) if line.strip()]
                words |= {name: lines} if lines else {}
            elif value and str(value).strip():
                words[name] = _ENDS.sub("\n", str(value).strip())
        if words:
            found[lang] = words
    return found


def missing(texts: Texts, languages: list[str]) -> dict[str, list[str]]:
    """The parity report: for each language the fields that some other language has and this one has not. Hidden terms
    are not translated but collected, so they are not asked for."""
    asked = [name for name in FIELDS if name != "hidden" and any(words.get(name) for words in texts.values())]
    gaps = {lang: [name for name in asked if not texts.get(lang, {}).get(name)] for lang in languages}
    return {lang: names for lang, names in gaps.items() if names}
