"""Rank what a message may mean: one list of candidates of every kind, with probabilities that add up to one.

It is a conditional logit (McFadden 1974): a candidate's score is the weighted sum of its features, and its probability
the softmax over all candidates of the message. The weights are fitted on the open judged messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Final, NamedTuple

from kesher.understanding.registry import Hit, Title
from kesher.understanding.text_index import Link

WEIGHTS: Final = Path(__file__).with_name("data") / "ranking.json"
COMMANDS: Final = frozenset(
    {
        *("greeting", "thanks", "menu", "help", "back", "cancel", "language", "person", "stop"),
        *("start_again", "yes", "no", "continue", "skip"),
    }
)
SITUATIONS: Final = frozenset({"danger", "possible", "abuse"})
ANSWER, NOTHING = "answer", "nothing"
LEAST: Final = 0.004  # probability of a class that is a candidate
NAMED_FROM: Final = 0.15  # share of a title that a message must say; less names nothing
LINKS_MOST: Final = 3  # things for each verb
FLOOR: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a message may mean. ``kind``: command, verb, answer or nothing.

    ``name``: the command, the verb or the answer's slug; ``subject``: the code of what the verb is about; ``thing``:
    its kind ("petition"); ``features``: {name: value}, by which it is ranked.
    """

    kind: str
    name: str
    subject: str = ""
    thing: str = ""
    title: str = ""
    features: Mapping[str, float] = field(default_factory=dict, compare=False)


class ThingLink(NamedTuple):
    """A thing that a message may name, and how well it fits."""

    kind: str
    title: Title
    link: Link


class AnswerEvidence(NamedTuple):
    """An answer, and how well it fits a message.

    ``relative``: its score in the search, as a part of the best one's; ``first``: whether it is the search's first hit;
    ``topic``: how near its topics are to the message's.
    """

    title: Title
    hit: Hit
    relative: float
    first: bool
    link: Link
    topic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a message.

    ``raw``: the probability of each class; ``classes``: of each that is no situation, if it is none; ``code``: the
    thing whose code it names; ``danger``: whether the list of dangers has it; ``topic`` and ``outside``: how near it is
    to the nearest topic of a town, and of others, and ``inside``: the log-odds between them; ``needs``: the verbs that
    need a subject.
    """

    said: Sequence[str]
    raw: Mapping[str, float]
    classes: Mapping[str, float]
    links: Sequence[ThingLink]
    answers: Sequence[AnswerEvidence]
    code: tuple[str, Title] | None
    danger: bool
    topic: float
    outside: float
    inside: float
    needs: frozenset[str]

    def probability(self, name: str) -> float:
        """Return how probable a class is."""
        return self.classes.get(name, 0.0)


def list_candidates(seen: Evidence, lang: str = "he") -> list[Candidate]:
    """Return what a message may mean, with the features of each; titles are in the reader's language."""
    common = common_features(seen)
    found = [Candidate(NOTHING, NOTHING, features=nothing_features(seen, common))]
    linked = {verb for one in seen.links for verb in one.title.verbs} | set(seen.code[1].verbs if seen.code else ())
    for name, probability in seen.classes.items():
        if name in COMMANDS and probability > LEAST:
            found.append(Candidate("command", name, features=command_features(name, seen, common)))
        elif "." in name and (probability > LEAST or name in linked):
            found += verb_candidates(name, seen, common, lang)
    found += [
        Candidate(ANSWER, one.title.code, title=one.title.title(lang), features=answer_features(one, seen, common))
        for one in seen.answers
    ]
    return found


def logit(probability: float) -> float:
    """Return a probability as a logarithm of the odds, within limits."""
    return log((probability + FLOOR) / (1 - probability + FLOOR))


def common_features(seen: Evidence) -> dict[str, float]:
    """Return what many kinds of candidates are ranked by: how well links, answers and topics fit the message."""
    return {
        "link": seen.links[0].link.score if seen.links else 0.0,
        "coverage": max((one.hit.coverage for one in seen.answers), default=0.0),
        "confidence": max((one.hit.confidence for one in seen.answers), default=0.0),
        "question": max((one.link.score for one in seen.answers), default=0.0),
        "near": max((one.topic for one in seen.answers), default=0.0),
        "topic": seen.topic,
        "outside": seen.outside,
        "inside": seen.inside,
        "words": log(1 + len(seen.said)),
    }


def nothing_features(seen: Evidence, common: Mapping[str, float]) -> dict[str, float]:
    """Return the features of the candidate that nothing fits."""
    verbs = max((value for name, value in seen.classes.items() if "." in name), default=0.0)
    short = 1.0 / (1 + len(seen.said))
    return {
        "nothing.near_short": common["near"] * short,
        "nothing.class_short": logit(seen.probability(NOTHING)) * short,
        "nothing": 1.0,
        "nothing.class": logit(seen.probability(NOTHING)),
        "nothing.best": logit(max(seen.classes.values(), default=0.0)),
        "nothing.verb": logit(verbs),
        "nothing.short": 1.0 if len(seen.said) <= 2 else 0.0,
        **{f"nothing.{name}": value for name, value in common.items()},
    }


