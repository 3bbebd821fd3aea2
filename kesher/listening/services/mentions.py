"""Store what was heard: only posts that a watch matches, masked, once each; what is deleted there goes here."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from kesher.core.db.agency_scope import everywhere, scope
from kesher.listening.bursts.post_terms import find_text_key
from kesher.listening.models import TEXT_MOST, Mention, MentionWatch, Source, Watch
from kesher.listening.post_analysis import PostAnalysis, analyse_post
from kesher.listening.post_language import post_language
from kesher.listening.sentiment_label import active_classifier
from kesher.listening.sources.source_adapter import HeardPost
from kesher.listening.watch_query import PostText, WatchQueries, parse_query
from kesher.understanding.learning.model_store import find_model

FORGOTTEN_AT_ONCE = 5000


@transaction.atomic
def hear_posts(source: Source, posts: Sequence[HeardPost]) -> int:
    """Store the posts of a source that a watch matches; return how many are new.

    A post that is known is changed if its text is another, and emptied if its author deleted it; an edited post that no
    watch matches any more is emptied, too.
    """
    newest = {post.external_id: post for post in posts}  # of two states in one round, the later one
    known = {row.external_id: row for row in Mention.objects.filter(source=source, external_id__in=newest)}
    queries = current_queries(source.agency_id)
    fresh: list[tuple[Mention, list[int]]] = []
    for post in newest.values():
        row = known.get(post.external_id)
        matched = match_post(queries, source, post)
        if row is None and matched:
            fresh.append((make_mention(source, post), matched))
        elif row is not None:
            change_mention(row, source, post, matched)
    Mention.objects.bulk_create([mention for mention, _matched in fresh])
    link_watches(source, fresh)
    return len(fresh)


def match_post(queries: WatchQueries, source: Source, post: HeardPost) -> list[int]:
    """Return the ids of the watches that match a post; [] for a deleted one."""
    if not post.text:
        return []
    fields = {"lang": post_language(post.text), "source": source.kind}
    return queries.match(PostText.of(post.text, **fields))


def current_queries(agency_id: int) -> WatchQueries:
    """Return the queries of an agency's active watches."""
    rows = Watch.objects.filter(agency=agency_id, is_active=True).order_by("pk")
    return compile_queries(tuple(rows.values_list("pk", "query")))


@lru_cache(maxsize=32)
def compile_queries(watches: tuple[tuple[int, str], ...]) -> WatchQueries:
    """Return the queries of these watches, compiled; kept as long as none of them changes."""
    return WatchQueries({number: parse_query(query) for number, query in watches})


def make_mention(source: Source, post: HeardPost) -> Mention:
    """Return a post as a row that is not stored yet."""
    mention = Mention(
        agency_id=source.agency_id,
        source=source,
        external_id=post.external_id,
        url=post.url,
        author_hash=hash_author(source, post.author),
        said_at=post.said_at,
        heard_at=timezone.now(),
    )
    for name, value in describe_post(post).items():
        setattr(mention, name, value)
    return mention


def describe_post(post: HeardPost) -> Mapping[str, object]:
    """Return the columns that come from a post's text, masked."""
    text = (post.text or "")[:TEXT_MOST]
    found: PostAnalysis = analyse_post(text, active_classifier(), find_model())
    return {
        "text": found.text,
        "text_key": hashlib.sha256(find_text_key(text).encode()).hexdigest()[:16],
        "language": found.language,
        "sentiment": found.sentiment.label,
        "unsure": found.sentiment.unsure,
        "question": found.question,
        "urgency": found.urgency,
        "masked": list(found.masked),
    }


def change_mention(row: Mention, source: Source, post: HeardPost, matched: list[int]) -> None:
    """Change a stored mention to what its author made of it."""
    if not matched:
        if row.deleted_at is None:
            empty_mention(row)
        return
    if row.deleted_at is not None:
        return  # what was deleted does not come back by an old copy
    columns = describe_post(post)
    if columns["text"] == row.text:
        return
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    row.links.all().delete()
    link_watches(source, [(row, matched)])


def empty_mention(row: Mention) -> None:
    """Remove what was said from a mention; the row stays, so that it is not heard again."""
    row.text, row.url, row.author_hash, row.text_key, row.masked = "", "", "", "", []
    row.deleted_at = timezone.now()
    row.save(update_fields=["text", "url", "author_hash", "text_key", "masked", "deleted_at"])


def link_watches(source: Source, rows: Sequence[tuple[Mention, list[int]]]) -> None:
    """Store which watches matched each mention."""
    MentionWatch.objects.bulk_create(
        MentionWatch(agency_id=source.agency_id, mention=mention, watch_id=watch)
        for mention, matched in rows
        for watch in matched
    )


def hash_author(source: Source, author: str) -> str:
    """Return a salted hash by which an author's posts at one source are counted as one person's; "" for nobody."""
    if not author:
        return ""
    said = f"listening|{source.agency_id}|{source.kind}|{author}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()[:16]


def forget_mentions() -> int:
    """Delete the mentions whose time is over for every watch that matched them; return how many."""
    now, forgotten = timezone.now(), 0
    with everywhere("agencies that listen"):
        agencies = list(Watch.objects.values_list("agency_id", flat=True).distinct())
    for agency_id in agencies:
        with scope(agency_id):
            old = Mention.objects.annotate(days=Max("links__watch__retention_days"))
            rows = old.order_by("heard_at").values_list("pk", "heard_at", "days")[:FORGOTTEN_AT_ONCE]
            past = [pk for pk, heard_at, days in rows if heard_at < now - timedelta(days=days or 0)]
            Mention.objects.filter(pk__in=past).delete()
            forgotten += len(past)
    return forgotten
