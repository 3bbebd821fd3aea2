"""Tell from a MIME type whether a file is an image, an audio file, a video or a document."""

from __future__ import annotations

import re
from typing import Literal

MediaKind = Literal["image", "audio", "video", "document", "sticker"]
FAMILIES: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}


def media_kind(mime: str) -> MediaKind:
    """Return the kind of file that a MIME type means: "image", "audio" and so on, else "document"."""
    return FAMILIES.get(mime.partition("/")[0].strip().lower(), "document")


MIME = re.compile(r"\s*([a-z0-9.+_-]{1,100}/[a-z0-9.+_-]{1,100})", re.IGNORECASE)


def clean_mime(given: str) -> str:
    """Return a MIME type in lower case without parameters; "" if it is none."""
    found = MIME.match(given)
    return found[1].lower() if found else ""
