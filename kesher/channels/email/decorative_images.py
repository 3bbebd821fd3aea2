"""Recognise tracking pixels and rulers among a mail's images: no person sent them."""

from __future__ import annotations

SMALLEST = 2  # pixels; a smaller picture is a ruler or a tracking pixel


def is_decorative(picture: bytes) -> bool:
    """Return whether an image is a dot or a line (a tracking pixel, a ruler) that a mail program added.

    Anything larger may be what a person wanted to show.
    """
    width, height = size_of(picture)
    return 0 < min(width, height) <= SMALLEST


def size_of(picture: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels of a PNG, GIF or BMP image; (0, 0) for anything else."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    if picture.startswith(b"GIF8"):
        return int.from_bytes(picture[6:8], "little"), int.from_bytes(picture[8:10], "little")
    if picture.startswith(b"BM"):
        return int.from_bytes(picture[18:22], "little"), int.from_bytes(picture[22:26], "little")
    return 0, 0
