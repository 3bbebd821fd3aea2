"""Gather what is known of a message: its class, its topics, the things it names and the answers that fit."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.dialogues.registry import REGISTRY
from kesher.language import digits, names_danger
from kesher.understanding.candidates import SITUATIONS, AnswerEvidence, Evidence, ThingLink
from kesher.understanding.learning.classifier import softmax
from kesher.understanding.learning.features import Floats, text_features
from kesher.understanding.learning.model_store import Model
from kesher.understanding.message_text import Reading
from kesher.understanding.registry import CANDIDATES, Hit
from kesher.understanding.text_index import Link
from kesher.understanding.title_index import AgencyIndex, Collection

LINKS_MOST: Final = 12
ANSWERS_MOST: Final = 4  # of those with the nearest topics, and of those with the likest questions
STEEP: Final = 25.0  # how much the nearest topics count more than others
OUTSIDE: Final = "other_"  # begins the names of topics that are not a town's business
_CODE: Final = re.compile(r"\d{4,8}")


def gather(reading: Reading, model: Model, index: AgencyIndex) -> Evidence:
    """Return what is known of a message."""
    features = text_features(reading.text, list(reading.said))
    raw = softmax(model.classifier.scores(features)[None, :])[0]
    found = dict(zip(model.classifier.classes, raw.tolist(), strict=True))
    ordinary = 1 - sum(found.get(name, 0.0) for name in SITUATIONS) + 1e-6
    near = model.topics.nearness(features)
    outside = np.array([name.startswith(OUTSIDE) for name in model.topics.names])
    links = index.thing_index.find(reading.said, LINKS_MOST)
    codes = _CODE.findall(digits(reading.text))
    return Evidence(
        said=reading.said,
        raw=found,
        classes={name: value / ordinary for name, value in found.items() if name not in SITUATIONS},
        links=[ThingLink(*index.things[link.number], link) for link in links],
        answers=gather_answers(reading, near, index.answers),
        code=next((index.by_code[code] for code in codes if code in index.by_code), None),
        danger=names_danger(reading.text),
        topic=float(near[~outside].max(initial=0.0)),
        outside=float(near[outside].max(initial=0.0)),
        inside=inside_odds(near, outside),
        needs=frozenset(name for name, entry in REGISTRY.skills.items() if entry.needs_subject),
    )


def inside_odds(near: Floats, outside: NDArray[np.bool_]) -> float:
    """Return the logarithm of the odds that a message is about a topic of a town, by all topics together."""
    parts = np.exp(STEEP * (near - near.max(initial=0.0)))
    return float(np.log((parts[~outside].sum() + 1e-3) / (parts[outside].sum() + 1e-3)))


def gather_answers(reading: Reading, near: Floats, answers: Collection) -> list[AnswerEvidence]:
    """Return the answers that may fit: those of the search, of the nearest topics, and with the likest questions."""
    hits = {hit.slug: hit for hit in CANDIDATES.search(reading.text, reading.lang) if hit.slug in answers.numbers}
    links = {link.number: link for link in answers.index.find(reading.said, ANSWERS_MOST)}
    topics = answers.topics @ near
    nearest = np.argsort(-topics, kind="stable")[:ANSWERS_MOST].tolist()
    best = max((hit.score for hit in hits.values()), default=0.0)
    first = next(iter(hits), "")
    found = []
    for number in dict.fromkeys([*(answers.numbers[slug] for slug in hits), *links, *nearest]):
        title = answers.titles[number]
        hit = hits.get(title.code) or Hit(title.code, 0.0, 0.0, 0.0)
        link = links.get(number) or Link(number, 0.0, 0.0, 0.0)
        relative = hit.score / best if best else 0.0
        found.append(AnswerEvidence(title, hit, relative, title.code == first, link, float(topics[number])))
    return found
