"""An answer as a Markdown file, and back: fields as ``key: value`` lines between two lines of dashes, then the body in
one language. ``question.he``, ``short.ru`` name their language; what has none is in ``lang`` (default he)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from kesher.answers.texts import FIELDS, LISTS, Texts
from kesher.language import LANGUAGES

STEPS: Final = ("איך עושים", "Steps", "How to", "Как это сделать", "الخطوات")
BRING: Final = ("מה להביא", "What to bring", "Что принести", "ماذا تحضرون")
ALL_LANGUAGES: Final = ("slug", "topic", "owner", "start", "valid_from", "valid_to", "review", "state", "lang")
_HEAD: Final = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n?(.*)\Z", re.S)
_LINE: Final = re.compile(r"^([a-z_]+)(?:\.([a-z]{2}))?:[ \t]*(.*)$")
_ITEM: Final = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(.*)$")


class BadFile(ValueError):
    """A file that is no answer; the message says why."""


@dataclass(slots=True)
class File:
    """What a file says: the words in each language, and what belongs to all of them."""

    slug: str
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    topic: str = ""
    owner: str = ""
    start: str = ""
    valid_from: str = ""
    valid_to: str = ""
    review: str = ""
    state: str = "published"


def read(content: str, name: str = "") -> File:
    """Raises BadFile. ``name``: the file's, which is the slug where the file names none."""
    parts = _HEAD.match(content)
    if parts is None:
        raise BadFile(f"{name}: no fields between two lines of dashes")
    found = File(slug=name)
    plain: dict[str, str] = {}
    for line in filter(str.strip, parts[1].splitlines()):
        pair = _LINE.match(line)
        if pair is None:
            raise BadFile(f"{name}: not a field: {line[:60]}")
        key, lang, value = pair[1], pair[2], pair[3].strip()
        if lang is None:
            plain[key] = value
        elif lang in LANGUAGES and key in FIELDS:
            found.texts.setdefault(lang, {})[key] = listed(key, value) if key in LISTS else value
    lang = plain.get("lang", "he")
    own = found.texts.setdefault(lang if lang in LANGUAGES else "he", {})
    own |= {key: listed(key, value) if key in LISTS else value for key, value in plain.items() if key in FIELDS}
    for name_ in ALL_LANGUAGES[:-1]:
        if plain.get(name_):
            setattr(found, name_, plain[name_])
    own |= body_parts(parts[2])
    if not any(words.get("question") for words in found.texts.values()):
        raise BadFile(f"{name}: no question")
    return found


def listed(key: str, value: str) -> list[str]:
    mark = "," if key == "hidden" else "|"
    return [part.strip() for part in value.split(mark) if part.strip()]


def body_parts(text: str) -> dict[str, Any]:
    """The body with its steps and what to bring taken out of it. Other headings stay where they are."""
    found: dict[str, Any] = {}
    kept: list[str] = []
    into = ""
    for line in text.strip().splitlines():
        heading = re.match(r"^#+\s*(.*?)\s*$", line)
        if heading:
            into = "steps" if heading[1] in STEPS else "bring" if heading[1] in BRING else ""
            if into:
                continue
        item = _ITEM.match(line)
        if into and item:
            found.setdefault(into, []).append(item[1].strip())
        elif line.strip() or not into:
            kept.append(line)
            into = into if not line.strip() else ""
    body = "\n".join(kept).strip()
    return found | ({"body": body} if body else {})


def write(item: File) -> str:
    """The file of an answer; `read` gives the same back."""
    lang = next((code for code in LANGUAGES if item.texts.get(code, {}).get("question")), "he")
    lines = [f"slug: {item.slug}"]
    lines += [f"{name}: {value}" for name in ALL_LANGUAGES[1:-1] if (value := getattr(item, name))]
    lines += [f"lang: {lang}"] if lang != "he" else []
    for code, words in ordered(item.texts):
        for name in FIELDS:
            if words.get(name) and (code != lang or name not in ("body", "steps", "bring")):
                lines.append(f"{name}.{code}: {flat(name, words[name])}")
    own = item.texts.get(lang, {})
    at = LANGUAGES.index(lang)
    sections = [own.get("body", "")]
    order = (0, 4, 3, 1) if len(STEPS) == 5 else ()
    if own.get("steps"):
        sections.append(
            f"## {STEPS[order[at]]}\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(own["steps"], 1))
        )
    if own.get("bring"):
        sections.append(f"## {BRING[(0, 3, 2, 1)[at]]}\n" + "\n".join(f"- {line}" for line in own["bring"]))
    return "---\n" + "\n".join(lines) + "\n---\n" + "\n\n".join(filter(None, sections)) + "\n"


def ordered(texts: Texts) -> list[tuple[str, dict[str, Any]]]:
    return [(code, dict(texts[code])) for code in LANGUAGES if code in texts]


def flat(name: str, value: Any) -> str:
    """A value in one line."""
    if isinstance(value, list):
        return (", " if name == "hidden" else " | ").join(value)
    return re.sub(r"\s*\n\s*", " ", value)
