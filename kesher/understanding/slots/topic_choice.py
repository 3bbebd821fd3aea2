"""Choose the agency's topics of a message that reports a problem."""

from __future__ import annotations

from typing import Final

import numpy as np

from kesher.understanding.learning.classifier import Classifier
from kesher.understanding.learning.features import tokens
from kesher.understanding.learning.problem_kinds import OTHER, kinds_of
from kesher.understanding.report_topics import ReportTopics

TOPICS_MOST, LINKS_MOST = 3, 6
OWN_WORDS: Final = 0.25  # how much it counts that a message has a topic's own words
CLEAR: Final = 0.6  # score of the kinds alone from which no word of a topic is looked for: it takes as long as all else
REPORTED: Final = 0.2  # probability of a report from which a fainter topic is named, and that for all the rest
SURE, FAINT = 0.18, 0.05  # scores from which a topic is named: of any message, of a likely report
BESIDE: Final = 4.0  # how many times the best score "no problem" may have in a message that is no likely report
NEXT: Final = 0.15  # part of the best score that a further topic must have


def find_topics(text: str, topics: ReportTopics, problems: Classifier, report: float) -> list[str]:
    """Return the codes of the agency's topics that a message is about, the nearest first; [] for none.

    ``text`` is without names of places, which are words of their own ("by the market"); ``report`` is the probability
    that the message reports something.
    """
    if not topics.titles:
        return []
    said = tokens(text)
    kinds = kinds_of(text, problems, said)
    scores = topics.shares @ kinds
    if scores.max() < CLEAR:
        for link in topics.index.find(said, LINKS_MOST):
            scores[link.number] += OWN_WORDS * link.score
    order = np.argsort(-scores, kind="stable")[:TOPICS_MOST].tolist()
    best = float(scores[order[0]])
    other = float(kinds[problems.classes.index(OTHER)])
    likely = report >= REPORTED
    if best < (FAINT if likely else SURE) or (not likely and other > BESIDE * best):
        return [topics.fallback] if likely and topics.fallback else []
    return [topics.titles[at].code for at in order if scores[at] >= NEXT * best]
