"""Sort posts into topics as they come: a post joins the topic whose terms it shares, or begins a new one.

Online leader clustering: terms are weighed by how rare they are (inverse document frequency), and a topic is the sum of
its posts. A topic is worth a row in the database from its third text of its own on; before, it is in memory alone.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

SIMILARITY_LEAST: Final = 0.25  # cosine of a post and its topic
COMMON_SHARE, COMMON_FROM = 0.1, 500  # a term of more posts than this share finds no topic, once so many were read
TERMS_MOST, TERMS_KEPT = 80, 40  # of a topic
SILENCE: Final = 3 * 86_400.0  # seconds after which a topic is over
CLUSTERS_MOST: Final = 20_000
MEMBERS_LEAST: Final = 3


@dataclass(slots=True, eq=False)
class TopicCluster:
    """A topic: what its terms weigh, how they were said, and when its last post was said (seconds).

    ``pk``: its row, None as long as it has none; then ``members`` are the posts that it has so far.
    """

    last_at: float
    pk: int | None = None
    posts: int = 0
    weights: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    members: list[int] = field(default_factory=list)
    number: int = -1
    length: float = 1.0  # of its weights, as a vector

    def measure(self) -> None:
        """Compute its length anew."""
        self.length = math.sqrt(sum(weight * weight for weight in self.weights.values())) or 1.0

    def label(self, most: int = 4) -> list[str]:
        """Return the words that say most about it, as they were said."""
        terms = sorted(self.weights, key=lambda term: (-self.weights[term], term))
        return list(dict.fromkeys(self.words[term] for term in terms if term in self.words))[:most]


@dataclass(slots=True)
class TopicClusters:
    """The topics that are not over, and in how many posts each term was."""

    posts: int = 0
    frequency: Counter[str] = field(default_factory=Counter)
    clusters: dict[int, TopicCluster] = field(default_factory=dict)
    by_term: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    next_number: int = 0
    cleared_at: float = -math.inf

    def add(self, terms: Mapping[str, str], at: float) -> TopicCluster | None:
        """Put a post, by its terms (term -> word as said), into its topic and return that; None without terms."""
        self._count(terms, at)
        if not terms:
            return None
        weights = {term: math.log(1 + self.posts / self.frequency[term]) for term in terms}
        found = self._find(weights)
        if found is None:
            found = self.put(TopicCluster(at))
        self._join(found, weights, terms, at)
        return found

    def replay(self, terms: Mapping[str, str], at: float, known: TopicCluster | None) -> TopicCluster | None:
        """Count a stored post again; one whose topic is known changes nothing there."""
        if known is None:
            return self.add(terms, at)
        self._count(terms, at)
        return known

    def put(self, cluster: TopicCluster) -> TopicCluster:
        """Add a topic, new or read from its row."""
        cluster.number, self.next_number = self.next_number, self.next_number + 1
        cluster.measure()
        self.clusters[cluster.number] = cluster
        for term in cluster.weights:
            self.by_term[term].add(cluster.number)
        return cluster

    def _count(self, terms: Mapping[str, str], at: float) -> None:
        """Count the terms of a post, and once an hour forget what is over."""
        self.posts += 1
        self.frequency.update(terms.keys())
        if at - self.cleared_at >= 3600:
            self.cleared_at = at
            self._forget(at)

    def _find(self, weights: Mapping[str, float]) -> TopicCluster | None:
        """Return the most similar topic; None if none is similar enough."""
        common = max(COMMON_FROM, self.posts) * COMMON_SHARE
        numbers = {n for term in weights if self.frequency[term] <= common for n in self.by_term.get(term, ())}
        own = math.sqrt(sum(weight * weight for weight in weights.values()))
        best, most = None, SIMILARITY_LEAST
        for number in sorted(numbers):
            cluster = self.clusters[number]
            product = sum(weight * cluster.weights.get(term, 0.0) for term, weight in weights.items())
            alike = product / (own * cluster.length)
            if alike >= most:
                best, most = cluster, alike
        return best

    def _join(self, cluster: TopicCluster, weights: Mapping[str, float], words: Mapping[str, str], at: float) -> None:
        """Add a post to a topic, which keeps only its weightiest terms."""
        cluster.posts += 1
        cluster.last_at = max(cluster.last_at, at)
        for term, weight in weights.items():
            if term not in cluster.weights:
                self.by_term[term].add(cluster.number)
                cluster.words[term] = words[term]
            cluster.weights[term] = cluster.weights.get(term, 0.0) + weight
        if len(cluster.weights) > TERMS_MOST:
            kept = sorted(cluster.weights, key=lambda term: (-cluster.weights[term], term))[:TERMS_KEPT]
            self._drop_terms(cluster, cluster.weights.keys() - set(kept))
        cluster.measure()

    def _drop_terms(self, cluster: TopicCluster, terms: Iterable[str]) -> None:
        """Take terms out of a topic."""
        for term in terms:
            del cluster.weights[term]
            cluster.words.pop(term, None)
            numbers = self.by_term[term]
            numbers.discard(cluster.number)
            if not numbers:
                del self.by_term[term]

    def _forget(self, at: float) -> None:
        """Drop the topics that are silent, the most silent ones if there are too many, and terms said once."""
        order = sorted(self.clusters.values(), key=lambda cluster: cluster.last_at, reverse=True)
        for place, cluster in enumerate(order):
            if place >= CLUSTERS_MOST or at - cluster.last_at > SILENCE:
                self._drop_terms(cluster, list(cluster.weights))
                del self.clusters[cluster.number]
        if len(self.frequency) > 10 * CLUSTERS_MOST:
            self.frequency = Counter({term: count for term, count in self.frequency.items() if count > 1})
