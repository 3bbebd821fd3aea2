"""Break ties by a random draw that anybody can repeat."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from hashlib import sha256


def draw_lots[Key: Hashable](seed: str, keys: Iterable[Key]) -> list[Key]:
    """Return the keys in a verifiable random order: sorted by the SHA-256 of "seed:key".

    ``seed``: a round's seed, whose hash is public from the first day and which is shown with the result. ``keys``:
    those who may be equal. Earlier is luckier. Everybody with the seed gets the same order.
    """
    return sorted(keys, key=lambda key: sha256(f"{seed}:{key}".encode()).digest())


def seal_seed(seed: str) -> str:
    """Return the SHA-256 of a lottery seed, published before the count as a commitment to the seed."""
    return sha256(seed.encode()).hexdigest()
