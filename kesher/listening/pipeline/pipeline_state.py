"""What the pipeline of one agency remembers from batch to batch: texts, topics, counts of terms, groups of bursts.

It is in memory, and is made again from the mentions of the last weeks when a process starts, when another process has
stored a batch since, or when a batch failed: the number of stored batches tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from kesher.listening.bursts import Burst, BurstDetector, BurstGroup, BurstGroups, Post
from kesher.listening.bursts.burst_groups import SILENCE as GROUP_SILENCE
from kesher.listening.bursts.post_terms import find_terms, find_text_key
from kesher.listening.models import Mention, MentionWatch, Signal, Topic
from kesher.listening.pipeline.near_duplicates import NearDuplicates
from kesher.listening.pipeline.topic_clusters import SILENCE as TOPIC_SILENCE
from kesher.listening.pipeline.topic_clusters import TopicCluster, TopicClusters

REPLAYED: Final = timedelta(days=21)
REPLAYED_MOST: Final = 50_000  # mentions
LATE: Final = timedelta(days=1)  # what was said longer ago than the newest post is no burst any more


@dataclass(slots=True)
class PipelineState:
    """The state after so many batches. ``newest``: when the newest post was said, in seconds."""

    batches: int
    duplicates: NearDuplicates = field(default_factory=NearDuplicates)
    topics: TopicClusters = field(default_factory=TopicClusters)
    detector: BurstDetector = field(default_factory=BurstDetector)
    groups: BurstGroups = field(default_factory=BurstGroups)
    newest: float = 0.0

    def add_to_bursts(self, post: Post) -> list[Burst]:
        """Count a post of a person and return the bursts that it completes; nothing for one that was said long ago."""
        if not post.author or post.at < self.newest - LATE.total_seconds():
            return []
        self.newest = max(self.newest, post.at)
        return self.detector.add(post)


_states: dict[int, PipelineState] = {}


def pipeline_state(agency_id: int, batches: int) -> PipelineState:
    """Return the agency's state after so many batches, read anew if it is not in memory. It is taken out of memory.

    `keep_state` puts it back after the batch is stored: what a failed batch left in it is not used.
    """
    found = _states.pop(agency_id, None)
    return found if found is not None and found.batches == batches else read_state(agency_id, batches)


def keep_state(agency_id: int, state: PipelineState) -> None:
    """Keep the state that a stored batch left."""
    _states[agency_id] = state


def read_state(agency_id: int, batches: int) -> PipelineState:
    """Return the state that the stored mentions of the last weeks make."""
    state = PipelineState(batches)
    rows = Mention.objects.filter(agency=agency_id, deleted_at=None).order_by("-said_at", "-id")
    newest = rows.values_list("said_at", flat=True).first()
    if newest is None:
        return state
    clusters = read_topics(state, newest)
    read_groups(state, newest)
    recent = list(rows.filter(said_at__gte=newest - REPLAYED)[:REPLAYED_MOST])
    watches = watches_by_mention(recent)
    for row in reversed(recent):
        replay_mention(state, row, clusters, watches.get(row.pk, ()))
    return state


def replay_mention(
    state: PipelineState, row: Mention, clusters: Mapping[int, TopicCluster], watches: tuple[int, ...]
) -> None:
    """Count a stored mention as when it was heard; nothing is stored or reported."""
    terms, at = find_terms(row.text), row.said_at.timestamp()
    first = state.duplicates.find_first(row.text_key, find_text_key(row.text))
    cluster = state.topics.replay(terms, at, clusters.get(row.topic_id or 0))
    if cluster is not None and cluster.pk is None:
        cluster.members.append(row.pk)
    author = "" if row.is_own else row.author_hash
    state.add_to_bursts(Post(at, terms, author, first, watches))


def read_topics(state: PipelineState, newest: datetime) -> dict[int, TopicCluster]:
    """Put the stored topics that are not over into the state; return them by the id of their row."""
    rows = Topic.objects.filter(last_at__gte=newest - timedelta(seconds=TOPIC_SILENCE))
    return {row.pk: state.topics.put(to_cluster(row)) for row in rows}


def to_cluster(row: Topic) -> TopicCluster:
    """Return a stored topic as the clusters have it."""
    words = {term: said for term, (_weight, said) in row.terms.items()}
    weights = {term: weight for term, (weight, _said) in row.terms.items()}
    return TopicCluster(row.last_at.timestamp(), row.pk, len(weights), weights, words)


def read_groups(state: PipelineState, newest: datetime) -> None:
    """Put the signals that are not over into the state as groups of bursts."""
    for row in Signal.objects.filter(last_at__gte=newest - timedelta(seconds=GROUP_SILENCE)).order_by("began_at"):
        group = BurstGroup(row.began_at.timestamp(), row.last_at.timestamp(), row.profile, row=row.pk)
        state.groups.current.append(group)


def watches_by_mention(rows: list[Mention]) -> dict[int, tuple[int, ...]]:
    """Return {mention: ids of the watches that matched it}."""
    found: dict[int, tuple[int, ...]] = {}
    pks = [row.pk for row in rows]
    for start in range(0, len(pks), 5_000):
        links = MentionWatch.objects.filter(mention__in=pks[start : start + 5_000])
        for mention, watch in links.values_list("mention_id", "watch_id"):
            found[mention] = (*found.get(mention, ()), watch)
    return found


def to_time(at: float) -> datetime:
    """Return a moment of the pipeline, in seconds, as the tables have it."""
    return datetime.fromtimestamp(at, UTC)
