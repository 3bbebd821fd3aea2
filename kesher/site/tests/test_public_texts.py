"""House rules and the service charter: pages that the body writes, in every language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.emergency_numbers import emergency_numbers
from kesher.agencies.models import Agency, PublicText, Staff
from kesher.cases.models import Topic
from kesher.cases.services.starter_sets import add_starter_set, find_removable, remove_starter_set
from kesher.core.models import Audit
from kesher.reports.services import standard_time

RULES = {
    "text_he": "## הכללים\n- בלי קללות, אומרת {agency}",
    "text_ar": "",
    "text_ru": "",
    "text_en": "## Rules\n- No curses",
}


def test_without_a_text_there_is_no_page_and_no_link(client: Client, city: Agency) -> None:
    assert [client.get(path).status_code for path in ("/rules/", "/charter/")] == [404, 404]
    footer = client.get("/").text
    assert 'href="/rules/"' not in footer
    assert 'href="/charter/"' not in footer


def test_what_a_manager_writes_is_a_page_in_each_language_with_a_link_everywhere(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/rules/", RULES)
    page = Client().get("/rules/", headers={"accept-language": "he"}).text
    assert '<h2 dir="auto">הכללים</h2>' in page
    assert f"אומרת {city.name}" in page
    assert "No curses" in Client().get("/rules/", headers={"accept-language": "en"}).text
    assert 'href="/rules/"' in Client().get("/accessibility/").text
    assert Audit.objects.filter(operation="agencies.save_public_text").count() == 1


def test_a_text_is_in_force_since_it_changed_and_not_since_it_was_saved(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/rules/", RULES)
    PublicText.objects.update(changed=datetime(2026, 1, 5, tzinfo=UTC))
    miriams.post("/desk/rules/", RULES)
    assert "5 January 2026" in Client().get("/rules/", headers={"accept-language": "en"}).text
    assert Audit.objects.filter(operation="agencies.save_public_text").count() == 1
    miriams.post("/desk/rules/", RULES | {"text_en": "## Rules\n- No threats"})
    assert "5 January 2026" not in Client().get("/rules/", headers={"accept-language": "en"}).text


@pytest.mark.parametrize("changed", [{"text_he": ""}, {"text_he": " ## \n-"}])
def test_a_text_is_written_in_the_main_language_too(miriams: Client, city: Agency, changed: dict[str, str]) -> None:
    assert miriams.post("/desk/rules/", RULES | changed).status_code == 422
    assert not PublicText.objects.exists()


def test_a_text_without_words_is_none(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/rules/", dict.fromkeys(RULES, " ## "))
    assert Client().get("/rules/").status_code == 404


def test_the_name_in_a_text_is_in_the_texts_language(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/rules/", RULES)
    with translation.override("he"):
        hebrew = city.name
    assert f"אומרת {hebrew}" in Client().get("/rules/", headers={"accept-language": "ru"}).text


def test_a_page_about_danger_says_whom_to_call(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/charter/", RULES)
    page = Client().get("/charter/").text
    assert all(f'href="tel:{call.number}"' in page for call in emergency_numbers(city))


def test_an_emptied_text_has_no_page_any_more(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/rules/", RULES)
    miriams.post("/desk/rules/", dict.fromkeys(RULES, ""))
    assert Client().get("/rules/").status_code == 404
    assert 'href="/rules/"' not in Client().get("/").text


@pytest.mark.parametrize("path", ["/desk/rules/", "/desk/charter/"])
def test_a_clerk_and_a_visitor_may_not_write_them(ruths: Client, client: Client, city: Agency, path: str) -> None:
    assert ruths.get(path).status_code == ruths.post(path, RULES).status_code == 403
    assert client.post(path, RULES).status_code == 302
    assert not PublicText.objects.exists()


def test_a_text_is_shown_as_text_and_not_as_html(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/charter/", RULES | {"text_he": "<script>alert(1)</script> javascript:alert(1)"})
    page = Client().get("/charter/").text
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_the_charter_shows_the_standard_times_that_reports_are_promised(
    miriams: Client, city: Agency, miriam: Staff
) -> None:
    add_starter_set("municipality", city, staff=miriam)
    page = Client().get("/charter/").text
    for topic in Topic.objects.filter(is_active=True):
        assert topic.name in page
        assert standard_time(topic) in page


def test_a_starter_set_keeps_a_changed_text_and_takes_back_its_own(
    miriams: Client, city: Agency, miriam: Staff
) -> None:
    miriams.post("/desk/rules/", RULES)
    assert add_starter_set("municipality", city, staff=miriam)["texts"] == 1
    assert "כללי השיח" not in find_removable("municipality")
    remove_starter_set("municipality", staff=miriam)
    assert list(PublicText.objects.values_list("kind", flat=True)) == ["rules"]
    city.refresh_from_db()
    assert city.public_texts == ["rules"]
