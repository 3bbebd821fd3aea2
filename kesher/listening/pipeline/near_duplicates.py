"""Recognise copies of a text, also with some words changed, so that a campaign is not taken for many voices.

Exact copies are found by their key. For the others, MinHash of the text's 5-letter shingles with locality-sensitive
hashing names candidates, and the Jaccard index of the shingles decides. Source: Broder, "On the resemblance and
containment of documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

type Shingles = NDArray[np.uint64]

LETTERS: Final = 5  # in a shingle
SHORTEST: Final = 20  # letters of a text; shorter ones are copies only if they are equal
SIMILARITY_LEAST: Final = 0.6
BANDS, ROWS = 12, 4
TEXTS_MOST: Final = 20_000  # that are remembered, the last ones
LETTERS_MOST: Final = 1_000  # of a text that are compared
_chance: Final = np.random.default_rng(20_261_204)
FACTORS: Final = _chance.integers(1, 2**63, size=BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
OFFSETS: Final = _chance.integers(0, 2**63, size=BANDS * ROWS, dtype=np.uint64)
POWERS: Final = np.array([0x9E3779B97F4A7C15 ** (n + 1) % 2**64 for n in range(LETTERS)], dtype=np.uint64)
HALF: Final = np.uint64(32)
BANDS_OF: Final = np.arange(BANDS, dtype=np.uint64)


@dataclass(slots=True)
class NearDuplicates:
    """The last texts. A copy is put to the text that was first, whose key it shares from then on."""

    first_by_key: OrderedDict[str, str] = field(default_factory=OrderedDict)  # key of a text -> of the first like it
    shingles_by_key: dict[str, Shingles] = field(default_factory=dict)
    keys_by_band: dict[int, list[str]] = field(default_factory=dict)
    bands_by_key: dict[str, list[int]] = field(default_factory=dict)

    def find_first(self, key: str, words: str) -> str:
        """Return the key of the first text that this one is a copy of, its own if it is new; and remember it.

        ``words``: the text without punctuation, in one spelling.
        """
        known = self.first_by_key.get(key)
        if known is not None:
            self.first_by_key.move_to_end(key)
            return known
        shingles = make_shingles(words)
        if shingles is None:
            return self._remember(key, key)
        bands = band_keys(shingles)
        near = self._find_near(shingles, bands)
        if near is None:
            self.shingles_by_key[key], self.bands_by_key[key] = shingles, bands
            for band in bands:
                self.keys_by_band.setdefault(band, []).append(key)
        return self._remember(key, near or key)

    def _find_near(self, shingles: Shingles, bands: list[int]) -> str | None:
        """Return the key of the most similar text; None if none is similar enough."""
        candidates = dict.fromkeys(key for band in bands for key in self.keys_by_band.get(band, ()))
        alike = {key: jaccard(shingles, self.shingles_by_key[key]) for key in candidates}
        best = max(alike, key=alike.__getitem__, default=None)
        return best if best is not None and alike[best] >= SIMILARITY_LEAST else None

    def _remember(self, key: str, first: str) -> str:
        """Keep whose copy a text is, and forget the oldest text if there are too many."""
        self.first_by_key[key] = first
        if len(self.first_by_key) > TEXTS_MOST:
            self._forget(self.first_by_key.popitem(last=False)[0])
        return first

    def _forget(self, key: str) -> None:
        """Forget a text's shingles; its copies that are still remembered keep its key."""
        self.shingles_by_key.pop(key, None)
        for band in self.bands_by_key.pop(key, ()):
            left = [other for other in self.keys_by_band[band] if other != key]
            if left:
                self.keys_by_band[band] = left
            else:
                del self.keys_by_band[band]


def make_shingles(words: str) -> Shingles | None:
    """Return the distinct hashes of a text's shingles, sorted; None for a text that is too short to be compared."""
    if len(words) < SHORTEST:
        return None
    points = np.frombuffer(words[:LETTERS_MOST].encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(points, LETTERS)
    mixed = (windows * POWERS).sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> HALF
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> HALF
    return np.unique(mixed)


def band_keys(shingles: Shingles) -> list[int]:
    """Return a number for each band of a text's MinHash signature; two texts that share one may be alike."""
    signature = (shingles[:, None] * FACTORS + OFFSETS).min(axis=0)
    rows = signature.reshape(BANDS, ROWS) * POWERS[:ROWS]
    mixed = rows.sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> HALF
    found: list[int] = (mixed * np.uint64(BANDS) + BANDS_OF).tolist()
    return found


def jaccard(one: Shingles, other: Shingles) -> float:
    """Return the share of two texts' shingles that both have."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)
