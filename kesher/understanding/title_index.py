"""Keep an agency's titles and answers indexed in this process, as they are now."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final

import numpy as np

from kesher.core.db.agency_scope import current_agency_id
from kesher.understanding.learning.features import Floats
from kesher.understanding.learning.model_store import Model, document_features
from kesher.understanding.registry import CANDIDATES, Title
from kesher.understanding.report_topics import ReportTopics, link_topics
from kesher.understanding.text_index import TextIndex

ANSWER, TOPIC = "answer", "topic"
TEXTS: Final = (ANSWER, TOPIC)  # kinds that are found by their topics, too
FRESH: Final = 0.5  # seconds for which a version is not asked for again
WORDS_STRENGTH: Final = 0.8  # of what a thing is called besides its title


Versions = tuple[tuple[str, Hashable], ...]  # (kind, version of its titles)


@dataclass(frozen=True, slots=True)
class Collection:
    """Titles of one kind with their words, and how much each belongs to each topic of services (rows × topics)."""

    titles: tuple[Title, ...]
    index: TextIndex
    topics: Floats
    numbers: dict[str, int]  # {code: row}


@dataclass(frozen=True, slots=True)
class AgencyIndex:
    """The things that people do something with, the answers, and the topics of reports."""

    versions: Versions
    model: str
    things: tuple[tuple[str, Title], ...]
    thing_index: TextIndex
    by_code: dict[str, tuple[str, Title]]
    answers: Collection
    report_topics: ReportTopics


_indexes: dict[int, tuple[float, AgencyIndex]] = {}
_lock = Lock()


def agency_index(model: Model) -> AgencyIndex:
    """Return the index of the current agency, built anew where a title changed."""
    agency = current_agency_id()
    known = _indexes.get(agency)
    now = monotonic()
    if known is not None and now - known[0] < FRESH and known[1].model == model.name:
        return known[1]
    versions = tuple((source.kind, source.version()) for source in CANDIDATES.sources.values())
    if known is not None and known[1].versions == versions and known[1].model == model.name:
        _indexes[agency] = (now, known[1])
        return known[1]
    with _lock:
        index = build_index(model, versions, known[1] if known is not None else None)
        _indexes[agency] = (now, index)
    return index


def build_index(model: Model, versions: Versions, before: AgencyIndex | None) -> AgencyIndex:
    """Index the titles of all kinds; what is known of one that did not change is taken over."""
    same = before if before is not None and before.model == model.name else None
    changed = {kind for kind, version in versions if same is None or (kind, version) not in same.versions}
    things = tuple(
        (kind, title) for kind, source in CANDIDATES.sources.items() if kind not in TEXTS for title in source.titles()
    )
    return AgencyIndex(
        versions,
        model.name,
        things,
        TextIndex([phrases_of(title) for _kind, title in things], model.rarity),
        {title.code: (kind, title) for kind, title in things},
        same.answers if same and ANSWER not in changed else collect(ANSWER, model, same.answers if same else None),
        same.report_topics
        if same and TOPIC not in changed
        else link_topics(titles_of(TOPIC), model.problems, model.rarity),
    )


def collect(kind: str, model: Model, before: Collection | None) -> Collection:
    """Return the titles of a kind that is found by its topics, too."""
    titles = titles_of(kind)
    known = dict(zip(map(key_of, before.titles), before.topics, strict=True)) if before is not None else {}
    rows = [
        row
        if (row := known.get(key_of(title))) is not None
        else model.topics.topics_of(document_features(key_of(title)))
        for title in titles
    ]
    topics = np.stack(rows) if rows else np.zeros((0, len(model.topics.names)), dtype=np.float32)
    index = TextIndex([phrases_of(title) for title in titles], model.rarity)
    return Collection(titles, index, topics, {title.code: at for at, title in enumerate(titles)})


def titles_of(kind: str) -> tuple[Title, ...]:
    """Return the titles of a kind; none where no app registered it."""
    return tuple(CANDIDATES.sources[kind].titles()) if kind in CANDIDATES.sources else ()


def key_of(title: Title) -> tuple[str, ...]:
    """Return what an answer's topics depend on."""
    return (*title.titles.values(), *title.words)


def phrases_of(title: Title) -> list[tuple[str, float]]:
    """Return what a thing is called, as (phrase, strength) pairs."""
    return [*((phrase, 1.0) for phrase in title.titles.values()), *((word, WORDS_STRENGTH) for word in title.words)]


def forget_indexes() -> None:
    """Forget all indexes of this process (for tests)."""
    _indexes.clear()
