"""Decide what follows from what a message means: one table of probabilities.

They were chosen on the open judged messages by cost: something surely wrong costs more than a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kesher.dialogues.understood import Action
from kesher.understanding.candidates import Candidate


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which probability something is done at once, and from which it is asked about with one question."""

    act: float
    confirm: float


# By what a message means. A verb with a subject only opens its form, which asks before anything is done.
TABLE: Final = {
    "command": Threshold(0.35, 0.35),
    "stop": Threshold(2.0, 0.3),  # inside a sentence it is always asked back
    "start_again": Threshold(0.7, 0.7),
    "verb": Threshold(0.92, 0.5),
    "subject": Threshold(0.9, 0.45),
    "answer": Threshold(0.92, 2.0),
}
# Channels on which choosing costs more than reading: answers and verbs come at once a little sooner.
SOONER: Final = {"sms": 0.05, "voice": 0.1}
NOTHING_FROM: Final = 0.5  # probability of nothing from which nothing is offered
OFFERS_MOST: Final = 3
OFFER_LEAST: Final = 0.03
ASKED_FOR: Final = ("person", "start_again")  # commands that are actions themselves


def choose_action(ranked: Sequence[tuple[Candidate, float]], channel: str = "") -> Action:
    """Return what to do about a message whose meanings have these probabilities, best first."""
    first, probability = ranked[0]
    nothing = next(value for one, value in ranked if one.kind == "nothing")
    probability += SOONER.get(channel, 0.0)
    if may_mean_stop(ranked):
        return "ask_stop"
    if first.kind == "command":
        limit = TABLE.get(first.name, TABLE["command"])
        if probability >= limit.act:
            return first.name if first.name in ASKED_FOR else "command"  # type: ignore[return-value]
    if nothing >= NOTHING_FROM or not offers(ranked):
        return "unknown"
    if first.kind == "answer" and probability >= TABLE["answer"].act:
        return "answer"
    if first.kind == "verb":
        limit = TABLE["subject" if first.subject else "verb"]
        if probability >= limit.act:
            return "start"
        if probability >= limit.confirm:
            return "confirm"
    return "offer"


def may_mean_stop(ranked: Sequence[tuple[Candidate, float]]) -> bool:
    """Return whether a sentence may ask for no more messages, so that it is asked back: a question costs little."""
    return any(one.name == "stop" and value >= TABLE["stop"].confirm for one, value in ranked[:2])


def offers(ranked: Sequence[tuple[Candidate, float]]) -> list[tuple[Candidate, float]]:
    """Return the verbs, things and answers to offer, best first; those of one thing once.

    The first answer that the search finds is among them, since people know it from the search box.
    """
    found: dict[tuple[str, str], tuple[Candidate, float]] = {}
    for one, probability in ranked:
        if one.kind in ("verb", "answer") and probability >= OFFER_LEAST:
            found.setdefault((one.thing or one.kind, one.subject or one.name), (one, probability))
    chosen = list(found.values())[:OFFERS_MOST]
    searched = next((pair for pair in ranked if pair[0].features.get("answer.first")), None)
    if chosen and searched is not None and searched not in chosen:
        chosen = [*chosen[: OFFERS_MOST - 1], searched]
    return chosen
