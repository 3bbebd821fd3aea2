"""Files: what is taken, what is refused, and what is left out of what is taken."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.db import models
from PIL import Image

from kesher.core.files.attachments import (
    expect_attachment,
    file_path,
    finish_attachment,
    redraw_picture,
    store_attachment,
)
from kesher.core.files.file_types import BadFile
from kesher.core.models import Attachment

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **tags: Any) -> bytes:
    """A picture as a telephone takes it: with its maker, its place, and lying on its side."""
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Telephone", 6
    exif.get_ifd(GPS)[2] = (32.0, 49.0, 12.0)
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **({"exif": exif} if kind == "JPEG" else {}), **tags)
    return out.getvalue()


def test_a_picture_is_stored_without_where_and_by_what_it_was_taken(city: models.Model) -> None:
    kept = store_attachment(picture(), name="pothole.jpg")
    with Image.open(file_path(kept.sha256)) as drawn:
        assert drawn.format == "WEBP"
        assert not drawn.getexif()
    assert b"Telephone" not in file_path(kept.sha256).read_bytes()
    assert (kept.mime, kept.kind, kept.state) == ("image/webp", "image", "ready")


def test_a_picture_is_turned_upright_and_made_smaller(city: models.Model) -> None:
    kept = store_attachment(picture(size=(3200, 1600)))
    assert (kept.width, kept.height) == (800, 1600)


@pytest.mark.parametrize(("name", "kind"), [("photo.txt", "JPEG"), ("", "PNG"), ("a.exe", "GIF"), ("b.svg", "WEBP")])
def test_a_file_is_what_its_first_bytes_say(city: models.Model, name: str, kind: str) -> None:
    assert store_attachment(picture(kind), name=name).kind == "image"


@pytest.mark.parametrize(
    ("content", "mime"),
    [(b"%PDF-1.7 ...", "application/pdf"), (b"OggS....", "audio/ogg"), ("שלום".encode(), "text/plain")],
)
def test_documents_and_voice_are_taken(city: models.Model, content: bytes, mime: str) -> None:
    assert store_attachment(content).mime == mime


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"  \n<html>",
        "\ufeff<svg onload=alert(1)>".encode(),
        b"<?xml version='1.0'?><svg/>",
        b"\x7fELF\x02\x01\x01",
        b"MZ\x90\x00\xff\xff",
        b"\xff\xd8\xff but no picture",
        b"",
    ],
)
def test_what_a_browser_could_run_or_nobody_can_open_is_refused(city: models.Model, content: bytes) -> None:
    with pytest.raises(BadFile):
        store_attachment(content, name="nice.png")
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_limit(city: models.Model, settings: Any) -> None:
    settings.KESHER_FILE_BYTES = 2_000_000
    with pytest.raises(BadFile, match="2"):
        store_attachment(b"%PDF-" + bytes(2_000_000))
    assert not Attachment.objects.exists()


def test_a_picture_that_unpacks_into_a_giant_is_refused(city: models.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.core.files.attachments.PICTURE_PIXELS", 100)
    with pytest.raises(BadFile):
        store_attachment(picture("PNG", (11, 10)))


def test_a_name_is_only_a_name(city: models.Model) -> None:
    assert store_attachment(b"%PDF-1", name="../../etc/passwd").name == "passwd.pdf"


def test_equal_files_lie_on_the_disk_once_and_have_two_names(city: models.Model) -> None:
    one, two = store_attachment(b"%PDF-1", name="a.pdf"), store_attachment(b"%PDF-1", name="b.pdf")
    assert one.sha256 == two.sha256
    assert one.key != two.key


def test_a_file_that_the_provider_holds_has_a_key_at_once_and_its_bytes_later(city: models.Model) -> None:
    waiting = expect_attachment(name="a.jpg", mime="image/jpeg", kind="image", source={"ref": "1"})
    assert waiting.state == "fetching"
    assert finish_attachment(waiting, picture()).state == "ready"


def test_a_file_that_never_comes_or_is_no_good_says_why(city: models.Model) -> None:
    gone = finish_attachment(expect_attachment(name="", mime="", kind="image", source={}), None, "404 at the provider")
    assert (gone.state, gone.reason) == ("refused", "404 at the provider")
    page = finish_attachment(expect_attachment(name="", mime="", kind="image", source={}), b"<html>")
    assert page.state == "refused"
    assert page.reason


def test_a_picture_that_its_decoder_cannot_unpack_is_refused_with_words() -> None:
    comment = b"zTXtk\0\0" + zlib.compress(b"A" * 5_000_000)
    chunk = struct.pack(">I", len(comment) - 4) + comment + struct.pack(">I", zlib.crc32(comment))
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "PNG")
    whole = drawn.getvalue()
    for content in (whole[:33] + chunk + whole[33:], whole[:8] + struct.pack(">I", 2) + b"IHDR\0\0" + whole[26:]):
        with pytest.raises(BadFile):
            redraw_picture(content)
