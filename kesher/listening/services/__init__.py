"""What listening writes: watches, sources, and the mentions that are found."""

from kesher.listening.services.mentions import forget_mentions
from kesher.listening.services.post_batches import hear_posts
from kesher.listening.services.source_updates import (
    fetch_due_sources,
    fetch_source,
    hasten_source,
    remove_source,
    save_source,
)
from kesher.listening.services.watches import remove_watch, save_watch

__all__ = [
    "fetch_due_sources",
    "fetch_source",
    "forget_mentions",
    "hasten_source",
    "hear_posts",
    "remove_source",
    "remove_watch",
    "save_source",
    "save_watch",
]
