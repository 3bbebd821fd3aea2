"""How a text is meant, as a model says it; without scikit-learn, which only models need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The label of a text. ``confidence`` is between 0 and 1; ``unsure``: a person should look before it counts."""

    label: str
    confidence: float
    unsure: bool


UNKNOWN: Final = Sentiment("", 0.0, unsure=True)


class SentimentClassifier(Protocol):
    """What labels texts."""

    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        """Return the sentiment of each text."""


def active_classifier() -> SentimentClassifier | None:
    """Return the model that a person activated; None without one, or without the extra `listening`."""
    file = Path(settings.DATA) / "listening" / ".active.npz"
    return load_active(file.stat().st_mtime_ns) if file.exists() else None


@lru_cache(maxsize=1)
def load_active(_changed: int) -> SentimentClassifier | None:
    """Return the active model, read again when its file changed. What it needs is imported only here: it is large."""
    try:
        found: SentimentClassifier = import_module("kesher.listening.model_files").load_model()
    except ImportError:
        return None
    return found
