"""Recognise danger to life, in two tiers: sure, so that the emergency numbers come at once, or possible.

Each tier is a logistic regression on what the classifier and the list of dangers say, fitted on the open messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import exp
from pathlib import Path
from typing import Final

from kesher.dialogues.understood import Situation
from kesher.understanding.candidates import Evidence, load_weights, logit
from kesher.understanding.learning.features import stems_of, tokens

# The probabilities from which each tier holds, chosen on the open sets: the sure one by its precision.
SURE_FROM: Final = 0.7
POSSIBLE_FROM: Final = 0.2
KINDS: Final = Path(__file__).with_name("data") / "situations.tsv"
ALONE: Final = ("violence", "suicide", "gas")  # kinds that one word tells of
DANGER, POSSIBLE, ABUSE = "danger", "possible", "abuse"


def situation_features(seen: Evidence) -> dict[str, float]:
    """Return by what a situation is recognised."""
    danger, possible, abuse = (seen.raw.get(name, 0.0) for name in (DANGER, POSSIBLE, ABUSE))
    return {
        "one": 1.0,
        "danger": logit(danger),
        "possible": logit(possible),
        "abuse": logit(abuse),
        "all": logit(danger + possible + abuse),
        "rule": float(seen.danger),
        "report": logit(seen.raw.get("reports.report", 0.0)),
        "nothing": logit(seen.raw.get("nothing", 0.0)),
        "question": logit(seen.raw.get("answer", 0.0)),
        "confidence": max((one.hit.confidence for one in seen.answers), default=0.0),
        "topic": seen.topic,
    }


def tier_probability(tier: str, features: dict[str, float]) -> float:
    """Return how probable it is that a message is at least in this tier ("sure" or "possible")."""
    weights = load_weights()
    score = sum(weights.get(f"{tier}.{name}", 0.0) * value for name, value in features.items())
    return 1 / (1 + exp(-score))


@cache
def kind_words() -> dict[str, frozenset[str]]:
    """Return {kind of situation: stems of words that tell of it}."""
    rows = (line.split("\t") for line in KINDS.read_text(encoding="utf-8").splitlines())
    return {kind: frozenset().union(*map(stems_of, tokens(words))) for kind, words in rows}


def kind_of(said: Sequence[str]) -> str:
    """Return the kind of danger that most words of a message tell of; "danger" where none does twice."""
    stems = [stems_of(word) for word in said]
    counts = {kind: sum(not words.isdisjoint(one) for one in stems) for kind, words in kind_words().items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] >= (1 if best in ALONE else 2) else DANGER


def find_situation(seen: Evidence) -> tuple[Situation, str, float]:
    """Return (tier, kind, probability) of the situation that a message tells of; ("", "", 0) for none."""
    features = situation_features(seen)
    abuse = seen.raw.get(ABUSE, 0.0) > max(seen.raw.get(DANGER, 0.0), seen.raw.get(POSSIBLE, 0.0))
    sure = tier_probability("sure", features)
    if sure >= SURE_FROM and not abuse:
        return "sure", kind_of(seen.said), sure
    possible = tier_probability("possible", features)
    if possible >= POSSIBLE_FROM:
        return "possible", ABUSE if abuse else kind_of(seen.said), possible
    return "", "", 0.0
