"""Read a post: its language, what is personal in it, how it is meant, whether it asks something, how urgent it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kesher.language import LANGUAGES, find_personal_data, mask, names_danger
from kesher.listening.post_language import is_question, post_language
from kesher.listening.sentiment_label import UNKNOWN, Sentiment, SentimentClassifier
from kesher.understanding.learning.model_store import Model
from kesher.understanding.understand import understand

Urgency = Literal["none", "possible", "sure"]


@dataclass(frozen=True, slots=True)
class PostAnalysis:
    """What is known of a post. ``text`` is masked; ``masked`` names the kinds of personal data that were in it."""

    text: str
    language: str
    sentiment: Sentiment
    question: bool
    urgency: Urgency
    masked: tuple[str, ...]


def analyse_post(text: str, sentiment: SentimentClassifier | None, meaning: Model | None) -> PostAnalysis:
    """Return what is known of a post.

    Without a model of sentiment it has no label; without one of meanings, only the surest dangers are urgent.
    """
    language = post_language(text)
    return PostAnalysis(
        text=mask(text),
        language=language,
        sentiment=sentiment.classify([text])[0] if sentiment and text.strip() else UNKNOWN,
        question=is_question(text, language),
        urgency=urgency_of(text, language, meaning),
        masked=tuple(dict.fromkeys(kind for _start, _end, kind in find_personal_data(text))),
    )


def urgency_of(text: str, language: str, meaning: Model | None) -> Urgency:
    """Return whether a text tells of a danger to life: surely, possibly, or not."""
    if meaning is None:
        return "sure" if names_danger(text) else "none"
    return understand(text, language if language in LANGUAGES else "", model=meaning).situation or "none"
