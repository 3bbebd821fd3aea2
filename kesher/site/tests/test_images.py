"""Uploaded files by their unguessable names, and pictures in display size."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.core.files.attachments import expect_attachment, forget_attachments, store_attachment
from kesher.core.models import Attachment
from kesher.demo.data_files import read_picture
from kesher.site.services import as_jpeg, smaller_version


@pytest.fixture
def picture(city: Agency) -> Attachment:
    return store_attachment(read_picture("shade"), name="shade.png")


@pytest.fixture
def letter(city: Agency) -> Attachment:
    return store_attachment(b"%PDF-1.7 a letter", name="מכתב.pdf")


def test_a_picture_is_shown(client: Client, picture: Attachment) -> None:
    answer = client.get(f"/files/{picture.key}")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Content-Disposition"] == "inline"


def test_a_document_is_saved_and_not_opened(client: Client, letter: Attachment) -> None:
    answer = client.get(f"/files/{letter.key}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%D7%9E" in answer.headers["Content-Disposition"]


def test_nothing_in_a_file_can_run(client: Client, letter: Attachment) -> None:
    headers = client.get(f"/files/{letter.key}").headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_a_public_file_is_kept_by_everybody(client: Client, picture: Attachment) -> None:
    assert client.get(f"/files/{picture.key}").headers["Cache-Control"].startswith("private")
    Attachment.objects.update(public=True)
    assert client.get(f"/files/{picture.key}").headers["Cache-Control"].startswith("public")


def test_a_file_that_is_not_here_yet_is_not_found(client: Client, city: Agency) -> None:
    row = expect_attachment(name="x.png", mime="image/png", kind="image", source={})
    assert client.get(f"/files/{row.key}").status_code == 404


def test_a_file_of_another_agency_is_not_found(client: Client, town: Agency) -> None:
    with scope(town):
        row = store_attachment(b"%PDF-1.7 theirs", name="theirs.pdf")
    assert client.get(f"/files/{row.key}").status_code == 404


def test_a_guessed_name_is_not_found(client: Client, city: Agency) -> None:
    assert client.get("/files/AAAAAAAAAAAAAAAAAAAA").status_code == 404


@pytest.mark.parametrize("width", [320, 640])
def test_a_picture_on_a_page_is_light(client: Client, picture: Attachment, width: int) -> None:
    answer = client.get(f"/files/{picture.key}?w={width}")
    assert answer.headers["Content-Type"] == "image/webp"
    assert len(answer.content) <= 60_000


def test_a_width_that_we_do_not_make_is_not_made(client: Client, picture: Attachment) -> None:
    full = client.get(f"/files/{picture.key}").content
    assert client.get(f"/files/{picture.key}?w=99999").content == full


def test_a_small_picture_is_made_once(picture: Attachment) -> None:
    first = smaller_version(picture, 320)
    made = first.stat().st_mtime_ns
    assert smaller_version(picture, 320).stat().st_mtime_ns == made


def test_a_picture_is_given_as_jpeg_to_whoever_cannot_show_ours(client: Client, picture: Attachment) -> None:
    answer = client.get(f"/files/{picture.key}.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert answer.headers["Cache-Control"].startswith("private")


def test_only_a_picture_has_a_second_shape(client: Client, picture: Attachment, letter: Attachment) -> None:
    for name in (f"{letter.key}.jpg", f"{picture.key}.gif", f"{picture.key}.", f"{picture.key}.jpg.jpg"):
        assert client.get(f"/files/{name}").status_code == 404


def test_what_was_drawn_from_an_erased_picture_goes_with_it(picture: Attachment) -> None:
    drawn = [as_jpeg(picture), smaller_version(picture, 320)]
    forget_attachments([picture])
    assert not any(path.exists() for path in drawn)
