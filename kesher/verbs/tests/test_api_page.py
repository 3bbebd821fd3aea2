"""The document of the API, its page, and the upload of a file."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kesher.agencies.models import Agency
from kesher.cases.models import Topic
from kesher.core.models import Attachment


@pytest.fixture(autouse=True)
def no_document_before() -> None:
    cache.clear()


def a_picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG")
    return SimpleUploadedFile("lamp.jpg", out.getvalue(), "image/jpeg")


def test_the_document_is_in_english_whoever_asks(client: Client, city: Agency) -> None:
    said = {lang: client.get("/api/v1/openapi.json", headers={"Accept-Language": lang}).json() for lang in ("he", "ru")}
    assert said["he"] == said["ru"]
    assert said["he"]["paths"]["/api/v1/topics/"]["get"]["summary"].startswith("List the topics")


def test_the_agencys_topics_are_what_a_report_chooses_from(client: Client, city: Agency) -> None:
    Topic.objects.create(code="light", names={"he": "פנס"}, reportable=True)
    body = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/reports/"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert schema["properties"]["topic"]["enum"] == ["light"]
    assert schema["required"] == ["topic", "words"]


@pytest.mark.parametrize(("lang", "words"), [("he", "לחתום על עצומה"), ("en", "Sign a petition")])
def test_the_page_shows_every_operation_in_the_readers_language(
    client: Client, city: Agency, lang: str, words: str
) -> None:
    page = client.get("/api/", headers={"Accept-Language": lang}).content.decode()
    document = client.get("/api/v1/openapi.json").json()
    assert words in page
    assert all(f'id="{one["operationId"]}"' in page for item in document["paths"].values() for one in item.values()
               if isinstance(one, dict))  # fmt: skip


def test_a_group_is_shown_in_full_and_an_unknown_one_as_the_list(client: Client, city: Agency) -> None:
    group, unknown = (client.get(f"/api/?group={name}").content.decode() for name in ("petitions", "nothing"))
    assert "curl -X POST" in group
    assert 'id="api-report"' not in group
    assert "curl" not in unknown


def test_a_report_with_a_photo(client: Client, city: Agency) -> None:
    Topic.objects.create(code="light", names={"he": "פנס"}, reportable=True)
    key = client.post("/api/v1/files/", {"file": a_picture()}).json()["data"]["key"]
    body = {"topic": "light", "place": "הרצל 12", "words": "הפנס כבוי בלילה", "photo": key}
    assert client.post("/api/v1/reports/", body, content_type="application/json").status_code == 201
    assert Attachment.objects.get(key=key).mime == "image/webp"


@pytest.mark.parametrize("file", [None, SimpleUploadedFile("a.exe", b"MZ\x00\x01", "application/pdf")])
def test_what_is_no_file_of_a_known_type_is_refused(
    client: Client, city: Agency, file: SimpleUploadedFile | None
) -> None:
    answer = client.post("/api/v1/files/", {"file": file} if file else {})
    assert (answer.status_code, [*answer.json()["errors"]]) == (422, ["file"])


def test_a_network_uploads_sixty_files_in_ten_minutes(client: Client, city: Agency) -> None:
    statuses = [client.post("/api/v1/files/", {}).status_code for _try in range(61)]
    assert statuses == [422] * 60 + [429]
