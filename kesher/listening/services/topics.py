"""Store the topics of a batch: from the third text of its own on, a topic has a row, and its mentions name it."""

from __future__ import annotations

from collections.abc import Sequence

from kesher.listening.models import Mention, Topic
from kesher.listening.pipeline.pipeline_state import to_time
from kesher.listening.pipeline.topic_clusters import MEMBERS_LEAST, TopicCluster

type Placed = tuple[TopicCluster, Mention]  # a topic, and a stored mention that is about it


def store_topics(agency_id: int, placed: Sequence[Placed]) -> None:
    """Store the topics of mentions that were just stored, and which mention is about which."""
    touched = {cluster.number: cluster for cluster, _row in placed}
    for cluster, row in placed:
        if cluster.pk is None:
            cluster.members.append(row.pk)
    worthy = [one for one in touched.values() if one.pk is None and len(one.members) >= MEMBERS_LEAST]
    old = [make_row(agency_id, cluster) for cluster in touched.values() if cluster.pk is not None]
    Topic.objects.bulk_update(old, ["words", "terms", "last_at"])
    for cluster, made in zip(
        worthy, Topic.objects.bulk_create(make_row(agency_id, one) for one in worthy), strict=True
    ):
        cluster.pk = made.pk
        Mention.objects.filter(pk__in=cluster.members, deleted_at=None).update(topic=made)
        cluster.members.clear()
    fresh = {cluster.number for cluster in worthy}
    rows = [row for cluster, row in placed if cluster.pk is not None and cluster.number not in fresh]
    for cluster, row in placed:
        row.topic_id = cluster.pk
    Mention.objects.bulk_update(rows, ["topic"])


def make_row(agency_id: int, cluster: TopicCluster) -> Topic:
    """Return a topic as a row that is not stored."""
    terms = {term: [round(weight, 3), cluster.words.get(term, "")] for term, weight in cluster.weights.items()}
    at = to_time(cluster.last_at)
    return Topic(pk=cluster.pk, agency_id=agency_id, words=cluster.label(), terms=terms, began_at=at, last_at=at)
