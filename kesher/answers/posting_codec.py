"""The answers of one word in one block, as bytes: places in the block (two bytes each, ascending), then how much the
word says there (a byte each)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.uint16]
Weights = NDArray[np.uint8]
MOST: Final = 255

# How much a word says by where it stands (a question says most), how long such a text usually is, and how much a longer
# one takes off. BM25F: Robertson, Zaragoza, "The Probabilistic Relevance Framework" (2009), section 3.6.
FIELD_WEIGHT: Final = {"question": 3.0, "hidden": 2.6, "short": 0.8, "topic": 0.5, "body": 0.45}
FIELD_LENGTH: Final = {"question": 7, "hidden": 8, "short": 26, "topic": 2, "body": 50}
FIELD_BURDEN: Final = {"question": 0.6, "hidden": 0.4, "short": 0.5, "topic": 0.0, "body": 0.6}
SATURATION: Final = 1.2


def impacts(fields: Iterable[tuple[str, list[str]]]) -> dict[str, int]:
    """How much each word says about an answer, 1 to 255. In: (field, its words), once a language."""
    counts: dict[str, float] = {}
    for name, found in fields:
        norm = 1 - FIELD_BURDEN[name] + FIELD_BURDEN[name] * len(found) / FIELD_LENGTH[name]
        weight = FIELD_WEIGHT[name] / max(norm, 0.5)
        for word in found:
            counts[word] = counts.get(word, 0.0) + weight
    return {word: max(1, round(MOST * count / (SATURATION + count))) for word, count in counts.items()}


def packed(weights: Mapping[int, int]) -> bytes:
    """In: {place in the block: weight}."""
    places = sorted(weights)
    return (
        np.array(places, dtype="<u2").tobytes() + np.array([weights[place] for place in places], dtype="u1").tobytes()
    )


def unpacked(data: bytes | memoryview) -> tuple[Places, Weights]:
    count = len(data) // 3
    places = np.frombuffer(data, dtype="<u2", count=count)
    return places, np.frombuffer(data, dtype="u1", count=count, offset=count * 2)


def joined(several: Sequence[bytes | memoryview]) -> tuple[NDArray[np.int32], Weights, NDArray[np.intp]]:
    """The places and weights of several postings, one after another, and how many each of them has."""
    counts = np.array([len(data) // 3 for data in several], dtype=np.intp)
    places = b"".join([data[: len(data) // 3 * 2] for data in several])
    weights = b"".join([data[len(data) // 3 * 2 :] for data in several])
    return np.frombuffer(places, dtype="<u2").astype(np.int32), np.frombuffer(weights, dtype="u1"), counts


def changed(data: bytes, place: int, weight: int) -> bytes:
    """The bytes with one answer's weight set; 0 takes it out."""
    places, weights = unpacked(data)
    found = dict(zip(places.tolist(), weights.tolist(), strict=True))
    found.pop(place, None)
    if weight:
        found[place] = weight
    return packed(found)
