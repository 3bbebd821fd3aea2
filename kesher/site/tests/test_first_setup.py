"""An installation without an agency: every page says so, and one link sets it up, once and within an hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from kesher.accounts.models import StaffAddress
from kesher.agencies.models import Agency, SetupLink, Staff
from kesher.channels.models import Account
from kesher.core.db.agency_scope import everywhere
from kesher.core.errors import Refused
from kesher.site.services.agency_setup import Administrator, make_setup_link, use_setup_link

pytestmark = pytest.mark.django_db

PASSWORD = "bright-lamp-at-noon"
FORM = {
    "name_he": "עיריית נווה־ים",
    "name_en": "City of Neve Yam",
    "language": "ar",
    "country": "IL",
    "name": "מרים אזולאי",
    "username": "Miriam@Neve-Yam.example",
    "password": PASSWORD,
    "again": PASSWORD,
}
VALUES: dict[str, Any] = {
    "names": {"he": "עיריית נווה־ים"},
    "languages": ("he",),
    "country": "IL",
    "administrator": Administrator("miriam", "מרים אזולאי", PASSWORD),
}


@pytest.fixture
def all_rows() -> Iterator[None]:
    with everywhere("what the setup wrote"):
        yield


def send(link: str, **changes: str) -> Any:
    return Client().post(link, {**FORM, **changes}, headers={"sec-fetch-site": "same-origin"})


@pytest.mark.parametrize("path", ["/", "/desk/", "/petitions/", "/desk/login/", "/no/such/page/"])
def test_without_an_agency_every_page_says_that_nothing_is_set_up(path: str) -> None:
    response = Client().get(path, headers={"accept-language": "en"})
    assert response.status_code == 503
    assert "not set up yet" in response.text


def test_without_an_agency_the_language_can_be_chosen() -> None:
    browser = Client()
    browser.get("/language/en/?next=/")
    assert "not set up yet" in browser.get("/").text


def test_without_an_agency_the_api_answers_json_and_nothing_is_cached() -> None:
    response = Client().get("/api/v1/")
    assert (response.status_code, response.json()["error"]) == (503, "not yet set up")
    assert "no-store" in response["Cache-Control"]


def test_the_link_creates_agency_web_chat_and_administrator(all_rows: None) -> None:
    response = send(make_setup_link())
    assert response["Location"] == "/desk/second/"
    agency, staff = Agency.objects.get(), Staff.objects.get()
    assert (agency.languages[0], agency.timezone, agency.contact["country"]) == ("ar", "Asia/Jerusalem", "IL")
    address = StaffAddress.objects.get(staff=staff)
    assert (address.mail, address.proved_at) == (staff.user.email, None)
    assert (staff.role, staff.user.username, staff.user.email) == (
        "admin",
        "miriam@neve-yam.example",
        staff.user.username,
    )
    assert staff.user.check_password(PASSWORD)
    assert [account.channel for account in Account.objects.all()] == ["webchat"]


def test_after_the_form_the_second_step_is_set_up_and_leads_to_the_list() -> None:
    browser = Client()
    browser.post(make_setup_link(), FORM, headers={"sec-fetch-site": "same-origin"})
    assert browser.get("/desk/second/")["Location"] == "/desk/second/set-up/"
    assert browser.session["kesher.waiting"]["after"] == "/desk/setup/"
    assert browser.get("/desk/setup/").status_code == 302  # not before the second step


def test_a_link_works_once() -> None:
    link = make_setup_link()
    send(link)
    again = send(link, username="omar")
    assert (again.status_code, Agency.objects.count(), User.objects.count()) == (410, 1, 1)


def test_a_link_ends_after_an_hour_and_says_what_to_do() -> None:
    link = make_setup_link()
    SetupLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = Client().get(link, headers={"accept-language": "en"})
    assert response.status_code == 410
    assert "kesher up" in response.text
    assert send(link).status_code == 410
    assert not Agency.objects.exists()


def test_another_process_that_starts_does_not_end_a_link() -> None:
    older, newer = make_setup_link(), make_setup_link()
    assert send(older).status_code == 302
    assert send(newer).status_code == 410  # an agency exists now


def test_the_second_of_two_who_use_a_link_at_once_is_refused() -> None:
    """Both saw the form, and both send it."""
    secret = make_setup_link().strip("/").rpartition("/")[2]
    use_setup_link(secret, **VALUES)
    with pytest.raises(Refused):
        use_setup_link(secret, **VALUES)
    assert Agency.objects.count() == 1


def test_a_link_that_was_printed_ends_when_the_agency_is_set_up_by_command() -> None:
    link = make_setup_link()
    Agency.objects.create(slug="town", names={"he": "מועצה"})
    assert send(link).status_code == 410
    assert not User.objects.exists()


def test_there_is_no_link_where_an_agency_exists(city: Agency) -> None:
    assert make_setup_link() == ""
    assert not SetupLink.objects.exists()


def test_the_token_is_stored_as_a_digest_only() -> None:
    secret = make_setup_link().strip("/").rpartition("/")[2]
    assert secret not in str(list(SetupLink.objects.values_list()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "12345"),
        ("again", "another-long-password"),
        ("name_he", ""),
        ("username", "a@b"),
        ("country", "XX"),
    ],
)
def test_a_wrong_field_is_named_and_the_link_stays(field: str, value: str) -> None:
    link = make_setup_link()
    changes = {field: value} | ({"name_en": ""} if field == "name_he" else {})
    assert send(link, **changes).status_code == 422
    assert send(link).status_code == 302


def test_tries_from_one_address_are_limited() -> None:
    statuses = [Client().get("/first-setup/WRONG/").status_code for _try in range(61)]
    assert statuses == [410] * 60 + [429]


def test_a_form_from_another_site_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(make_setup_link(), FORM, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert not Agency.objects.exists()
