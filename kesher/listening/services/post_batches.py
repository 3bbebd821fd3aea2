"""Read a batch of posts and store what the watches ask for, in one transaction: masked, and once each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import transaction
from django.utils import timezone

from kesher.core.db.agency_scope import scope
from kesher.listening.bursts import Post
from kesher.listening.bursts.post_terms import find_terms, find_text_key
from kesher.listening.models import TEXT_MOST, Mention, MentionWatch, PipelineProgress, Source, Watch
from kesher.listening.pipeline.pipeline_state import PipelineState, keep_state, pipeline_state
from kesher.listening.pipeline.stage_clock import StageClock
from kesher.listening.post_analysis import PostAnalysis, analyse_posts
from kesher.listening.post_language import post_language
from kesher.listening.sentiment_label import active_classifier
from kesher.listening.services.burst_signals import Noticed, store_signals
from kesher.listening.services.mentions import change_mention, empty_mention, hash_author, is_own
from kesher.listening.services.topics import Placed, store_topics
from kesher.listening.sources.source_adapter import HeardPost
from kesher.listening.watch_query import PostText, WatchQueries, parse_query
from kesher.understanding.learning.model_store import find_model

type Matched = Sequence[int]  # the ids of the watches that match a post


@dataclass(slots=True)
class Heard:
    """A post that a watch matches: what is known of it, and the row that it becomes."""

    post: HeardPost
    watches: Matched
    analysis: PostAnalysis
    row: Mention


def hear_posts(source: Source, posts: Sequence[HeardPost], clock: StageClock | None = None) -> int:
    """Store the posts of a source that a watch matches; return how many are new.

    A post that is known is changed if its text is another, and emptied if its author deleted it; an edited post that no
    watch matches any more is emptied, too. ``clock`` is told where the time goes.
    """
    clock = clock or StageClock()
    with scope(source.agency_id), transaction.atomic():
        progress = lock_progress(source.agency_id)
        state = pipeline_state(source.agency_id, progress.batches)
        new = hear_batch(source, posts, state, clock)
        progress.batches = state.batches = progress.batches + 1
        progress.save(update_fields=["batches"])
        transaction.on_commit(lambda: keep_state(source.agency_id, state))
    return new


def lock_progress(agency_id: int) -> PipelineProgress:
    """Return the agency's count of batches, locked: two processes store one batch after the other."""
    PipelineProgress.objects.get_or_create(agency_id=agency_id)
    return PipelineProgress.objects.select_for_update().get(agency_id=agency_id)


def hear_batch(source: Source, posts: Sequence[HeardPost], state: PipelineState, clock: StageClock) -> int:
    """Store a batch in the open transaction; return how many mentions are new."""
    newest = {post.external_id: post for post in posts}  # of two states in one round, the later one
    with clock.stage("query"):
        matched = match_posts(source, list(newest.values()))
    with clock.stage("known"):
        known = {row.external_id: row for row in Mention.objects.filter(source=source, external_id__in=list(newest))}
    for row in known.values():
        change_known(row, newest[row.external_id], matched.get(row.external_id, ()))
    fresh = [newest[key] for key in matched if key not in known]
    fresh.sort(key=lambda post: post.said_at)
    heard = read_posts(source, fresh, matched, clock)
    placed, noticed = follow_stream(heard, state, clock)
    with clock.stage("store"):
        Mention.objects.bulk_create([one.row for one in heard])
        link_watches([(one.row, one.watches) for one in heard])
        store_topics(source.agency_id, placed)
        store_signals(source.agency_id, noticed)
    return len(heard)


def match_posts(source: Source, posts: Sequence[HeardPost]) -> dict[str, Matched]:
    """Return {id of a post: the ids of the watches that match it}, without those that none does and deleted ones."""
    queries = current_queries(source.agency_id)
    found: dict[str, Matched] = {}
    for post in posts:
        if not post.text:
            continue
        fields = {"lang": post_language(post.text)} if "lang" in queries.fields else {}
        matched = queries.match(PostText.of(post.text[:TEXT_MOST], source=source.kind, **fields))
        if matched:
            found[post.external_id] = matched
    return found


