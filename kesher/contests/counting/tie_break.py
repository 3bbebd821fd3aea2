"""Drawing lots that anybody can draw again: the last word between equals."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from hashlib import sha256


def draw_lots[Key: Hashable](seed: str, keys: Iterable[Key]) -> list[Key]:
    """The keys in the order of the lot: by the SHA-256 of "seed:key", smallest first.

    In: a round's seed, whose own hash is public from the first day and which is itself shown with the result; the keys
    of those who may come to be equal. Earlier is luckier. Anybody with the seed gets the same order.
    """
    return sorted(keys, key=lambda key: sha256(f"{seed}:{key}".encode()).digest())


def seal_seed(seed: str) -> str:
    """What is shown of a seed before the count: its SHA-256, so that it cannot be chosen afterwards."""
    return sha256(seed.encode()).hexdigest()
