"""Make smaller versions and JPEG copies of uploaded pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from kesher.core.files.attachments import file_path
from kesher.core.models import Attachment

# Size limit of pictures on our pages, for slow phones.
HEAVIEST = 60_000
QUALITIES = (80, 70, 60, 45, 30)


def smaller_version(attachment: Attachment, width: int) -> Path:
    """Return the path of a picture at most ``width`` pixels wide and 60 kB, made on the first request.

    Raise OSError where the picture's file is gone.
    """
    return made_once(attachment, str(width), lambda source: resize(source, width))


def as_jpeg(attachment: Attachment) -> Path:
    """Return the path of a picture's JPEG copy, for programs without WebP, made on the first request.

    Raise OSError where the picture's file is gone.
    """
    return made_once(attachment, "jpg", convert_to_jpeg)


def made_once(attachment: Attachment, suffix: str, make: Callable[[Path], bytes]) -> Path:
    """Return the path of a picture's derived file beside it; ``make`` draws it on the first request."""
    source = file_path(attachment.sha256)
    path = source.with_name(f"{source.name}.{suffix}")
    if not path.exists():
        draft = path.with_name(f".{path.name}.{attachment.key}")
        draft.write_bytes(make(source))
        draft.replace(path)
    return path


def convert_to_jpeg(source: Path) -> bytes:
    """Return the picture in this file as the bytes of a JPEG."""
    with Image.open(source) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue()


def resize(source: Path, width: int) -> bytes:
    """Return the picture in this file at most `width` pixels wide, as bytes within the size limit."""
    with Image.open(source) as picture:
        small = picture.convert("RGB")
        small.thumbnail((width, width * 2))
        content = b""
        for quality in QUALITIES:
            out = io.BytesIO()
            small.save(out, "WEBP", quality=quality, method=4)
            content = out.getvalue()
            if len(content) <= HEAVIEST:
                break
        return content
