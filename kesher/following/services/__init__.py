"""Services of following: the only code that writes what people follow, and sends their digests."""

from kesher.following.services.digests import send_digests
from kesher.following.services.subscriptions import (
    erase_digests,
    erase_followings,
    follow,
    on_merge,
    unfollow,
)

__all__ = [
    "erase_digests",
    "erase_followings",
    "follow",
    "on_merge",
    "send_digests",
    "unfollow",
]
