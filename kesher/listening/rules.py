"""Privacy of what many say: nothing is shown, exported or alerted that fewer than five people said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

AUTHORS_LEAST: Final = 5


def count_authors(hashes: Iterable[str]) -> int:
    """Return how many different people said something; "" stands for nobody: unknown, or an account of our own."""
    return len(set(hashes) - {""})


def is_enough(authors: int) -> bool:
    """Return whether so many people said something that it may be shown."""
    return authors >= AUTHORS_LEAST
