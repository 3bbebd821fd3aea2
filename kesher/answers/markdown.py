"""An answer as a Markdown file, and back: fields as ``key: value`` lines between two lines of dashes, then the body.

``question.he``, ``short.ru`` name their language; what has none is in ``lang`` (default he). A value of several lines
stands under its key, two spaces in. Below the dashes come the body, the steps and what to bring in the file's own
language; a line like ``# English`` begins them in another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kesher.answers.language_fallback import FIELDS, LISTS, clean
from kesher.language import LANGUAGES

# By language, what we write; of what others wrote, "How to" is known as well.
STEPS: Final = {"he": "איך עושים", "ar": "الخطوات", "ru": "Как это сделать", "en": "Steps"}
BRING: Final = {"he": "מה להביא", "ar": "ماذا تحضرون", "ru": "Что принести", "en": "What to bring"}
SECTIONS: Final = {"he": "עברית", "ar": "العربية", "ru": "Русский", "en": "English"}
HEADINGS: Final = {
    **dict.fromkeys(STEPS.values(), "steps"),
    "How to": "steps",
    **dict.fromkeys(BRING.values(), "bring"),
}
LANGUAGE_OF: Final = {f"# {name}": lang for lang, name in SECTIONS.items()}
BELOW: Final = ("body", "steps", "bring")  # what stands below the dashes
ALL_LANGUAGES: Final = ("slug", "topic", "owner", "start", "valid_from", "valid_to", "review", "state", "lang")
MARKS: Final = {"hidden": ",", "steps": "|", "bring": "|"}  # between the items of a list that stands in one line
_HEAD: Final = re.compile(r"\A---\n(.*?)\n---(?:\n(.*))?\Z", re.S)
_LINE: Final = re.compile(r"^([a-z_]+)(?:\.([a-z]{2}))?:[ \t]*(.*)$")
_ITEM: Final = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(.*)$")
_HEADING: Final = re.compile(r"^#+\s*(.*?)\s*$")
_ESCAPED: Final = re.compile(r"^\\+#")


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
    parts = _HEAD.match(re.sub(r"\r\n?", "\n", content))
    if parts is None:
        raise BadFile(f"{name}: no fields between two lines of dashes")
    found = File(slug=name)
    plain: dict[str, str] = {}
    for key, lang, value in pairs(parts[1], name):
        if lang is None:
            plain[key] = value
        elif lang in LANGUAGES and key in FIELDS:
            found.texts.setdefault(lang, {})[key] = listed(key, value) if key in LISTS else value
    own = plain["lang"] if plain.get("lang") in LANGUAGES else "he"
    words = found.texts.setdefault(own, {})
    words |= {key: listed(key, value) if key in LISTS else value for key, value in plain.items() if key in FIELDS}
    for name_ in ALL_LANGUAGES[:-1]:
        if plain.get(name_):
            setattr(found, name_, plain[name_])
    for lang, lines in sections(parts[2] or "", own):
        found.texts.setdefault(lang, {}).update(body_parts(lines))
    found.texts = clean(found.texts)
    if not any(words.get("question") for words in found.texts.values()):
        raise BadFile(f"{name}: no question")
    return found


def pairs(head: str, name: str) -> Iterator[tuple[str, str | None, str]]:
    """(key, language, value) of each field. A line that begins with two spaces goes on with the field above it."""
    found: list[tuple[str, str | None, list[str]]] = []
    blank: list[str] = []
    for line in head.split("\n"):
        if not line.strip():
            blank.append(line[2:])
            continue
        if found and line.startswith("  "):
            found[-1][2].extend([*blank, line[2:]])
        elif pair := _LINE.match(line):
            found.append((pair[1], pair[2], [pair[3]]))
        else:
            raise BadFile(f"{name}: not a field: {line[:60]}")
        blank = []
    for key, lang, lines in found:
        yield key, lang, "\n".join(lines).strip()


def listed(key: str, value: str) -> list[str]:
    """A list: an item a line where there are several lines or a dash begins it, else with marks between them."""
    if "\n" in value or _ITEM.match(value):
        parts = [item[1] if (item := _ITEM.match(line)) else line for line in value.split("\n")]
    else:
        parts = value.split(MARKS[key])
    return [part.strip() for part in parts if part.strip()]


def sections(text: str, lang: str) -> Iterator[tuple[str, list[str]]]:
    """(language, lines): first in the file's own, then in others, each below a line that names it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.rstrip() in LANGUAGE_OF:
            yield lang, lines
            lang, lines = LANGUAGE_OF[line.rstrip()], []
        else:
            lines.append(line)
    yield lang, lines


def body_parts(lines: Iterable[str]) -> dict[str, Any]:
    """The body with its steps and what to bring taken out of it. Other headings stay where they are."""
    found: dict[str, Any] = {}
    kept: list[str] = []
    into = ""
    for line in lines:
        heading = _HEADING.match(line)
        if heading:
            into = HEADINGS.get(heading[1], "")
            if into:
                continue
        item = _ITEM.match(line)
        if into and item and item[1].strip():
            found.setdefault(into, []).append(item[1].strip())
        elif line.strip() or not into:
            kept.append(line[1:] if _ESCAPED.match(line) else line)
            into = into if not line.strip() else ""
    body = "\n".join(kept).strip()
    return found | ({"body": body} if body else {})


def write(item: File) -> str:
    """The file of an answer; `read` gives the same back."""
    texts = clean(item.texts)
    lang = next((code for code in texts if texts[code].get("question")), "he")
    lines = [f"slug: {item.slug}"]
    lines += [f"{name}: {value}" for name in ALL_LANGUAGES[1:-1] if (value := getattr(item, name))]
    lines += [f"lang: {lang}"] if lang != "he" else []
    for code, words in texts.items():
        lines += [f"{name}.{code}:{flat(name, words[name])}" for name in FIELDS if name in words and name not in BELOW]
    below = [below_dashes(texts.get(lang, {}), lang)]
    others = {code: below_dashes(words, code) for code, words in texts.items() if code != lang}
    below += [f"# {SECTIONS[code]}\n\n{said}" for code, said in others.items() if said]
    return "---\n" + "\n".join(lines) + "\n---\n" + "\n\n".join(filter(None, below)) + "\n"


def flat(name: str, value: Any) -> str:
    """What stands behind a key: one line where that says it all, else an indented line for each."""
    if not isinstance(value, list):
        return f" {value}" if "\n" not in value else indented(value.split("\n"))
    line = f"{MARKS[name]} ".join(value)
    return f" {line}" if listed(name, line) == value else indented(f"- {item}" for item in value)


def indented(lines: Iterable[str]) -> str:
    return "".join(f"\n  {line}" for line in lines)


def below_dashes(words: dict[str, Any], lang: str) -> str:
    """The body, the steps and what to bring."""
    parts = ["\n".join(map(escaped, words.get("body", "").split("\n")))]
    if words.get("steps"):
        parts.append("\n".join([f"## {STEPS[lang]}", *(f"{n}. {line}" for n, line in enumerate(words["steps"], 1))]))
    if words.get("bring"):
        parts.append("\n".join([f"## {BRING[lang]}", *(f"- {line}" for line in words["bring"])]))
    return "\n\n".join(filter(None, parts))


def escaped(line: str) -> str:
    """A line of a body. One that would be read as a heading of ours gets a backslash, as Markdown has it."""
    heading = _HEADING.match(line)
    ours = (heading and heading[1] in HEADINGS) or line.rstrip() in LANGUAGE_OF
    return f"\\{line}" if ours or _ESCAPED.match(line) else line
