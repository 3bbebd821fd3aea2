"""Read and write articles as Markdown files with a header of ``key: value`` lines, and as FAQPage data (schema.org)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kesher.agencies.models import Team
from kesher.answers.fact_placeholders import Facts, all_facts, fill_text
from kesher.answers.language_fallback import FIELDS, LISTS, Text, clean_texts
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.topic_icons import ICONS
from kesher.language import LANGUAGES

# The headings that we write; "How to" is also understood.
STEPS: Final = {"he": "איך עושים", "ar": "الخطوات", "ru": "Как это сделать", "en": "Steps"}
BRING: Final = {"he": "מה להביא", "ar": "ماذا تحضرون", "ru": "Что принести", "en": "What to bring"}
SECTIONS: Final = {"he": "עברית", "ar": "العربية", "ru": "Русский", "en": "English"}
HEADINGS: Final = {
    **dict.fromkeys(STEPS.values(), "steps"),
    "How to": "steps",
    **dict.fromkeys(BRING.values(), "bring"),
}
LANGUAGE_OF: Final = {f"# {name}": lang for lang, name in SECTIONS.items()}
BODY_FIELDS: Final = ("body", "steps", "bring")  # the fields below the dashes
COMMON_FIELDS: Final = ("slug", "topic", "owner", "start", "valid_from", "valid_to", "review", "state", "lang")
LIST_SEPARATORS: Final = {
    "hidden": ",",
    "steps": "|",
    "bring": "|",
}  # between the items of a list in one line
_HEAD: Final = re.compile(r"\A---\n(.*?)\n---(?:\n(.*))?\Z", re.S)
_LINE: Final = re.compile(r"^([a-z_]+)(?:\.([a-z]{2}))?:[ \t]*(.*)$")
_ITEM: Final = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(.*)$")
_HEADING: Final = re.compile(r"^#+\s*(.*?)\s*$")
_ESCAPED: Final = re.compile(r"^\\+#")


class BadFile(ValueError):
    """A file that is not an answer; the message says why."""


@dataclass(slots=True)
class AnswerFile:
    """The content of a file: the texts in each language, and the values that all languages share."""

    slug: str
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    topic: str = ""
    owner: str = ""
    start: str = ""
    valid_from: str = ""
    valid_to: str = ""
    review: str = ""
    state: str = "published"


def parse_file(content: str, name: str = "") -> AnswerFile:
    """Parse an answer's Markdown file. Raise BadFile. ``name`` is the slug if the file has none."""
    parts = _HEAD.match(re.sub(r"\r\n?", "\n", content))
    if parts is None:
        raise BadFile(f"{name}: no fields between two lines of dashes")
    found = AnswerFile(slug=name)
    plain: dict[str, str] = {}
    for key, lang, value in parse_fields(parts[1], name):
        if lang is None:
            plain[key] = value
        elif lang in LANGUAGES and key in FIELDS:
            found.texts.setdefault(lang, {})[key] = parse_list(key, value) if key in LISTS else value
    own = plain["lang"] if plain.get("lang") in LANGUAGES else "he"
    words = found.texts.setdefault(own, {})
    words |= {key: parse_list(key, value) if key in LISTS else value for key, value in plain.items() if key in FIELDS}
    for name_ in COMMON_FIELDS[:-1]:
        if plain.get(name_):
            setattr(found, name_, plain[name_])
    for lang, lines in split_sections(parts[2] or "", own):
        found.texts.setdefault(lang, {}).update(parse_body(lines))
    found.texts = clean_texts(found.texts)
    if not any(words.get("question") for words in found.texts.values()):
        raise BadFile(f"{name}: no question")
    return found


