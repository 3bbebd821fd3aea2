"""What a page shows of an answer: its words with the facts filled in, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.answers.highlight import marked
from kesher.answers.language_fallback import Text, facts_in
from kesher.answers.models import Answer, AnswerTopic, State
from kesher.answers.placeholders import all_facts, filled_text
from kesher.answers.search import Found, search
from kesher.language import direction

RELATED = 4
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+")


def filled_answer(answer: Answer, lang: str | None = None) -> Text:
    """One query, none where no fact stands in it."""
    names = facts_in(answer.texts)
    return filled_text(answer.text(lang), all_facts(names) if names else {})


def cards(found: Found) -> list[dict[str, Any]]:
    """What was found, as a list shows it: question and short answer with the found words marked. One query."""
    names = {name for hit in found.hits for name in facts_in(hit.answer.texts)}
    facts = all_facts(names) if names else {}
    shown = []
    for hit in found.hits:
        text = filled_text(hit.answer.text(), facts)
        shown.append(
            {
                "answer": hit.answer,
                "url": hit.answer.get_absolute_url(),
                "text": text,
                "dir": direction(text.lang),
                "question": marked(text.question, found.words),
                "short": marked(text.short, found.words),
                "topic": hit.answer.topic.name if hit.answer.topic else "",
            }
        )
    return shown


def shelves() -> list[dict[str, Any]]:
    """The topics with their questions, those that are empty left out. Two queries."""
    lang = (get_language() or "he")[:2]
    rows = Answer.objects.published().exclude(topic=None).order_by("id").values_list("topic_id", "slug", "texts")
    by_topic: dict[int, list[dict[str, str]]] = {}
    for topic_id, slug, texts in rows[:2000]:
        text = Answer(texts=texts).text(lang)
        by_topic.setdefault(topic_id, []).append({"slug": slug, "question": text.question, "lang": text.lang})
    topics = AnswerTopic.objects.order_by("order", "id")
    return [{"topic": topic, "questions": by_topic[topic.pk]} for topic in topics if topic.pk in by_topic]


def page_of(answer: Answer) -> dict[str, Any]:
    """The context of an answer's page."""
    text = filled_answer(answer)
    facts = [
        (title, value, icon)
        for title, value, icon in (
            (_("Cost"), text.cost, "tag"),
            (_("How long it takes"), text.time, "clock"),
            (_("Where"), text.where, "map-pin"),
            (_("Who it is for"), text.who, "users"),
        )
        if value
    ]
    return {
        "answer": answer,
        "text": text,
        "facts": facts,
        "paragraphs": paragraphs(text.body),
        "translated": text.lang == (get_language() or "he")[:2],
        "detailed": text.detail_lang == text.lang,
        "start_title": start_title(answer.start_url),
        "shares": shares(answer, text),
        "page_url": page_url(answer),
        "related": related(answer, text),
        "checks": answer.checkers.filter(state=State.PUBLISHED),
    }


def paragraphs(body: str) -> list[dict[str, Any]]:
    """A body as what it is made of: headings, lists, paragraphs. Markdown as far as an answer needs it."""
    found: list[dict[str, Any]] = []
    for line in body.splitlines():
        words = line.strip()
        item = _ITEM.match(line)
        if not words:
            found.append({"kind": ""})
        elif words.startswith("#"):
            found.append({"kind": "heading", "text": words.lstrip("# ")})
        elif item and found and found[-1]["kind"] == "list":
            found[-1]["lines"].append(line[item.end() :])
        elif item:
            found.append({"kind": "list", "lines": [line[item.end() :]]})
        elif found and found[-1]["kind"] == "words":
            found[-1]["text"] += f" {words}"
        else:
            found.append({"kind": "words", "text": words})
    return [part for part in found if part["kind"]]


def start_title(url: str) -> str:
    """What the button says: a call, a form of ours, or another site's."""
    return _("Call now") if url.startswith("tel:") else _("Start now") if url else ""


def page_url(answer: Answer) -> str:
    """The page as the outside knows it."""
    return absolute(answer.get_absolute_url())


def shares(answer: Answer, text: Text) -> list[dict[str, str]]:
    """Ways to send it to somebody: plain links, no script of anybody."""
    url, words = page_url(answer), f"{text.question}\n{page_url(answer)}"
    telegram = urlencode({"url": url, "text": text.question})
    mail = urlencode({"subject": text.question, "body": words}).replace("+", "%20")
    return [
        {"title": _("WhatsApp"), "icon": "chat", "url": f"https://wa.me/?{urlencode({'text': words})}"},
        {"title": _("Telegram"), "icon": "send", "url": f"https://t.me/share/url?{telegram}"},
        {"title": _("E-mail"), "icon": "mail", "url": f"mailto:?{mail}"},
    ]  # fmt: skip


def related(answer: Answer, text: Text) -> list[dict[str, str]]:
    """Other answers to questions like this one."""
    hits = search(text.question, text.lang, most=RELATED + 1).hits
    return [
        {"url": hit.answer.get_absolute_url(), "question": other.question, "lang": other.lang}
        for hit in hits
        if hit.answer.pk != answer.pk
        for other in [hit.answer.text()]
    ][:RELATED]


def alternates(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """For the sitemap: address and day of the last change."""
    return [{"url": page_url(answer), "changed": answer.updated.date().isoformat()} for answer in answers]
