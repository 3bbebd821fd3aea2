"""Find messages that say the same within minutes, in any words and languages: one event that many notice.

In a quiet hour a message such as "is it only here?" says nothing; while a hundred people write that there is no water,
it is about the water. So the shares of the kinds of events among the messages are estimated from the messages
themselves, and each message's probabilities are shifted by them (Saerens, Latinne, Decaestecker 2002). Then the words
of this event, such as its streets, are learned from what is surely about it (naive Bayes with EM, Nigam et al. 2000). A
wording that several people use counts for each of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kesher.incidents.event_kinds import ALIKE, ECHO, OTHER, EventKinds, features_of
from kesher.understanding.learning.classifier import weigh
from kesher.understanding.learning.features import GROUPS, Features

Numbers = NDArray[np.float64]

MEMBER_FROM: Final = 0.93  # probability from which a message belongs to an event
SMALL: Final = 60  # messages of an event below which each must speak for itself
OWN_FROM: Final = 1.0  # how many times likelier than in a quiet hour the words of such a message must make the event
RISEN: Final = 5.0  # messages by which a kind must exceed a quiet hour
ALIKE_SHARE: Final = 0.12  # of the main kind's messages from which a kind like it joins it
LIKE_FROM: Final = 0.45  # cosine from which two wordings are the same
REPEATED: Final = 1.4  # how much it counts that others use the same wording
SHIFTS: Final = 30  # rounds of the estimate of shares
FLOOR: Final = 2.0  # messages that the quiet hour counts for
ROUNDS: Final = 8  # of learning an event's words
PRIOR: Final = 3.0  # messages of an event that the common words count for
PRIOR_OTHER: Final = 60.0
WORTH: Final = 0.5  # of an event's words beside the kind
LEAST: Final = -0.6  # of a word's log-odds
MOST: Final = 2.5
UNKNOWN: Final = 1 / 9000  # share of messages that have a word which was never learned
WORDS_MOST: Final = 400  # that an event's profile keeps
LEARNED: Final = np.array([GROUPS[group] for group in "kmb"])  # stems, concepts, pairs of words
EVENTS_MOST: Final = 6
WORDINGS_LEAST: Final = 3.0  # of a smaller event beside a large one; fewer are repeated by chance
COMPARED_MOST: Final = 800  # newest messages whose wordings are compared with each other
_WORD: Final = re.compile(r"[^\W\d_]{3,}(?:[’'״׳\"-][^\W\d_]+)*")


class Written(NamedTuple):
    """A message that somebody wrote: ids of the message and of its contact."""

    id: int
    contact: int
    text: str
    lang: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """Messages about one event. ``profile`` recognises later ones (JSON); ``known``: the event that it belongs to.

    ``words``: the most telling words, for a title; ``members``: the ids of the messages.
    """

    profile: dict[str, Any]
    members: list[int]
    known: int | None
    words: list[str]

    @property
    def kind(self) -> str:
        """Return the kind of event; "" where it is none of those known."""
        return str(self.profile["kind"])


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages of a window as matrices: ``words`` and ``owners`` are the pairs of a word and its message."""

    features: list[Features]
    kinds: Numbers  # messages × kinds, in a quiet hour
    vocabulary: NDArray[np.int32]
    words: NDArray[np.intp]
    owners: NDArray[np.intp]
    common: Numbers  # share of ordinary messages with each word
    worth: Numbers
    repeats: Numbers  # how many other people use the same wording


def find_clusters(written: Sequence[Written], model: EventKinds, known: Mapping[int, dict[str, Any]]) -> list[Cluster]:
    """Return the events that these messages are about, the largest first; a message belongs to one at most.

    ``known``: profiles of events that were found before, by id.
    """
    if not written:
        return []
    seen = prepare(written, model)
    names = model.names
    shifted, shares = shift(seen.kinds, model.quiet.astype(np.float64))
    free = np.ones(len(written), dtype=bool)
    clusters: list[Cluster] = []
    for kind in np.argsort(-shares):
        risen = float(shares[kind] - model.quiet[kind]) * len(written)
        if names[kind] in (OTHER, ECHO) or len(clusters) == EVENTS_MOST:
            continue
        mine = next((pk for pk, profile in known.items() if profile["kind"] == names[kind]), None)
        if risen < (1.0 if mine is not None else RISEN):
            continue
        same = [kind, *(other for other in range(len(names)) if joins(other, int(kind), names, shares))]
        echo = [names.index(ECHO)] if shares[kind] >= 0.5 * sum_of_events(shares, names) else []
        start = shifted[:, [*same, *echo]].sum(axis=1)
        chance, odds = learn_words(seen, start)
        own = (seen.kinds[:, [*same, *echo]] / model.quiet[[*same, *echo]]).max(axis=1)
        members = np.flatnonzero(free & (chance >= MEMBER_FROM))
        if len(members) < SMALL:
            members = members[own[members] >= OWN_FROM]
        if not len(members):
            continue
        free[members] = False
        if clusters and (1 / (1 + seen.repeats[members])).sum() < WORDINGS_LEAST:
            clusters[0].members.extend(written[at].id for at in members.tolist())
            continue
        profile = make_profile(names[kind], [names[one] for one in [*same, *echo]], shares, model, seen, odds, chance)
        joined = join_known(profile, known)
        clusters.append(
            Cluster(
                profile,
                [written[at].id for at in members.tolist()],
                joined,
                telling_words(written, members, seen, odds),
            )
        )
    return sorted(clusters, key=lambda one: -len(one.members))


