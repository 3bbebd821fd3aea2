"""Pictures in the size in which a page shows them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from kesher.core.attachments import file_path
from kesher.core.models import Attachment

# A picture on a page of ours weighs no more than this, so that a page opens on a slow phone.
HEAVIEST = 60_000
QUALITIES = (80, 70, 60, 45, 30)


def smaller(attachment: Attachment, width: int) -> Path:
    """The file of a picture at most ``width`` wide and 60 kB heavy, made at the first request. Raises OSError where the
    picture's own file is gone."""
    return made_once(attachment, str(width), lambda source: drawn(source, width))


def as_jpeg(attachment: Attachment) -> Path:
    """The file of a picture as JPEG, for programs that show no WebP (WhatsApp takes none), made at the first request.
    Raises OSError where the picture's own file is gone."""
    return made_once(attachment, "jpg", jpeg)


def made_once(attachment: Attachment, suffix: str, make: Callable[[Path], bytes]) -> Path:
    """What ``make`` draws from a picture, kept beside it."""
    source = file_path(attachment.sha256)
    path = source.with_name(f"{source.name}.{suffix}")
    if not path.exists():
        draft = path.with_name(f".{path.name}.{attachment.key}")
        draft.write_bytes(make(source))
        draft.replace(path)
    return path


def jpeg(source: Path) -> bytes:
    with Image.open(source) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue()


def drawn(source: Path, width: int) -> bytes:
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
