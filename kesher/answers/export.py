"""Answers on their way out: as files, with the topics, teams and facts beside them, and as the FAQ that search engines
read (schema.org FAQPage)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kesher.agencies.models import Team
from kesher.answers.language_fallback import Text
from kesher.answers.markdown import File
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.placeholders import Facts, all_facts, filled_text
from kesher.answers.topic_icons import ICONS


def files() -> Iterator[File]:
    """Every answer as a file, facts as they are stored: by name."""
    for answer in Answer.objects.select_related("topic", "owner").order_by("slug").iterator(chunk_size=500):
        yield file_of(answer)


def file_of(answer: Answer) -> File:
    dates = {
        name: value.isoformat() if (value := getattr(answer, name)) else ""
        for name in ("valid_from", "valid_to", "review")
    }
    return File(
        answer.slug,
        answer.texts,
        answer.topic.code if answer.topic else "",
        answer.owner.slug if answer.owner else "",
        answer.start_url,
        state=answer.state,
        **dates,
    )


def beside() -> dict[str, dict[str, dict[str, str]]]:
    """What the answers name, by the file that it stands in: {"topics": {code: {language: name}}, …}. A topic whose
    picture an editor chose names it there, too."""
    topics = AnswerTopic.objects.order_by("order", "id")
    teams = Team.objects.filter(pk__in=Answer.objects.exclude(owner=None).values("owner")).order_by("id")
    return {
        "topics": {
            row.code: row.names | ({} if row.icon == ICONS.get(row.code, "") else {"icon": row.icon}) for row in topics
        },
        "owners": {row.slug: row.names for row in teams},
        "facts": all_facts(),
    }


def own_icon(topic: AnswerTopic) -> dict[str, str]:
    return {} if topic.icon == ICONS.get(topic.code, "") else {"icon": topic.icon}


def question_ld(text: Text) -> dict[str, Any]:
    """One question as schema.org has it. The text is filled already."""
    whole = "\n".join(part for part in (text.short, text.body, *text.steps) if part)
    return {
        "@type": "Question",
        "name": text.question,
        "inLanguage": text.lang,
        "acceptedAnswer": {"@type": "Answer", "text": whole, "inLanguage": text.lang},
    }


def faq_ld(texts: list[Text]) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [question_ld(text) for text in texts]}


def json_ld(lang: str, facts: Facts | None = None) -> dict[str, Any]:
    """All published answers as one FAQPage, in one language."""
    stored = all_facts() if facts is None else facts
    rows = Answer.objects.published().order_by("slug").iterator(chunk_size=500)
    return faq_ld([filled_text(answer.text(lang), stored) for answer in rows])
