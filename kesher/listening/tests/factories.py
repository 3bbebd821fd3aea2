"""Watches, feeds and mentions for tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.core.audit import SYSTEM
from kesher.listening import services
from kesher.listening.models import Source, Watch
from kesher.listening.sources.source_adapter import HeardPost

VALUES = {"purpose": "מענה מהיר לתושבים", "legal_basis": "פקודת העיריות", "retention_days": 30, "is_active": True}
QUERY = "עירייה OR بلدية OR муниципалитет OR municipality OR מדרכה"
TEXTS = (
    "פניתי לעירייה לפני שבוע ואף אחד לא ענה. מה קורה עם הפנס ברחוב הגפן?",
    "شكرا للبلدية على الحديقة الجديدة",
    "Спасибо муниципалитету за новую площадку",
    "Someone collapsed in front of the municipality, call an ambulance!",
)


def a_watch(owner: Staff, name: str = "העירייה", query: str = QUERY, **changes: Any) -> Watch:
    """Return a new watch."""
    return services.save_watch(None, by=SYSTEM, name=name, query=query, owner=owner, **{**VALUES, **changes})


def a_feed(*, is_active: bool = True) -> Source:
    """Return a new feed of news."""
    settings = {"url": "https://news.example/rss"}
    return services.save_source(None, kind="feed", name="חדשות", settings=settings, is_active=is_active, by=SYSTEM)


def some_mentions(source: Source) -> int:
    """Hear posts in four languages from a source; return how many were stored."""
    posts = [HeardPost(f"p{number}", text, timezone.now(), author=str(number)) for number, text in enumerate(TEXTS)]
    return services.hear_posts(source, posts)
