"""Store files that people send: checked, once for equal content, pictures redrawn."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, ManyToOneRel, OuterRef, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from kesher.core.db.agency_scope import current_agency_id, everywhere
from kesher.core.db.ids import uuid7
from kesher.core.files.file_types import BadFile, fitting_name, sniff
from kesher.core.models import Attachment

UNATTACHED_FOR = timedelta(days=1)
KEY_HOLDERS: list[Callable[[], set[str]]] = []
PICTURE_SIDE = 1600
PICTURE_PIXELS = 40_000_000
LOGO_SIDE = 512


def redraw_picture(content: bytes) -> tuple[bytes, int, int]:
    """Return (content, width, height) of an uploaded picture, redrawn as upright WebP without metadata.

    It is at most `PICTURE_SIDE` pixels wide and high. Raise BadFile if it is too large or cannot be opened.
    """
    return _redraw(content, "RGB", PICTURE_SIDE, quality=80)


def redraw_logo(content: bytes) -> tuple[bytes, int, int]:
    """Return (content, width, height) of a logo as WebP without metadata, at most `LOGO_SIDE` wide and high.

    Unlike a photograph it keeps its transparent ground. Raise BadFile if it is too large or cannot be opened.
    """
    return _redraw(content, "RGBA", LOGO_SIDE, lossless=True)


def _redraw(content: bytes, mode: str, side: int, **encoding: Any) -> tuple[bytes, int, int]:
    """Return (content, width, height) of a picture as upright WebP in a colour mode, at most ``side`` wide and high."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > PICTURE_PIXELS:
                raise BadFile(_("This picture is too large. Please send a smaller one."))
            upright = ImageOps.exif_transpose(picture).convert(mode)
            upright.thumbnail((side, side))
            out = io.BytesIO()
            upright.save(out, "WEBP", **encoding)
            return out.getvalue(), upright.width, upright.height
    except BadFile:
        raise
    except Exception as error:  # each decoder has errors of its own, and what strangers send must not stop a message
        raise BadFile(_("This picture cannot be opened. Please try another one.")) from error


def file_path(sha256: str) -> Path:
    """Return the path of the file with this digest, outside the web root."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def store_bytes(content: bytes) -> str:
    """Write bytes to the disk once, under their SHA-256 digest, and return the digest."""
    digest = hashlib.sha256(content).hexdigest()
    path = file_path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{digest}.{uuid7()}")
        draft.write_bytes(content)
        draft.replace(path)
    return digest


def fill_attachment(attachment: Attachment, content: bytes) -> Attachment:
    """Check bytes, redraw them if they are a picture, and store them in an unsaved attachment, which is returned.

    Raise BadFile for a file that is too large or not of an accepted type.
    """
    if len(content) > settings.KESHER_FILE_BYTES:
        raise BadFile(
            _("This file is too large (at most %(size)s MB).") % {"size": settings.KESHER_FILE_BYTES // 10**6}
        )
    attachment.mime, attachment.kind = sniff(content)
    if attachment.kind == "image":
        content, attachment.width, attachment.height = redraw_picture(content)
        attachment.mime = "image/webp"
    attachment.name = fitting_name(attachment.name, attachment.mime)
    attachment.size, attachment.sha256, attachment.state = len(content), store_bytes(content), "ready"
    return attachment


def store_attachment(content: bytes, *, name: str = "", alt: str = "") -> Attachment:
    """Create an attachment of the current agency from bytes and return it. Raise BadFile."""
    attachment = fill_attachment(Attachment(name=Path(name).name, alt=alt), content)
    attachment.save()
    return attachment


def store_logo(content: bytes) -> Attachment:
    """Create an attachment of the current agency from the bytes of a logo and return it. Raise BadFile."""
    _mime, kind = sniff(content)
    if kind != "image":
        raise BadFile(_("Please choose a picture."))
    drawn, width, height = redraw_logo(content)
    return Attachment.objects.create(
        agency_id=current_agency_id(),
        name=fitting_name("logo", "image/webp"),
        mime="image/webp",
        kind=kind,
        width=width,
        height=height,
        size=len(drawn),
        sha256=store_bytes(drawn),
        state="ready",
        public=True,
    )


def expect_attachment(*, name: str, mime: str, kind: str, source: dict[str, object]) -> Attachment:
    """Create an attachment without bytes for a file that is still to be fetched from the provider.

    Its key works at once. `source` says where the bytes are.
    """
    return Attachment.objects.create(
        agency_id=current_agency_id(), name=Path(name).name[:200], mime=mime, kind=kind, state="fetching", source=source
    )


def finish_attachment(attachment: Attachment, content: bytes | None, reason: str = "") -> Attachment:
    """Store the fetched bytes of an expected attachment; without bytes mark it as refused. Return it.

    `content` is None if the bytes will never come; `reason` then says why.
    """
    try:
        if content is None:
            raise BadFile(reason)
        fill_attachment(attachment, content)
    except BadFile as error:
        attachment.state, attachment.reason = "refused", str(error)[:200]
    attachment.save()
    return attachment


def forget_attachments(files: Iterable[Attachment]) -> int:
    """Delete the bytes of these attachments and empty their rows; return how many were erased.

    Bytes that another attachment shares stay. The row stays, with the state "refused" and the reason "erased".
    """
    count = 0
    for file in files:
        digest, file.sha256 = file.sha256, ""
        file.name, file.alt, file.source, file.size, file.state, file.reason = "", "", {}, 0, "refused", "erased"
        file.save()
        count += 1
        delete_unused_bytes(digest)
    return count


def delete_unused_bytes(digest: str) -> None:
    """Delete the bytes with this digest from the disk, unless an attachment still has them."""
    if digest and not is_used_anywhere(digest):
        for copy in file_path(digest).parent.glob(f"{digest}*"):  # the file, and thumbnails of it
            copy.unlink(missing_ok=True)


def is_used_anywhere(digest: str) -> bool:
    """Return whether an attachment of any agency has these bytes."""
    with everywhere("whether the bytes of an erased file are somebody else's, too"):
        return Attachment.objects.filter(sha256=digest).exists()


def register_key_holder(find_keys: Callable[[], set[str]]) -> None:
    """Keep the attachments whose keys a function returns: answers that are not sent yet name files by their keys."""
    KEY_HOLDERS.append(find_keys)


def delete_unattached(now: datetime | None = None) -> int:
    """Delete the attachments that have belonged to nothing for a day, with their bytes; return how many.

    They were uploaded with a form that was refused or given up.
    """
    with everywhere("files that belong to nothing"):
        rows = find_unattached((now or timezone.now()) - UNATTACHED_FOR)
        held = {key for find_keys in KEY_HOLDERS for key in find_keys()} if rows else set()
        count = 0
        for row in rows:
            with suppress(ProtectedError):  # it was attached meanwhile
                if row.key not in held:
                    row.delete()
                    delete_unused_bytes(row.sha256)
                    count += 1
    return count


def find_unattached(before: datetime) -> list[Attachment]:
    """Return the attachments from before this moment to which no row of any table points."""
    rows = Attachment.objects.filter(created__lt=before)
    for relation in Attachment._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):  # also from the tables between two models
            pointing = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.exclude(Exists(pointing))
    return list(rows)
