"""What the pages show of mentions and of a query that is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from kesher.listening.models import Mention, Watch
from kesher.listening.post_language import post_language
from kesher.listening.watch_query import Explanation, PostText, explain_match, parse_query

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Trial:
    """A query on a text: what was found and missing, and the text in pieces (words, whether they matched)."""

    explanation: Explanation
    pieces: tuple[tuple[str, bool], ...]


def try_query(query: str, text: str) -> Trial:
    """Return how a query that can be read does on a text."""
    found = explain_match(parse_query(query), PostText.of(text, lang=post_language(text)))
    return Trial(found, tuple(cut_text(text, found.found)))


def cut_text(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return a text in pieces, those within spans marked; spans that overlap are one."""
    pieces, reached = [], 0
    for start, end in sorted(spans):
        if end <= reached:
            continue
        start = max(start, reached)
        pieces += [(text[reached:start], False), (text[start:end], True)]
        reached = end
    return [piece for piece in [*pieces, (text[reached:], False)] if piece[0]]


def filter_mentions(asked: dict[str, Any]) -> QuerySet[Mention]:
    """Return the mentions that fit the cleaned filter form, newest first, without deleted ones."""
    rows = Mention.objects.filter(deleted_at=None).select_related("source").prefetch_related("watches")
    if asked.get("watch"):
        rows = rows.filter(links__watch=asked["watch"])
    rows = rows.filter(**{name: asked[name] for name in ("language", "urgency") if asked.get(name)})
    if asked.get("question"):
        rows = rows.filter(question=True)
    if asked.get("q"):
        rows = rows.filter(text__icontains=asked["q"])
    return rows.order_by("-said_at", "-id")


def watches_with_counts() -> QuerySet[Watch]:
    """Return the watches by name, with ``week``: how many mentions of the last seven days each has."""
    lately = Q(mentions__said_at__gte=timezone.now() - WEEK, mentions__deleted_at=None)
    return Watch.objects.select_related("owner").annotate(week=Count("mentions", filter=lately)).order_by("name")
