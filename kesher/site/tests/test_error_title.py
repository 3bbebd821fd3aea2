"""The title of a page whose form has errors says so, in the reader's language."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency


@pytest.mark.parametrize(("lang", "words"), [("he", "שגיאה:"), ("ar", "خطأ:"), ("ru", "Ошибка:"), ("en", "Error:")])
def test_a_page_with_errors_says_so_first_in_its_title(city: Agency, lang: str, words: str) -> None:
    client = Client()
    client.cookies["django_language"] = lang
    page = client.post("/desk/login/", {"username": "", "password": ""})
    assert page.status_code == 422
    assert f"<title>{words} " in page.content.decode()


def test_a_page_without_errors_has_its_own_title(city: Agency) -> None:
    assert "<title>שגיאה" not in Client().get("/desk/login/").content.decode()


def test_an_answer_of_the_api_is_left_alone(city: Agency) -> None:
    reply = Client().post("/api/v1/reports/", {"what": "<title>"}, content_type="application/json")
    assert "שגיאה: " not in reply.content.decode()
