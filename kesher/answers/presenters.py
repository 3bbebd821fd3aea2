"""Build the template contexts of answers: texts in the reader's language, with facts filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.answers.fact_placeholders import all_facts, fill_text
from kesher.answers.language_fallback import Text, find_fact_names
from kesher.answers.models import Answer, AnswerTopic, State
from kesher.answers.search.search import SearchResult, search
from kesher.language import direction, words

RELATED = 4
_ITEM = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+")


def filled_answer_text(answer: Answer, lang: str | None = None) -> Text:
    """Return an answer's text with its facts filled in. Takes one database query, none if it uses no fact."""
    names = find_fact_names(answer.texts)
    return fill_text(answer.text(lang), all_facts(names) if names else {})


def result_cards(result: SearchResult) -> list[dict[str, Any]]:
    """Return the hits of a search as rows for the list, with the words of the query highlighted. One query."""
    names = {name for hit in result.hits for name in find_fact_names(hit.answer.texts)}
    facts = all_facts(names) if names else {}
    shown = []
    for hit in result.hits:
        text = fill_text(hit.answer.text(), facts)
        shown.append(
            {
                "answer": hit.answer,
                "url": hit.answer.get_absolute_url(),
                "text": text,
                "dir": direction(text.lang),
                "question": highlight_words(text.question, result.words),
                "short": highlight_words(text.short, result.words),
                "topic": hit.answer.topic.name if hit.answer.topic else "",
            }
        )
    return shown


def topic_lists() -> list[dict[str, Any]]:
    """Return the topics with the questions of their answers, without empty topics. Two queries."""
    lang = (get_language() or "he")[:2]
    rows = Answer.objects.published().exclude(topic=None).order_by("id").values_list("topic_id", "slug", "texts")
    by_topic: dict[int, list[dict[str, str]]] = {}
    for topic_id, slug, texts in rows[:2000]:
        text = Answer(texts=texts).text(lang)
        by_topic.setdefault(topic_id, []).append({"slug": slug, "question": text.question, "lang": text.lang})
    topics = AnswerTopic.objects.order_by("order", "id")
    return [{"topic": topic, "questions": by_topic[topic.pk]} for topic in topics if topic.pk in by_topic]


def answer_page_context(answer: Answer) -> dict[str, Any]:
    """Return the template context of an answer's public page: text, facts, links and related answers."""
    text = filled_answer_text(answer)
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
        "paragraphs": split_paragraphs(text.body),
        "translated": text.lang == (get_language() or "he")[:2],
        "detailed": text.detail_lang == text.lang,
        "start_title": start_title(answer.start_url),
        "shares": share_links(answer, text),
        "page_url": page_url(answer),
        "related": related_answers(answer, text),
        "checks": answer.checkers.filter(state=State.PUBLISHED),
    }


def split_paragraphs(body: str) -> list[dict[str, Any]]:
    """Return the headings, lists and paragraphs of a body in simple Markdown as blocks for the template."""
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
    """Return the label of an answer's start button: "Call now" for a tel: URL, else "Start now", "" without URL."""
    return _("Call now") if url.startswith("tel:") else _("Start now") if url else ""


def page_url(answer: Answer) -> str:
    """Return the absolute URL of an answer's page."""
    return absolute(answer.get_absolute_url())


def share_links(answer: Answer, text: Text) -> list[dict[str, str]]:
    """Return plain links to share an answer by WhatsApp, Telegram and e-mail, without third-party scripts."""
    url, words = page_url(answer), f"{text.question}\n{page_url(answer)}"
    telegram = urlencode({"url": url, "text": text.question})
    mail = urlencode({"subject": text.question, "body": words}).replace("+", "%20")
    return [
        {"title": _("WhatsApp"), "icon": "chat", "url": f"https://wa.me/?{urlencode({'text': words})}"},
        {"title": _("Telegram"), "icon": "send", "url": f"https://t.me/share/url?{telegram}"},
        {"title": _("E-mail"), "icon": "mail", "url": f"mailto:?{mail}"},
    ]  # fmt: skip


def related_answers(answer: Answer, text: Text) -> list[dict[str, str]]:
    """Return URL, question and language of other answers to similar questions."""
    hits = search(text.question, text.lang, most=RELATED + 1).hits
    return [
        {"url": hit.answer.get_absolute_url(), "question": other.question, "lang": other.lang}
        for hit in hits
        if hit.answer.pk != answer.pk
        for other in [hit.answer.text()]
    ][:RELATED]


def sitemap_rows(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Return the absolute URL and the date of the last change of each answer, for the sitemap."""
    return [{"url": page_url(answer), "changed": answer.updated.date().isoformat()} for answer in answers]


# A word as written: letters with their points, and the quotation mark of an abbreviation.
_WORD: Final = re.compile(r"\w[\w\u0591-\u05c7\u064b-\u0652]*(?:[\"'״׳’]\w+)*")


def highlight_words(text: str, matches: AbstractSet[str]) -> SafeString:
    """Return the text, escaped, with the words of ``matches`` (in normalised spelling) in ``<mark>``."""
    parts, end = [], 0
    for match in _WORD.finditer(text):
        if matches.isdisjoint(words(match[0])):
            continue
        parts += [escape(text[end : match.start()]), format_html("<mark>{}</mark>", match[0])]
        end = match.end()
    # Safe: every part went through escape() or format_html().
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308
