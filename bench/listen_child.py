"""The child processes of `bench.listen`: they prepare, hear the stream, fill the tables and count."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402  # Django must be set up first
from django.db import connection  # noqa: E402

from bench.post_stream import PostStream  # noqa: E402
from kesher.agencies.models import Agency, Role, Staff  # noqa: E402
from kesher.agencies.services import create_agency  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.listening.labelled_texts import distinct_texts, read_labelled  # noqa: E402
from kesher.listening.model_files import activate_model, save_model  # noqa: E402
from kesher.listening.models import Mention, MentionWatch, Signal, Source, Topic, Watch  # noqa: E402
from kesher.listening.pipeline.stage_clock import StageClock  # noqa: E402
from kesher.listening.sentiment_model import train_sentiment  # noqa: E402
from kesher.listening.services.source_updates import store_fetched  # noqa: E402
from kesher.listening.sources.source_adapter import Fetched  # noqa: E402

WARM: Final = 5  # batches before the clock starts: caches fill, as in a process that runs for days
Json = dict[str, Any]


def prepare(texts: str) -> Json:
    """Make the tables, an agency with the watches and a source, and a model of sentiment from labelled texts."""
    call_command("migrate", verbosity=0)
    agency = create_agency(slug="bench", names={"he": "עיריית נווה־ים"}, languages=["he", "ar", "ru", "en"])
    with scope(agency):
        owner = Staff.objects.create(
            agency=agency, user=User.objects.create_user("bench"), name="Bench", role=Role.MANAGER
        )
        Watch.objects.bulk_create(
            Watch(agency=agency, name=f"watch {number}", query=query, purpose="bench", legal_basis="bench", owner=owner)
            for number, (_lang, _rare, query) in enumerate(PostStream().queries)
        )
        Source.objects.create(agency=agency, kind="feed", name="stream")
    if not Path(texts).exists():
        return {"model": "none", "model_texts": 0}
    rows = distinct_texts(read_labelled(Path(texts), "tsv"))
    model, scores, _took = train_sentiment(rows)
    save_model("bench", model)
    activate_model("bench")
    return {"model": f"accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}", "model_texts": len(rows)}


def hear(first: int, last: int, batch: int) -> Json:
    """Hear the posts from where the source was read, or from `first`; print a line for each stored batch."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    stream, clock = PostStream(), StageClock()
    source = Source.objects.select_related("agency").get()
    at = max(first, int(source.cursor.get("at", 0)))
    taken, used, measured, warm = 0.0, 0.0, 0, WARM
    while at < last:
        until = min(at + batch, last)
        posts = tuple(post for post, _matches in stream.posts(at, until))
        clock = StageClock() if warm == 0 and not measured else clock
        began, cpu = time.perf_counter(), time.process_time()
        store_fetched(source, Fetched(posts, {"at": until}), clock)
        if warm:
            warm -= 1
        else:
            taken += time.perf_counter() - began
            used += time.process_time() - cpu
            measured += len(posts)
        at = until
        print(at, flush=True)
    if not measured:
        return {}
    clock.seconds["other"] = taken - sum(clock.seconds.values())
    return {
        "posts_per_s": round(measured / taken),
        "cpu_posts_per_s": round(measured / used),
        "stages": {name: round(seconds / measured * 1e6, 1) for name, seconds in clock.seconds.items()},
    }


def fill(stored: int) -> Json:
    """Copy stored mentions, with ids and times of their own, until there are so many more."""
    newest = Mention.objects.order_by("-pk").values_list("pk", flat=True)[0]
    copied = list(Mention.objects.order_by("pk").values_list("pk", flat=True)[:2_000])
    table = Mention._meta.db_table
    columns = [str(field.column) for field in Mention._meta.concrete_fields]
    made = {"id": "?1 + n * ?2 + m.rank", "external_id": "printf('old-%08x-%d', (n * ?2 + m.rank) * 2654435761 % 4294967296, n * ?2 + m.rank)",
            "said_at": "datetime(m.said_at, printf('-%d seconds', 86400 + (n * ?2 + m.rank) % 7000000))", "topic_id": "NULL"}  # fmt: skip
    chosen = ", ".join(made.get(column, f"m.{column}") for column in columns)
    rounds = -(-stored // len(copied))
    with connection.cursor() as cursor:
        for start in range(0, rounds, 100):
            end = min(start + 100, rounds)
            cursor.connection.execute(
                f"WITH RECURSIVE turns(n) AS (SELECT ?3 UNION ALL SELECT n + 1 FROM turns WHERE n + 1 < ?4), "
                f"m AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS rank FROM {table} WHERE id <= ?5) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM turns, m",
                (newest + 1, len(copied), start, end, copied[-1]),
            )
            links = MentionWatch._meta.db_table
            cursor.connection.execute(
                f"INSERT INTO {links} (agency_id, mention_id, watch_id) SELECT agency_id, id, 1 + id % 1000 FROM {table} "
                "WHERE id >= ?1",
                (newest + 1 + start * len(copied),),
            )
    return {"stored": Mention.objects.count()}


def check(posts: int) -> Json:
    """Compare what is stored with what the stream has in it."""
    wanted = {post.external_id for post, matches in PostStream().posts(0, posts) if matches}
    rows = Counter(Mention.objects.filter(external_id__startswith="post-").values_list("external_id", flat=True))
    keys = Counter(Mention.objects.filter(external_id__startswith="post-").values_list("text_key", flat=True))
    return {
        "lost": len(wanted - rows.keys()) + len(rows.keys() - wanted),
        "duplicated": sum(count - 1 for count in rows.values()),
        "copies": sum(count - 1 for count in keys.values()),
        "topics": Topic.objects.count(),
        "signals": Signal.objects.count(),
    }


def main() -> None:
    """Run one command and print its result as JSON."""
    verb, *arguments = sys.argv[1:]
    if verb == "prepare":
        print(json.dumps(prepare(*arguments)))
        return
    with scope(Agency.objects.get()):
        numbers = [int(argument) for argument in arguments]
        verbs: dict[str, Callable[..., Json]] = {"hear": hear, "fill": fill, "check": check}
        found = verbs[verb](*numbers)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
