"""Encode and decode postings (which answers have a word, and where) of the search index as bytes.

First the places in the block (two bytes each, ascending), then the impacts (a byte each): how much the word says about
the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.uint16]
Weights = NDArray[np.uint8]
IMPACT_MAX: Final = 255

# BM25F: the weight of each field, its usual length in words, and how much a longer text is penalised (b). Robertson,
# Zaragoza, "The Probabilistic Relevance Framework" (2009), section 3.6. Tuned for success at 1 on tests/judged.
FIELD_WEIGHT: Final = {"question": 3.0, "hidden": 2.6, "short": 0.8, "topic": 0.5, "body": 0.45}
FIELD_LENGTH: Final = {"question": 7, "hidden": 8, "short": 26, "topic": 2, "body": 50}
FIELD_LENGTH_PENALTY: Final = {"question": 0.6, "hidden": 0.4, "short": 0.5, "topic": 0.0, "body": 0.6}
SATURATION: Final = 1.2


def compute_impacts(fields: Iterable[tuple[str, list[str]]]) -> dict[str, int]:
    """Return {word: impact from 1 to 255}, how much each word says about an answer, by its fields.

    ``fields`` are (field, its words), once a language.
    """
    counts: dict[str, float] = {}
    for name, found in fields:
        norm = 1 - FIELD_LENGTH_PENALTY[name] + FIELD_LENGTH_PENALTY[name] * len(found) / FIELD_LENGTH[name]
        weight = FIELD_WEIGHT[name] / max(norm, 0.5)
        for word in found:
            counts[word] = counts.get(word, 0.0) + weight
    return {word: max(1, round(IMPACT_MAX * count / (SATURATION + count))) for word, count in counts.items()}


def encode_posting(weights: Mapping[int, int]) -> bytes:
    """Return a word's posting {answer's place in the block: impact} as bytes, places first."""
    places = sorted(weights)
    return (
        np.array(places, dtype="<u2").tobytes() + np.array([weights[place] for place in places], dtype="u1").tobytes()
    )


def decode_posting(data: bytes | memoryview) -> tuple[Places, Weights]:
    """Return (places in the block, impacts) of a posting's bytes, as two arrays."""
    count = len(data) // 3
    places = np.frombuffer(data, dtype="<u2", count=count)
    return places, np.frombuffer(data, dtype="u1", count=count, offset=count * 2)


def join_postings(several: Sequence[bytes | memoryview]) -> tuple[NDArray[np.int32], Weights, NDArray[np.intp]]:
    """Return (places, impacts, number of entries of each) of several postings, each in one array."""
    counts = np.array([len(data) // 3 for data in several], dtype=np.intp)
    places = b"".join([data[: len(data) // 3 * 2] for data in several])
    weights = b"".join([data[len(data) // 3 * 2 :] for data in several])
    return np.frombuffer(places, dtype="<u2").astype(np.int32), np.frombuffer(weights, dtype="u1"), counts


def set_impact(data: bytes, place: int, weight: int) -> bytes:
    """Return the posting's bytes with the impact of the answer at this place set; 0 removes the answer."""
    places, weights = decode_posting(data)
    found = dict(zip(places.tolist(), weights.tolist(), strict=True))
    found.pop(place, None)
    if weight:
        found[place] = weight
    return encode_posting(found)
