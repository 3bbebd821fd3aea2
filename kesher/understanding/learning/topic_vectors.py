"""Tell what service of a town a message is about, by the words in which residents ask for it.

`data/topics/` has queries for each topic. A topic is the sum of its queries' features (a centroid; Rocchio 1971), and a
message is as near to it as their cosine. An answer has topics, too: so a question finds the answer with which it shares
no word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.understanding.learning.classifier import weigh
from kesher.understanding.learning.features import Features, Floats, Ids

RARE: Final = 2  # a feature of fewer queries is left out
POWER: Final = 0.5  # of a feature's weight: how little it counts that many queries of a topic have it
SHARE: Final = 0.5  # an answer's topics are those at least this near in relation to the nearest
STEEP: Final = 14.0  # how much more an answer belongs to its nearest topic than to the next


@dataclass(frozen=True, slots=True)
class TopicVectors:
    """The centroids of topics, by feature: those of row r are ``topics`` and ``values`` from ``starts[r]`` on."""

    names: tuple[str, ...]
    ids: Ids  # sorted
    idf: Floats
    starts: NDArray[np.int32]
    topics: NDArray[np.uint8]
    values: NDArray[np.uint8]
    scales: Floats  # of each topic's values

    def nearness(self, features: Features) -> Floats:
        """Return the cosine of a message with each topic, from 0 to 1."""
        rows, values = weigh(features, self.ids, self.idf)
        counts = self.starts[rows + 1] - self.starts[rows]
        if not counts.sum() or not values.any():
            return np.zeros(len(self.names), dtype=np.float32)
        places = np.repeat(self.starts[rows] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        places = places + np.arange(len(places))
        parts = np.repeat(values, counts) * self.values[places]
        found = np.bincount(self.topics[places], weights=parts, minlength=len(self.names)) * self.scales
        found /= np.sqrt(float(values @ values))
        return np.asarray(found, dtype=np.float32)

    def topics_of(self, phrases: Sequence[Features]) -> Floats:
        """Return how much a document belongs to each topic, by its phrases; the parts add up to one."""
        near = np.mean([self.nearness(features) for features in phrases], axis=0)
        most = float(near.max(initial=0.0))
        if not most:
            return np.asarray(near, dtype=np.float32)
        parts = np.where(near >= SHARE * most, np.exp(STEEP * (near / most - 1)), 0)
        return np.asarray(parts / parts.sum(), dtype=np.float32)


def build_topic_vectors(names: Sequence[str], queries: Sequence[tuple[int, Features]]) -> TopicVectors:
    """Return the centroids of topics, from (number of the topic, features of a query) pairs. At most 256 topics."""
    found = [features for _topic, features in queries]
    ids, counts = np.unique(np.concatenate([one.ids for one in found]), return_counts=True)
    ids, counts = ids[counts >= RARE], counts[counts >= RARE]
    idf = np.log((1 + len(found)) / (1 + counts)).astype(np.float32)
    weighed = [weigh(features, ids, idf) for features in found]
    owners = np.repeat([topic for topic, _features in queries], [len(rows) for rows, _values in weighed])
    rows = np.concatenate([rows for rows, _values in weighed])
    values = np.concatenate([values for _rows, values in weighed])
    cells, places = np.unique(rows * len(names) + owners, return_inverse=True)
    rows, topics = np.divmod(cells, len(names))
    width = np.bincount(rows, minlength=len(ids))  # topics that have a feature
    rarity = np.log1p(len(names) / np.maximum(width, 1)) / np.log1p(len(names))
    sums = np.bincount(places, weights=values) ** POWER * rarity[rows]
    lengths = np.sqrt(np.bincount(topics, weights=sums * sums, minlength=len(names)))
    sums /= lengths[topics]
    scales = np.zeros(len(names))
    np.maximum.at(scales, topics, sums)
    scales /= 255
    starts = np.concatenate([[0], np.cumsum(width)]).astype(np.int32)
    small = np.rint(sums / scales[topics]).astype(np.uint8)
    return TopicVectors(tuple(names), ids, idf, starts, topics.astype(np.uint8), small, scales.astype(np.float32))
