"""Link an agency's topics of reports with the kinds of problems that any town has, by their names and synonyms.

So "water all over the road" is found as a flooded road wherever a topic is called that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kesher.language import normalise
from kesher.understanding.learning.classifier import Classifier
from kesher.understanding.learning.features import Floats
from kesher.understanding.learning.problem_kinds import OTHER, kinds_of
from kesher.understanding.registry import Title
from kesher.understanding.text_index import TextIndex

NAME, SYNONYM = 1.0, 0.5  # of a topic's name and of its synonyms
UNCLAIMED: Final = 0.15  # how much of a kind belongs to no topic
# Names of the topic for what fits no other.
FALLBACK: Final = frozenset(
    normalise(name)
    for names in (
        "אחר, אחרת, משהו אחר, שונות, נושא אחר",
        "أخرى, آخر, أمر آخر, غير ذلك, متفرقات",
        "другое, прочее",
        "other, others, something else, miscellaneous",
    )
    for name in names.split(", ")
)


@dataclass(frozen=True, slots=True)
class ReportTopics:
    """An agency's topics, how much of each kind of problem is each one's (topics × kinds), and their own words.

    ``fallback``: the code of the one for what fits no other, "" for none.
    """

    titles: tuple[Title, ...]
    shares: Floats
    index: TextIndex
    fallback: str


def link_topics(titles: Sequence[Title], problems: Classifier, rarity: Callable[[str], float]) -> ReportTopics:
    """Return an agency's topics with the share that each has of each kind; ``rarity`` is the weight of a word."""
    rows = np.zeros((len(titles), len(problems.classes)), dtype=np.float32)
    named = [
        [*((name, NAME) for name in title.titles.values()), *((word, SYNONYM) for word in title.words)]
        for title in titles
    ]
    for row, phrases in zip(rows, named, strict=True):
        for phrase, weight in phrases:
            row += kinds_of(phrase, problems) * weight
        row /= sum(weight for _phrase, weight in phrases) or 1.0
    rows[:, problems.classes.index(OTHER)] = 0
    shares = rows / (rows.sum(axis=0, keepdims=True) + UNCLAIMED)
    fallback = next((title.code for title in titles if is_fallback(title)), "")
    return ReportTopics(tuple(titles), shares.astype(np.float32), TextIndex(named, rarity), fallback)


def is_fallback(title: Title) -> bool:
    """Return whether a topic is the one for what fits no other: "Something else"."""
    return any(normalise(name) in FALLBACK for name in title.titles.values())