def is_about(text: str, profile: Mapping[str, Any], model: EventKinds) -> bool:
    """Return whether a message is about the event of this profile."""
    features = features_of(text)
    ratio = np.array([profile["shares"].get(name, 1.0) for name in model.names])
    shifted = model.probabilities(features) * ratio
    chance = float(sum(shifted[model.names.index(name)] for name in profile["kinds"] if name in model.names))
    chance = min(max(chance / float(shifted.sum()), 1e-4), 1 - 1e-4)
    ids = features.ids[np.isin(features.ids & 7, LEARNED)]
    score = sum(profile["words"].get(str(word), profile["unsaid"]) * worth_of(word) for word in ids.tolist())
    return bool(logit(chance) + WORTH * score / np.sqrt(1 + len(ids) / 6) >= logit(MEMBER_FROM))


def prepare(written: Sequence[Written], model: EventKinds) -> Messages:
    """Return the messages as matrices."""
    features = [features_of(one.text) for one in written]
    kinds = np.array([model.probabilities(one) for one in features], dtype=np.float64)
    learned = [one.ids[np.isin(one.ids & 7, LEARNED)] for one in features]
    vocabulary, words = np.unique(np.concatenate(learned), return_inverse=True)
    owners = np.repeat(np.arange(len(features)), [len(ids) for ids in learned])
    ids, idf = model.classifier.ids, model.classifier.idf
    rows = np.searchsorted(ids, vocabulary)
    rows[rows == len(ids)] = 0
    common = np.where(ids[rows] == vocabulary, np.exp(-idf[rows]), UNKNOWN)
    worth = np.where((vocabulary & 7) == GROUPS["b"], 0.5, 1.0)
    return Messages(features, kinds, vocabulary, words, owners, common, worth, count_repeats(written, features, model))


def shift(kinds: Numbers, quiet: Numbers) -> tuple[Numbers, Numbers]:
    """Return (the messages' probabilities, the kinds' shares) that fit each other, from those of a quiet hour."""
    shares = quiet.copy()
    for _round in range(SHIFTS):
        found = kinds * (shares / quiet)
        found /= found.sum(axis=1, keepdims=True)
        shares = (found.sum(axis=0) + FLOOR * quiet) / (len(kinds) + FLOOR)
    return found, shares


def joins(other: int, kind: int, names: Sequence[str], shares: Numbers) -> bool:
    """Return whether messages of another kind are about the same event as those of the main kind."""
    alike = any({names[other], names[kind]} <= group for group in ALIKE)
    return other != kind and alike and bool(ALIKE_SHARE * shares[kind] <= shares[other] <= shares[kind])


def sum_of_events(shares: Numbers, names: Sequence[str]) -> float:
    """Return the share of messages about any event."""
    return float(sum(share for share, name in zip(shares, names, strict=True) if name not in (OTHER, ECHO)))


def count_repeats(written: Sequence[Written], features: Sequence[Features], model: EventKinds) -> Numbers:
    """Return for each message how many other people use the same wording, as the cosine of its features tells."""
    early = max(0, len(features) - COMPARED_MOST)
    vectors = [weigh(one, model.classifier.ids, model.classifier.idf) for one in features[early:]]
    index: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for number, (rows, values) in enumerate(vectors):
        length = float(np.sqrt(values @ values)) + 1e-9
        for row, value in zip(rows.tolist(), (values / length).tolist(), strict=True):
            index[row].append((number, value))
    likeness = np.zeros((len(vectors), len(vectors)), dtype=np.float32)
    for pairs in index.values():
        if 1 < len(pairs) <= len(vectors) / 2:
            at = np.array([number for number, _value in pairs])
            values = np.array([value for _number, value in pairs], dtype=np.float32)
            likeness[np.ix_(at, at)] += np.outer(values, values)
    contacts = np.array([one.contact for one in written[early:]])
    alike = [set(contacts[likeness[at] > LIKE_FROM].tolist()) - {contacts[at]} for at in range(len(vectors))]
    return np.array([0] * early + [len(others) for others in alike], dtype=float)


