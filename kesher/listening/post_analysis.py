"""Read a post: its language, what is personal in it, how it is meant, whether it asks something, how urgent it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kesher.language import LANGUAGES, find_personal_data, mask, names_danger
from kesher.listening.pipeline.stage_clock import StageClock
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
    return analyse_posts([text], sentiment, meaning, StageClock())[0]


def analyse_posts(
    texts: Sequence[str], sentiment: SentimentClassifier | None, meaning: Model | None, clock: StageClock
) -> list[PostAnalysis]:
    """Return what is known of each post, as `analyse_post` does; the model of sentiment reads all at once."""
    with clock.stage("language"):
        languages = [post_language(text) for text in texts]
        questions = [is_question(text, language) for text, language in zip(texts, languages, strict=True)]
    with clock.stage("masking"):
        masked = [mask(text) for text in texts]
        kinds = [tuple(dict.fromkeys(kind for _start, _end, kind in find_personal_data(text))) for text in texts]
    with clock.stage("sentiment"):
        labels = sentiment.classify(texts) if sentiment and texts else [UNKNOWN] * len(texts)
        labels = [label if text.strip() else UNKNOWN for text, label in zip(texts, labels, strict=True)]
    with clock.stage("urgency"):
        urgencies = [urgency_of(text, language, meaning) for text, language in zip(texts, languages, strict=True)]
    columns = zip(masked, languages, labels, questions, urgencies, kinds, strict=True)
    return [PostAnalysis(*row) for row in columns]


def urgency_of(text: str, language: str, meaning: Model | None) -> Urgency:
    """Return whether a text tells of a danger to life: surely, possibly, or not."""
    if meaning is None:
        return "sure" if names_danger(text) else "none"
    return understand(text, language if language in LANGUAGES else "", model=meaning).situation or "none"
