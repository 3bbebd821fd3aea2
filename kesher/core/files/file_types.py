"""Detect the type of a file by its first bytes, and correct the extension of its name.

A name or a header proves nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from django.utils.translation import gettext as _

# (magic bytes, offset, MIME type, kind); the first match is used.
MAGIC: tuple[tuple[bytes, int, str, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg", "image"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "image"),
    (b"GIF8", 0, "image/gif", "image"),
    (b"WEBP", 8, "image/webp", "image"),
    (b"%PDF-", 0, "application/pdf", "document"),
    (b"OggS", 0, "audio/ogg", "audio"),
    (b"ID3", 0, "audio/mpeg", "audio"),
    (b"\xff\xfb", 0, "audio/mpeg", "audio"),
    (b"ftyp", 4, "video/mp4", "video"),
    (b"PK\x03\x04", 0, "application/zip", "document"),
    (b"\xd0\xcf\x11\xe0", 0, "application/msword", "document"),
)
OPEN_XML = "application/vnd.openxmlformats-officedocument."
# Content type in an office file's list of contents -> MIME type. Files with macros are absent, so they stay zip.
OFFICE = {
    f"{OPEN_XML}wordprocessingml.document.main+xml": f"{OPEN_XML}wordprocessingml.document",
    f"{OPEN_XML}spreadsheetml.sheet.main+xml": f"{OPEN_XML}spreadsheetml.sheet",
    f"{OPEN_XML}presentationml.presentation.main+xml": f"{OPEN_XML}presentationml.presentation",
}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# The endings that a type may have; a name with any other gets the first.
ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mpeg": (".mp3",),
    "video/mp4": (".mp4", ".m4v", ".mov", ".3gp", ".m4a", ".heic"),
    "application/zip": (".zip",),
    "application/msword": (".doc", ".xls", ".ppt", ".msg"),
    "text/plain": (".txt", ".csv", ".md", ".log", ".eml", ".ics", ".vcf", ".json"),
    f"{OPEN_XML}wordprocessingml.document": (".docx",),
    f"{OPEN_XML}spreadsheetml.sheet": (".xlsx",),
    f"{OPEN_XML}presentationml.presentation": (".pptx",),
    f"{OPEN_DOCUMENT}text": (".odt",),
    f"{OPEN_DOCUMENT}spreadsheet": (".ods",),
    f"{OPEN_DOCUMENT}presentation": (".odp",),
}
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
ENDING = re.compile(r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}\Z")
# Characters that hide an ending from people, or that have a meaning for a file system.
NOT_IN_NAMES = re.compile('[\x00-\x1f\x7f<>:"|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069]')
NAME = 200  # letters
LISTING = 500_000  # most bytes that are read of a zip file's directory, and of its list of contents
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
    EOFError,
)


class BadFile(ValueError):
    """A file that we do not accept; the message tells the person, in their language, what to do."""


def sniff(content: bytes) -> tuple[str, str]:
    """Return (MIME type, kind) of a file by its bytes. Raise BadFile for a type that is not on the list."""
    for magic, offset, mime, kind in MAGIC:
        if content[offset : offset + len(magic)] == magic:
            return office_type(content) if mime == "application/zip" else mime, kind
    if is_plain_text(content):
        return "text/plain", "document"
    raise BadFile(_("We cannot open this kind of file. Please send a picture or a PDF."))


def is_plain_text(content: bytes) -> bool:
    """Return whether the bytes are UTF-8 text without control characters and markup.

    Control characters suggest a program; markup could be run by a browser.
    """
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return False
    return bool(text) and not text.startswith("<") and not CONTROLS.search(text)


def office_type(content: bytes) -> str:
    """Return the MIME type that a zip file's own list of contents names.

    Return "application/zip" if there is none. Only that list is unpacked, and at most `LISTING` bytes of it.
    """
    if not is_small_directory(content):
        return "application/zip"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "mimetype" in archive.NameToInfo:
                with archive.open("mimetype") as entry:
                    named = entry.read(200).decode("ascii", "replace").strip()
                return named if named in ENDINGS and named.startswith(OPEN_DOCUMENT) else "application/zip"
            with archive.open("[Content_Types].xml") as entry:
                listed = entry.read(LISTING).decode("utf-8", "replace")
    except UNREADABLE:
        return "application/zip"
    return next((mime for part, mime in OFFICE.items() if f'"{part}"' in listed), "application/zip")


def is_small_directory(content: bytes) -> bool:
    """Return whether the list of contents of a zip file is short, as an office file's is.

    A directory with millions of entries takes minutes to read.
    """
    tail = content[-66_000:]
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and b"PK\x06\x07" not in tail and int.from_bytes(tail[at + 12 : at + 16], "little") <= LISTING


def fitting_name(name: str, mime: str) -> str:
    """Return the file name with an ending that belongs to this MIME type.

    Nobody should open something else than the name says. An empty name stays empty.
    """
    name = NOT_IN_NAMES.sub("", name).strip(" .")
    endings = ENDINGS.get(mime, ())
    if not name or not endings or name.lower().endswith(endings):
        return name[-NAME:] if name.lower().endswith(endings or ("",)) else name[:NAME]
    stem = ENDING.sub("", name)
    return stem[:NAME] if stem.lower().endswith(endings) else stem[: NAME - len(endings[0])] + endings[0]