def learn_words(seen: Messages, start: Numbers) -> tuple[Numbers, Numbers]:
    """Return (each message's probability to be about the event, the log-odds of each word), from a first guess."""
    count = len(start)
    sizes = np.bincount(seen.owners, minlength=count)
    first = logit(np.clip(start, 1e-4, 1 - 1e-4)) + REPEATED * np.log1p(seen.repeats)
    chance = 1 / (1 + np.exp(-first))
    totals = np.bincount(seen.words, minlength=len(seen.vocabulary))
    for _round in range(ROUNDS):
        inside = np.bincount(seen.words, weights=chance[seen.owners], minlength=len(seen.vocabulary))
        own, common = chance[seen.owners], seen.common[seen.words]
        whole = chance.sum()
        # without the message itself, which would confirm what was guessed of it
        here = (inside[seen.words] - own + PRIOR * common) / (whole - own + PRIOR)
        there = (totals[seen.words] - inside[seen.words] - (1 - own) + PRIOR_OTHER * common) / (
            count - whole - (1 - own) + PRIOR_OTHER
        )
        odds = np.clip(np.log(np.maximum(here, 1e-9) / np.maximum(there, 1e-9)), LEAST, MOST) * seen.worth[seen.words]
        score = np.bincount(seen.owners, weights=odds, minlength=count)
        chance = 1 / (1 + np.exp(-(first + WORTH * score / np.sqrt(1 + sizes / 6))))
    inside = np.bincount(seen.words, weights=chance[seen.owners], minlength=len(seen.vocabulary))
    here = (inside + PRIOR * seen.common) / (chance.sum() + PRIOR)
    there = (totals - inside + PRIOR_OTHER * seen.common) / (count - chance.sum() + PRIOR_OTHER)
    return chance, np.clip(np.log(here / there), LEAST, MOST)


def make_profile(
    kind: str,
    kinds: list[str],
    shares: Numbers,
    model: EventKinds,
    seen: Messages,
    odds: Numbers,
    chance: Numbers,
) -> dict[str, Any]:
    """Return what recognises later messages about an event, as JSON."""
    ratio = shares / model.quiet
    best = np.argsort(-np.abs(odds) * np.log1p(np.bincount(seen.words, weights=chance[seen.owners])))[:WORDS_MOST]
    unsaid = float(np.clip(np.log(PRIOR / (chance.sum() + PRIOR)), LEAST, 0))
    return {
        "kind": kind,
        "kinds": kinds,
        "shares": {name: round(float(value), 4) for name, value in zip(model.names, ratio, strict=True)},
        "words": {str(seen.vocabulary[at]): round(float(odds[at]), 3) for at in best.tolist()},
        "unsaid": round(unsaid, 3),
    }


def join_known(profile: Mapping[str, Any], known: Mapping[int, dict[str, Any]]) -> int | None:
    """Return the event found before that is of this kind, or of one like it; None for none."""
    for pk, other in known.items():
        if other["kind"] == profile["kind"]:
            return pk
    return next((pk for pk, other in known.items() if other["kind"] in profile["kinds"]), None)


def telling_words(written: Sequence[Written], members: NDArray[np.intp], seen: Messages, odds: Numbers) -> list[str]:
    """Return the words that tell most of what the members are about, as people write them."""
    value = dict(zip(seen.vocabulary.tolist(), odds.tolist(), strict=True))
    said: Counter[str] = Counter()
    for at in members.tolist():
        said.update(set(_WORD.findall(written[at].text)))
    scored = {
        word: times * max((value.get(one, 0.0) for one in features_of(word).ids.tolist()), default=0.0)
        for word, times in said.most_common(60)
    }
    return [word for word, score in sorted(scored.items(), key=lambda pair: -pair[1])[:4] if score > 0]


def worth_of(word: int) -> float:
    """Return how much a feature counts: a pair of words half."""
    return 0.5 if word & 7 == GROUPS["b"] else 1.0


def logit(chance: Any) -> Any:
    """Return the logarithm of the odds of a probability."""
    return np.log(chance / (1 - chance))