def parse_fields(head: str, name: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield (key, language, value) of each field in a file's head; a line with two spaces continues a field."""
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


def parse_list(key: str, value: str) -> list[str]:
    """Return a list field's items: one a line if there are several or a dash starts it, else split at the separator."""
    if "\n" in value or _ITEM.match(value):
        parts = [item[1] if (item := _ITEM.match(line)) else line for line in value.split("\n")]
    else:
        parts = value.split(LIST_SEPARATORS[key])
    return [part.strip() for part in parts if part.strip()]


def split_sections(text: str, lang: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (language, lines) of a file's body: first its own language, then others, each below its name."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.rstrip() in LANGUAGE_OF:
            yield lang, lines
            lang, lines = LANGUAGE_OF[line.rstrip()], []
        else:
            lines.append(line)
    yield lang, lines


def parse_body(lines: Iterable[str]) -> dict[str, Any]:
    """Return the body, steps and what-to-bring list of these lines. Other headings stay in the body."""
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


def render_file(item: AnswerFile) -> str:
    """Return an answer as the text of a Markdown file; `parse_file` reads the same back."""
    texts = clean_texts(item.texts)
    lang = next((code for code in texts if texts[code].get("question")), "he")
    lines = [f"slug: {item.slug}"]
    lines += [f"{name}: {value}" for name in COMMON_FIELDS[1:-1] if (value := getattr(item, name))]
    lines += [f"lang: {lang}"] if lang != "he" else []
    for code, words in texts.items():
        lines += [
            f"{name}.{code}:{render_value(name, words[name])}"
            for name in FIELDS
            if name in words and name not in BODY_FIELDS
        ]
    below = [render_body(texts.get(lang, {}), lang)]
    others = {code: render_body(words, code) for code, words in texts.items() if code != lang}
    below += [f"# {SECTIONS[code]}\n\n{said}" for code, said in others.items() if said]
    return "---\n" + "\n".join(lines) + "\n---\n" + "\n\n".join(filter(None, below)) + "\n"


def render_value(name: str, value: Any) -> str:
    """Return what follows a field's key in a file: one line, or an indented line for each item."""
    if not isinstance(value, list):
        return f" {value}" if "\n" not in value else indent_lines(value.split("\n"))
    line = f"{LIST_SEPARATORS[name]} ".join(value)
    return f" {line}" if parse_list(name, line) == value else indent_lines(f"- {item}" for item in value)


def indent_lines(lines: Iterable[str]) -> str:
    """Return the lines joined, each after a line break and indented by two spaces."""
    return "".join(f"\n  {line}" for line in lines)


def render_body(words: dict[str, Any], lang: str) -> str:
    """Return the body, the steps and what to bring as Markdown, under headings in this language."""
    parts = ["\n".join(map(escape_line, words.get("body", "").split("\n")))]
    if words.get("steps"):
        parts.append("\n".join([f"## {STEPS[lang]}", *(f"{n}. {line}" for n, line in enumerate(words["steps"], 1))]))
    if words.get("bring"):
        parts.append("\n".join([f"## {BRING[lang]}", *(f"- {line}" for line in words["bring"])]))
    return "\n\n".join(filter(None, parts))


def escape_line(line: str) -> str:
    """Return a line of a body, with a backslash before it if it would be read as one of our headings."""
    heading = _HEADING.match(line)
    ours = (heading and heading[1] in HEADINGS) or line.rstrip() in LANGUAGE_OF
    return f"\\{line}" if ours or _ESCAPED.match(line) else line


def iterate_files() -> Iterator[AnswerFile]:
    """Yield every answer as an `AnswerFile` for export. Facts stay as placeholders in the texts."""
    for answer in Answer.objects.select_related("topic", "owner").order_by("slug").iterator(chunk_size=500):
        yield answer_to_file(answer)


def answer_to_file(answer: Answer) -> AnswerFile:
    """Return an answer as an `AnswerFile`, the form in which answers are exported and imported."""
    dates = {
        name: value.isoformat() if (value := getattr(answer, name)) else ""
        for name in ("valid_from", "valid_to", "review")
    }
    return AnswerFile(
        answer.slug,
        answer.texts,
        answer.topic.code if answer.topic else "",
        answer.owner.slug if answer.owner else "",
        answer.start_url,
        state=answer.state,
        **dates,
    )


def export_names() -> dict[str, dict[str, dict[str, str]]]:
    """Return the topics, owners and facts by the file they go to: {"topics": {code: {language: name}}, …}.

    A topic with a non-default icon has it there, too.
    """
    topics = AnswerTopic.objects.order_by("order", "id")
    teams = Team.objects.filter(pk__in=Answer.objects.exclude(owner=None).values("owner")).order_by("id")
    return {
        "topics": {
            row.code: row.names | ({} if row.icon == ICONS.get(row.code, "") else {"icon": row.icon}) for row in topics
        },
        "owners": {row.slug: row.names for row in teams},
        "facts": all_facts(),
    }


def question_ld(text: Text) -> dict[str, Any]:
    """Return a text, with its facts filled in already, as a schema.org Question (a dict for JSON-LD)."""
    whole = "\n".join(part for part in (text.short, text.body, *text.steps) if part)
    return {
        "@type": "Question",
        "name": text.question,
        "inLanguage": text.lang,
        "acceptedAnswer": {"@type": "Answer", "text": whole, "inLanguage": text.lang},
    }


def faq_ld(texts: list[Text]) -> dict[str, Any]:
    """Return these texts as a schema.org FAQPage (a dict for JSON-LD)."""
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [question_ld(text) for text in texts]}


def json_ld(lang: str, facts: Facts | None = None) -> dict[str, Any]:
    """Return all published answers in one language as a schema.org FAQPage (a dict for JSON-LD)."""
    stored = all_facts() if facts is None else facts
    rows = Answer.objects.published().order_by("slug").iterator(chunk_size=500)
    return faq_ld([fill_text(answer.text(lang), stored) for answer in rows])