def current_queries(agency_id: int) -> WatchQueries:
    """Return the queries of an agency's active watches."""
    rows = Watch.objects.filter(agency=agency_id, is_active=True).order_by("pk")
    return compile_queries(tuple(rows.values_list("pk", "query")))


@lru_cache(maxsize=32)
def compile_queries(watches: tuple[tuple[int, str], ...]) -> WatchQueries:
    """Return the queries of these watches, compiled; kept as long as none of them changes."""
    return WatchQueries({number: parse_query(query) for number, query in watches})


def read_posts(
    source: Source, posts: Sequence[HeardPost], matched: Mapping[str, Matched], clock: StageClock
) -> list[Heard]:
    """Return the new posts with what is known of them."""
    now = timezone.now()
    texts = [(post.text or "")[:TEXT_MOST] for post in posts]
    found = analyse_posts(texts, active_classifier(), find_model(), clock)
    heard = []
    for post, analysis in zip(posts, found, strict=True):
        row = Mention(
            agency_id=source.agency_id,
            source=source,
            external_id=post.external_id,
            url=post.url,
            author_hash=hash_author(source, post.author),
            is_own=is_own(source, post.author),
            said_at=min(post.said_at, now),
            heard_at=now,
            **analysis_columns(analysis),
        )
        heard.append(Heard(post, matched[post.external_id], analysis, row))
    return heard


def analysis_columns(found: PostAnalysis) -> dict[str, object]:
    """Return the columns that come from a post's text, which is masked."""
    return {
        "text": found.text,
        "text_key": hashlib.sha256(find_text_key(found.text).encode()).hexdigest()[:16],
        "language": found.language,
        "sentiment": found.sentiment.label,
        "unsure": found.sentiment.unsure,
        "question": found.question,
        "urgency": found.urgency,
        "masked": list(found.masked),
    }


def follow_stream(
    heard: Sequence[Heard], state: PipelineState, clock: StageClock
) -> tuple[list[Placed], list[Noticed]]:
    """Recognise copies, put the posts into topics and count their terms; return the topics and the bursts."""
    with clock.stage("duplicates"):
        for one in heard:
            one.row.text_key = state.duplicates.find_first(one.row.text_key, find_text_key(one.analysis.text))
    with clock.stage("terms"):
        terms = [find_terms(one.analysis.text) for one in heard]
    placed: list[Placed] = []
    noticed: list[Noticed] = []
    with clock.stage("topics"):
        for one, said in zip(heard, terms, strict=True):
            cluster = state.topics.add(said, one.row.said_at.timestamp())
            if cluster is not None:
                placed.append((cluster, one.row))
    with clock.stage("bursts"):
        for one, said in zip(heard, terms, strict=True):
            author = "" if one.row.is_own else one.row.author_hash
            post = Post(one.row.said_at.timestamp(), said, author, one.row.text_key, tuple(one.watches))
            for burst in state.add_to_bursts(post):
                group, is_new = state.groups.add(burst)
                noticed.append((group, burst, is_new))
    return placed, noticed


def change_known(row: Mention, post: HeardPost, matched: Matched) -> None:
    """Change a stored mention to what its author made of it."""
    if not matched:
        if row.deleted_at is None:
            empty_mention(row)
        return
    if row.deleted_at is not None:
        return  # what was deleted does not come back by an old copy
    [found] = analyse_posts([(post.text or "")[:TEXT_MOST]], active_classifier(), find_model(), StageClock())
    if found.text != row.text:
        change_mention(row, analysis_columns(found))
        row.links.all().delete()
        link_watches([(row, matched)])


def link_watches(rows: Sequence[tuple[Mention, Matched]]) -> None:
    """Store which watches matched each mention."""
    MentionWatch.objects.bulk_create(
        MentionWatch(agency_id=mention.agency_id, mention=mention, watch_id=watch)
        for mention, matched in rows
        for watch in matched
    )
