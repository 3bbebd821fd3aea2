"""Choose the text of an answer in a language, and which language replaces a missing one."""

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
    """An answer in one language.

    ``lang`` is the language of the question and the short answer, ``detail_lang`` that of the other fields: another one
    if those are not translated yet.
    """

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


def choose_text(texts: Texts, lang: str | None = None) -> Text:
    """Return an answer's text in ``lang`` (default: the reader's), missing fields from another language.

    The question and the short answer come together from the first language that has both, and so do the details: half a
    sentence in each language would help no reader.
    """
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


def find_fact_names(texts: Texts) -> set[str]:
    """Return the names of the facts that an answer's texts use as placeholders."""
    found: set[str] = set()
    for words in texts.values():
        for value in words.values():
            found.update(FACT.findall("\n".join(value) if isinstance(value, list) else str(value)))
    return found


def clean_texts(texts: Mapping[str, Any]) -> dict[str, Words]:
    r"""Return only known languages and fields of an answer's texts, stripped, without empty ones.

    Line ends become "\n", and each item of a list becomes one line.
    """
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


def find_missing_fields(texts: Texts, languages: list[str]) -> dict[str, list[str]]:
    """Return {language: [fields that another language of the answer has and this one lacks]}.

    Hidden terms are collected, not translated, so they never count as missing.
    """
    asked = [name for name in FIELDS if name != "hidden" and any(words.get(name) for words in texts.values())]
    gaps = {lang: [name for name in asked if not texts.get(lang, {}).get(name)] for lang in languages}
    return {lang: names for lang, names in gaps.items() if names}
