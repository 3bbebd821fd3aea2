"""Export answers as files with their topics, teams and facts, and as FAQPage data (schema.org)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kesher.agencies.models import Team
from kesher.answers.fact_placeholders import Facts, all_facts, fill_text
from kesher.answers.language_fallback import Text
from kesher.answers.markdown import AnswerFile
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.topic_icons import ICONS


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
