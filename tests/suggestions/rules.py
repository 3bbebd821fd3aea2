"""Who may do what with suggestions."""

from __future__ import annotations

from tests.suggestions.models import Suggestion


def may_answer(suggestion: Suggestion) -> bool:
    """Return whether a suggestion waits for an answer."""
    return not suggestion.answer
