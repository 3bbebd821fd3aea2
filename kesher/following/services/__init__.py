"""Services of following: the only code that writes what people follow, and sends their digests."""

from kesher.following.services.digests import forget_empty_digests, send_digests
from kesher.following.services.subscriptions import (
    choose_frequency,
    erase_digests,
    erase_followings,
    follow,
    on_merge,
    unfollow,
)

__all__ = [
    "choose_frequency",
    "erase_digests",
    "erase_followings",
    "follow",
    "forget_empty_digests",
    "on_merge",
    "send_digests",
    "unfollow",
]
