"""Files that people send, sorted by what a person would call them."""

from __future__ import annotations

from typing import Literal

MediaKind = Literal["image", "audio", "video", "document", "sticker"]
FAMILIES: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}


def media_kind(mime: str) -> MediaKind:
    """The kind of a file with this MIME type; a document where it is nothing else."""
    return FAMILIES.get(mime.partition("/")[0].strip().lower(), "document")
