"""Read a post: its language, what is personal in it, how it is meant, whether it asks something, how urgent it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.language import LANGUAGES, find_personal_data, mask, names_danger
from kesher.listening.post_language import is_question, post_language
from kesher.listening.sentiment_model import Sentiment, SentimentModel
from kesher.understanding.understand import understand

Urgency = Literal["none", "possible", "sure"]
UNKNOWN = Sentiment("", 0.0, unsure=True)


@dataclass(frozen=True, slots=True)
class PostAnalysis:
    """What is known of a post. ``text`` is masked; ``masked`` names the kinds of personal data that were in it."""

    text: str
    language: str
    sentiment: Sentiment
    question: bool
    urgency: Urgency
    masked: tuple[str, ...]


def analyse_post(text: str, *, model: SentimentModel | None, agency: Agency | None) -> PostAnalysis:
    """Return what is known of a post; without a model no sentiment, and without an agency only the surest dangers."""
    language = post_language(text)
    return PostAnalysis(
        text=mask(text),
        language=language,
        sentiment=model.classify([text])[0] if model and text.strip() else UNKNOWN,
        question=is_question(text, language),
        urgency=urgency_of(text, language, agency),
        masked=tuple(dict.fromkeys(kind for _start, _end, kind in find_personal_data(text))),
    )


def urgency_of(text: str, language: str, agency: Agency | None) -> Urgency:
    """Return whether a text tells of a danger to life: surely, possibly, or not."""
    if agency is None:
        return "sure" if names_danger(text) else "none"
    with scope(agency):
        return understand(text, language if language in LANGUAGES else "").situation or "none"
