"""Put bursts that are about one thing into one group: their posts use the same terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kesher.listening.bursts.burst_detector import HOUR, Burst, Post

SIMILARITY_LEAST: Final = 0.2  # cosine of two profiles that are about one thing
SHARE_LEAST: Final = 0.1  # of the posts; a term in fewer is no part of the profile
WEIGHT_OF_NEW: Final = 0.2  # how far a new burst moves the profile of its group
SILENCE: Final = 48 * HOUR  # after so long without a burst, a group is over
Profile = dict[str, float]  # term -> share of the posts that hold it


@dataclass(slots=True)
class BurstGroup:
    """One thing that many suddenly speak about: its bursts, and which terms its posts use.

    ``row``: the id of the row in which it is stored, if it is.
    """

    began_at: float
    last_at: float
    profile: Profile
    bursts: list[Burst] = field(default_factory=list)
    row: int | None = None

    def add(self, burst: Burst, profile: Profile) -> None:
        """Add a burst, and move the group's profile towards that of its posts."""
        self.bursts.append(burst)
        self.last_at = burst.at
        self.profile = {
            term: share
            for term in self.profile.keys() | profile.keys()
            if (share := mix(self.profile.get(term, 0.0), profile.get(term, 0.0))) >= SHARE_LEAST / 10
        }

    def label(self, most: int = 5) -> list[str]:
        """Return the words that most of its posts use, as they were said most often in its last burst."""
        words: dict[str, Counter[str]] = {}
        for post in self.bursts[-1].posts:
            for term, word in post.terms.items():
                words.setdefault(term, Counter())[word] += 1
        terms = sorted(self.profile, key=lambda term: (-self.profile[term], term))
        said = (words[term].most_common(1)[0][0] for term in terms if term in words)
        return list(dict.fromkeys(said))[:most]


class BurstGroups:
    """The groups that are not over."""

    def __init__(self) -> None:
        """Begin with none."""
        self.current: list[BurstGroup] = []

    def add(self, burst: Burst) -> tuple[BurstGroup, bool]:
        """Return the group that a burst belongs to, and whether it is a new one."""
        self.current = [group for group in self.current if burst.at - group.last_at <= SILENCE]
        profile = make_profile(burst.posts)
        alike = {at: similarity(group.profile, profile) for at, group in enumerate(self.current)}
        best = max(alike, key=alike.__getitem__, default=None)
        is_new = best is None or alike[best] < SIMILARITY_LEAST
        if best is None or is_new:
            group = BurstGroup(burst.at, burst.at, profile)
            self.current.append(group)
        else:
            group = self.current[best]
        group.add(burst, profile)
        return group, is_new


def mix(old: float, new: float) -> float:
    """Return a share after a new burst."""
    return (1 - WEIGHT_OF_NEW) * old + WEIGHT_OF_NEW * new


def make_profile(posts: tuple[Post, ...]) -> Profile:
    """Return which share of some posts holds each term, without those that few hold."""
    held = Counter(term for post in posts for term in post.terms)
    return {term: count / len(posts) for term, count in held.items() if count >= SHARE_LEAST * len(posts)}


def similarity(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the cosine of two profiles."""
    product = sum(share * other[term] for term, share in one.items() if term in other)
    return product / (_length(one) * _length(other)) if product else 0.0


def _length(profile: Mapping[str, float]) -> float:
    """Return the length of a profile as a vector."""
    return math.sqrt(sum(share * share for share in profile.values()))