def command_features(name: str, seen: Evidence, common: Mapping[str, float]) -> dict[str, float]:
    """Return the features of a command."""
    return {
        "command": 1.0,
        "command.class": logit(seen.probability(name)),
        "command.words": common["words"],
        "command.confidence": common["confidence"],
        "command.topic": common["topic"],
        f"is.{name}": 1.0,
    }


def verb_candidates(name: str, seen: Evidence, common: Mapping[str, float], lang: str) -> list[Candidate]:
    """Return a verb without a subject, and with each thing that the message may name."""
    app = name.partition(".")[0]
    kin = sum(value for other, value in seen.classes.items() if other.startswith(f"{app}."))
    base = {"verb": 1.0, "verb.class": logit(seen.probability(name)), "verb.kin": logit(kin), f"is.{name}": 1.0}
    if name not in seen.needs:
        beside = {
            f"verb.{key}": common[key] for key in ("coverage", "confidence", "near", "outside", "inside", "words")
        }
        topic = {"report.topic": common["topic"]} if app == "reports" else {}
        return [Candidate("verb", name, features=base | beside | topic)]
    if seen.code and name in seen.code[1].verbs:
        kind, title = seen.code
        features = base | {"coded": 1.0, "coded.usual": float(title.verbs[0] == name)}
        return [Candidate("verb", name, title.code, kind, title.title(lang), features)]
    links = [one for one in seen.links if name in one.title.verbs and one.link.of_title >= NAMED_FROM]
    bare = {"bare": 1.0, "bare.link": links[0].link.score if links else 0.0, "bare.words": common["words"]}
    return [
        Candidate("verb", name, features=base | bare),
        *(
            Candidate(
                "verb", name, one.title.code, one.kind, one.title.title(lang),
                base | linked_features(name, one, links, seen, common),
            )
            for one in links[:LINKS_MOST]
        ),
    ]  # fmt: skip


def linked_features(
    name: str, one: ThingLink, links: Sequence[ThingLink], seen: Evidence, common: Mapping[str, float]
) -> dict[str, float]:
    """Return the features of a verb with a thing that the message may name."""
    rivals = [other.link.score for other in links if other is not one]
    every = [other.link.score for other in seen.links if other.title.code != one.title.code]
    return {
        "linked": 1.0,
        "linked.class": logit(seen.probability(name)),
        "linked.score": one.link.score,
        "linked.title": one.link.of_title,
        "linked.message": one.link.of_message,
        "linked.lead": one.link.score - max(rivals, default=0.0),
        "linked.ahead": one.link.score - max(every, default=0.0),
        "linked.usual": float(one.title.verbs[0] == name),
        "linked.first": float(one is links[0]),
        "linked.coverage": common["coverage"],
        "linked.near": common["near"],
    }


def answer_features(one: AnswerEvidence, seen: Evidence, common: Mapping[str, float]) -> dict[str, float]:
    """Return the features of an answer."""
    verbs = sum(value for name, value in seen.classes.items() if "." in name)
    rivals = [other.topic for other in seen.answers if other is not one]
    links = [other.link.score for other in seen.answers if other is not one]
    return {
        "answer": 1.0,
        "answer.class": logit(seen.probability(ANSWER)),
        "answer.relative": one.relative,
        "answer.first": float(one.first),
        "answer.coverage": one.hit.coverage,
        "answer.confidence": one.hit.confidence,
        "answer.link": one.link.score,
        "answer.message": one.link.of_message,
        "answer.ahead": one.link.score - max(links, default=0.0),
        "answer.near": one.topic,
        "answer.nearest": one.topic - max(rivals, default=0.0),
        "answer.both": one.topic * one.relative,
        "answer.near_short": one.topic / (1 + len(seen.said)),
        "answer.class_short": logit(seen.probability(ANSWER)) / (1 + len(seen.said)),
        "answer.inside": common["inside"],
        "answer.agrees": float(one.first and one.topic >= max(rivals, default=0.0)),
        "answer.status": logit(seen.probability("reports.status")),
        "answer.look_up": logit(seen.probability("records.look_up")),
        "answer.verb": logit(verbs),
        "answer.words": common["words"],
        "answer.thing": common["link"],
        "answer.outside": common["outside"],
        "answer.topic": common["topic"],
        "answer.report": logit(seen.probability("reports.report")),
    }


@cache
def load_weights() -> dict[str, float]:
    """Return {feature: weight} as fitted."""
    found: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return found


def rank(candidates: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """Return (candidate, probability) pairs, the most probable first."""
    weights = load_weights()
    scores = [sum(weights.get(name, 0.0) * value for name, value in one.features.items()) for one in candidates]
    most = max(scores)
    parts = [exp(score - most) for score in scores]
    total = sum(parts)
    ranked = [(one, part / total) for one, part in zip(candidates, parts, strict=True)]
    return sorted(ranked, key=lambda pair: -pair[1])
