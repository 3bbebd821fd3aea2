"""The desk's menus, the administration as a place of its own, and the staff's error pages."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from conftest import signed_in
from kesher.agencies.models import Agency, Staff
from kesher.agencies.rules import RIGHT_TITLES, RIGHTS
from kesher.cases.context_processors import admin_group, desk_links, permitted_pages, staff_links
from kesher.cases.desk_panels import LINKS

ADMIN = "/desk/admin/"


def paths(page: str) -> set[str]:
    """Return where the list of a page of the administration leads."""
    return set(re.findall(r'href="(/(?:desk|simulator)/[a-z/-]*)"', page.split('class="admin-groups"', 1)[1]))


def test_every_page_of_the_administration_says_what_it_is_for(city: Agency) -> None:
    assert not [link.url_name for link in LINKS.values() if link.place == "admin" and not link.purpose]


def test_an_administrator_finds_all_of_it_on_one_page(city: Agency, admin: Staff) -> None:
    pages = {page["url"] for page in permitted_pages(admin, "admin")}
    assert paths(signed_in(admin).get(ADMIN).content.decode()) == pages
    assert {reverse("agencies:staff"), reverse("agencies:hours"), reverse("cases:channels")} <= pages


def test_a_clerk_and_a_manager_find_only_what_they_may_open(city: Agency, ruths: Client, miriams: Client) -> None:
    clerk, manager = (paths(person.get(ADMIN).content.decode()) for person in (ruths, miriams))
    assert "/desk/answers/" in clerk
    assert "/desk/hours/" not in clerk
    assert clerk < manager
    assert "/desk/staff/" not in manager


def test_ones_own_menu_has_ones_own_things(admin: Staff) -> None:
    assert {link.get("url") or link["post"] for link in staff_links(admin)} == {
        reverse("accounts:staff_address"),
        reverse("accounts:staff_keys"),
        reverse("accounts:my_sign_ins"),
        reverse("accounts:staff_own_password"),
        reverse("agencies:logout"),
    }


@pytest.mark.parametrize("path", ["/desk/staff/", "/desk/staff/new/", "/desk/topics/new/"])
def test_a_page_below_the_administration_shows_the_way_back(admin: Staff, path: str) -> None:
    assert f'<a href="{ADMIN}">' in signed_in(admin).get(path).content.decode()
    assert [link["url"] for link in desk_links(admin, path) if link["current"]] == [ADMIN]


@pytest.mark.parametrize("path", ["/desk/", "/desk/people/abc/", "/desk/overview/", ADMIN, "/desk/merged/"])
def test_other_pages_are_not_of_the_administration(city: Agency, path: str) -> None:
    assert admin_group(path) is None


def test_a_manager_has_the_overview_among_the_first_in_the_bar(miriam: Staff, ruth: Staff) -> None:
    first = [link["url"] for link in desk_links(miriam, "/desk/")][:5]
    assert {"/desk/overview/", ADMIN} <= set(first)
    assert "/desk/overview/" not in [link["url"] for link in desk_links(ruth, "/desk/")]


def test_each_link_of_the_bar_needs_more_room_than_the_one_before(miriam: Staff) -> None:
    steps = [link["step"] for link in desk_links(miriam, "/desk/")]
    assert steps == sorted(steps)
    assert all(step % 4 == 0 for step in steps)


def test_every_right_has_a_title() -> None:
    assert set(RIGHT_TITLES) == set(RIGHTS)


def test_a_clerk_reads_which_right_a_page_needs_and_whom_to_ask(city: Agency, ruths: Client, admin: Staff) -> None:
    page = ruths.get("/desk/overview/")
    assert page.status_code == 403
    assert 'class="desk-side"' in page.content.decode()
    assert all(str(words) in page.content.decode() for words in (RIGHT_TITLES["overview"], admin.name))


def test_an_unknown_address_of_the_desk_is_a_page_of_the_desk(ruths: Client) -> None:
    page = ruths.get("/desk/nothing/")
    assert page.status_code == 404
    assert 'class="desk-side"' in page.content.decode()


def test_strangers_get_the_citizens_error_pages_and_no_names(city: Agency, admin: Staff, sashas: Client) -> None:
    for page in (sashas.get("/desk/overview/"), Client().get("/desk/nothing/")):
        assert page.status_code in (403, 404)
        assert 'class="desk-side"' not in page.content.decode()
        assert admin.name not in page.content.decode()
