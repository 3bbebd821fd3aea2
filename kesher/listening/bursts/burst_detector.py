"""Compare how often a term is said now with how often it was, in windows of 1, 6 and 24 hours.

The usual rate of a term is an exponentially weighted mean over the buckets of a window. A term bursts as soon as its
count in the open bucket is far above that rate: ``(count - mean) / sqrt(mean + 0.5)``, a Poisson score. Before a burst
is reported, its posts are read once more: one author is one voice however often they write, and copies of one text
weigh little more than one, so neither a person nor a campaign makes a burst alone.

Nothing here reads a clock or a database: time is that of the posts, which come in the order in which they were said.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

HOUR: Final = 3600.0
SCORE_LEAST: Final = 6.0
SAMPLE: Final = 60  # how many of the last posts with a term are kept, to be read once more
MEAN_LEAST: Final = 0.01  # below it a term is forgotten


class Post(NamedTuple):
    """What is known of a post: when it was said (seconds), its terms, who said it, and of which text it is a copy.

    ``watches``: the ids of those that matched it.
    """

    at: float
    terms: Mapping[str, str]  # term -> the word as it was said
    author: str
    text_key: str
    watches: tuple[int, ...] = ()


class Burst(NamedTuple):
    """A term that is said far more often than before; `posts` are its last ones, `expected` its usual count."""

    term: str
    at: float
    window: float
    total: int
    expected: float
    posts: tuple[Post, ...]


class WindowRule(NamedTuple):
    """A window: its length in seconds, how fast its mean follows, its least count, and how long a term then rests."""

    length: float
    alpha: float
    least: int
    rest: float


WINDOWS: Final = (
    WindowRule(1 * HOUR, 0.02, 8, 24 * HOUR),
    WindowRule(6 * HOUR, 0.05, 12, 24 * HOUR),
    WindowRule(24 * HOUR, 0.10, 20, 48 * HOUR),
)


@dataclass(slots=True)
class Window:
    """The counts of one window's open bucket, the means of the closed ones, and when a term burst last."""

    rule: WindowRule
    bucket: int = -1
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    means: dict[str, tuple[float, int]] = field(default_factory=dict)  # term -> mean, the bucket it was computed in
    burst_at: dict[str, float] = field(default_factory=dict)

    def expected(self, term: str) -> float:
        """Return the usual count of a term, as of the open bucket."""
        mean, bucket = self.means.get(term, (0.0, self.bucket))
        return mean * (1 - self.rule.alpha) ** max(0, self.bucket - bucket - 1) if mean else 0.0

    def open_bucket(self, at: float) -> None:
        """Close the open bucket if `at` is after it: its counts go into the means."""
        bucket = int(at // self.rule.length)
        if bucket <= self.bucket:
            return
        for term, count in self.counts.items():
            mean = self.expected(term) * (1 - self.rule.alpha) + self.rule.alpha * count
            self.means[term] = (mean, self.bucket)
        self.counts.clear()
        self.bucket = bucket
        if bucket % 50 == 0:
            self._forget(at)

    def _forget(self, at: float) -> None:
        """Drop the terms that nobody says any more."""
        self.means = {term: kept for term, kept in self.means.items() if self.expected(term) >= MEAN_LEAST}
        self.burst_at = {term: then for term, then in self.burst_at.items() if at - then < self.rule.rest}

    def is_rising(self, term: str, at: float) -> bool:
        """Count a term; return whether it is said far more often than before, and did not burst lately."""
        self.counts[term] = count = self.counts[term] + 1
        return (
            count >= self.rule.least
            and score(count, self.expected(term)) >= SCORE_LEAST
            and at - self.burst_at.get(term, -math.inf) >= self.rule.rest
        )


class BurstDetector:
    """Reads posts in order and reports bursts; its state is in memory and is made again from the posts of some days."""

    def __init__(self, rules: Iterable[WindowRule] = WINDOWS) -> None:
        """Begin with nothing heard."""
        self.windows = [Window(rule) for rule in rules]
        self.last_posts: dict[str, deque[Post]] = {}
        self._longest = max(window.rule.length for window in self.windows)
        self._cleared_at = -math.inf

    def add(self, post: Post) -> list[Burst]:
        """Count a post and return the bursts that it completes."""
        self._drop_old(post.at)
        for term in post.terms:
            posts = self.last_posts.get(term)
            if posts is None:
                self.last_posts[term] = posts = deque(maxlen=SAMPLE)
            posts.append(post)
        found = []
        for window in self.windows:
            window.open_bucket(post.at)
            rising = [term for term in post.terms if window.is_rising(term, post.at)]
            found += [burst for term in rising if (burst := self._confirm(window, term, post.at))]
        return found

    def _confirm(self, window: Window, term: str, at: float) -> Burst | None:
        """Return the burst of a rising term if enough people say it in words of their own."""
        count, expected = window.counts[term], window.expected(term)
        posts = tuple(post for post in self.last_posts[term] if at - post.at <= window.rule.length)
        voices = count_voices(posts)
        if voices < window.rule.least or score(count * voices / len(posts), expected) < SCORE_LEAST:
            return None
        window.burst_at[term] = at
        return Burst(term, at, window.rule.length, count, expected, posts)

    def _drop_old(self, at: float) -> None:
        """Forget, once an hour, the posts that no window holds."""
        if at - self._cleared_at < HOUR:
            return
        self._cleared_at = at
        oldest = at - self._longest
        self.last_posts = {term: posts for term, posts in self.last_posts.items() if posts[-1].at >= oldest}


def score(count: float, expected: float) -> float:
    """Return by how many standard deviations of a Poisson count a count is above what is expected."""
    return (count - expected) / math.sqrt(expected + 0.5)


def count_voices(posts: Iterable[Post]) -> float:
    """Return how many people speak for themselves: one for each text, and the logarithm of those who repeat it.

    An author is counted once, with the first of their texts.
    """
    authors: dict[str, str] = {}
    for post in posts:
        authors.setdefault(post.author, post.text_key)
    repeated: Mapping[str, int] = _tally(authors.values())
    return sum(1 + math.log(people) for people in repeated.values())


def _tally(values: Iterable[str]) -> dict[str, int]:
    """Return how often each value occurs."""
    found: dict[str, int] = defaultdict(int)
    for value in values:
        found[value] += 1
    return found
