"""The staff's door: signing in and out, passwords, and who works here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from conftest import signed_in
from kesher.agencies.forms import TRIES_A_NAME
from kesher.agencies.middleware import agency_of_host
from kesher.agencies.models import Agency, Staff, StaffSignIn
from kesher.agencies.staff_login import WAITING
from kesher.core.models import Audit

PASSWORD = "a-long-password"


def sign_in(client: Client, name: str = "ruth", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/desk/login/", {"username": name, "password": password, **more})


def test_a_clerk_comes_in_and_goes_on_to_where_she_wanted(ruth: Staff) -> None:
    client = Client()
    assert sign_in(client, next="/desk/channels/")["Location"] == "/desk/second/"
    assert not Audit.objects.filter(operation="agencies.sign_in").exists()
    assert client.session[WAITING]["after"] == "/desk/channels/"


def test_where_the_second_step_is_off_the_password_opens_and_the_page_says_so(ruth: Staff, settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    assert b"note-box" in Client().get("/desk/login/").content
    assert sign_in(Client(), next="/desk/channels/")["Location"] == "/desk/channels/"
    assert Audit.objects.filter(operation="agencies.sign_in").count() == 1


def test_a_login_never_leads_to_another_site(ruth: Staff) -> None:
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        client = Client()
        sign_in(client, next=evil)
        assert client.session[WAITING]["after"] == "/desk/"


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(ruth: Staff) -> None:
    wrong, nobody = sign_in(Client(), password="wrong"), sign_in(Client(), name="nobody")
    assert wrong.status_code == nobody.status_code == 422
    errors = [response.context["form"].non_field_errors() for response in (wrong, nobody)]
    assert errors[0] == errors[1]


def wrong_tries(count: int, address: str) -> None:
    for _try in range(count):
        Client(REMOTE_ADDR=address).post("/desk/login/", {"username": "ruth", "password": "wrong"})


def test_strangers_have_ten_tries_an_hour_for_a_name_from_wherever_they_come(ruth: Staff) -> None:
    for number in range(TRIES_A_NAME):
        wrong_tries(1, f"198.51.{number}.7")
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 422


def test_right_tries_are_not_counted_and_do_not_forgive_wrong_ones(ruth: Staff, settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    for number in range(3 * TRIES_A_NAME):  # new browsers of unknown networks, and of one address
        assert sign_in(Client(REMOTE_ADDR=f"203.0.{number}.7")).status_code == 302
        assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302
    Audit.objects.all().delete()  # they are unknown again
    wrong_tries(TRIES_A_NAME - 1, "198.51.100.7")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1")).status_code == 302
    Audit.objects.all().delete()
    wrong_tries(1, "198.51.101.7")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9")).status_code == 422


def test_no_stranger_uses_up_the_tries_of_a_browser_or_a_network_that_is_known(ruth: Staff, settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    own = Client(REMOTE_ADDR="192.0.2.1")
    assert sign_in(own).status_code == 302
    own.post("/desk/logout/")
    wrong_tries(50, "198.51.100.7")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.99")).status_code == 302  # another browser of the same network
    wrong_tries(50, "192.0.2.1")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1")).status_code == 422
    assert sign_in(own).status_code == 302


def test_a_known_browser_has_ten_tries_too_and_is_no_other_persons(ruth: Staff, miriam: Staff, settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    own = Client(REMOTE_ADDR="192.0.2.1")
    sign_in(own)
    own.post("/desk/logout/")
    for _try in range(TRIES_A_NAME):
        sign_in(own, password="wrong")
    assert sign_in(own).status_code == 422
    for number in range(TRIES_A_NAME):
        Client(REMOTE_ADDR=f"198.51.{number}.7").post("/desk/login/", {"username": "miriam", "password": "wrong"})
    assert sign_in(own, name="miriam").status_code == 422


def test_no_address_is_kept_of_a_sign_in(ruth: Staff, settings: Any) -> None:
    settings.KESHER_SECOND_FACTOR = False
    sign_in(Client(REMOTE_ADDR="192.0.2.1"))
    data = Audit.objects.get(operation="agencies.sign_in").data
    assert len(data["network"]) == 32
    assert "192.0.2" not in str(data)


def test_a_clerk_of_another_town_may_not_come_in_here(sasha: Staff) -> None:
    response = sign_in(Client(), name="sasha")
    assert response.status_code == 422
    assert not Audit.objects.filter(operation="agencies.sign_in").exists()


def test_who_is_in_does_not_see_the_login_again(ruths: Client) -> None:
    assert ruths.get("/desk/login/")["Location"] == "/desk/"


def test_signing_out_closes_the_desk(ruths: Client) -> None:
    ruths.post("/desk/logout/")
    assert ruths.get("/desk/").status_code == 302


def test_a_clerk_changes_her_password_and_stays_in(ruths: Client, ruth: Staff) -> None:
    new = {"old_password": PASSWORD, "new_password1": "a-longer-password", "new_password2": "a-longer-password"}
    assert ruths.post("/desk/password/", new).status_code == 302
    assert ruths.get("/desk/").status_code == 200
    assert User.objects.get(username="ruth").check_password("a-longer-password")


def test_a_new_password_ends_a_login_that_waits_for_the_second_step(ruths: Client, ruth: Staff) -> None:
    thief = Client()
    sign_in(thief)
    assert thief.get("/desk/second/set-up/").status_code == 200
    new = {"old_password": PASSWORD, "new_password1": "a-longer-password", "new_password2": "a-longer-password"}
    ruths.post("/desk/password/", new)
    assert thief.get("/desk/second/set-up/").status_code == 302


def test_a_login_that_waits_knows_which_password_was_right(ruth: Staff) -> None:
    thief = Client()
    sign_in(thief)
    ruth.user.set_password("a-longer-password")
    ruth.user.save()
    assert thief.get("/desk/second/set-up/").status_code == 302


def test_tries_of_ones_own_password_are_limited_and_logged(ruths: Client, ruth: Staff) -> None:
    wrong = {"old_password": "x", "new_password1": "a-longer-password", "new_password2": "a-longer-password"}
    answers = [ruths.post("/desk/password/", wrong).status_code for _try in range(12)]
    assert answers == [422] * 10 + [302] * 2
    assert ruths.post("/desk/password/", {**wrong, "old_password": PASSWORD}).status_code == 302
    assert User.objects.get(username="ruth").check_password(PASSWORD)
    assert StaffSignIn.objects.filter(staff=ruth, outcome=StaffSignIn.Outcome.WRONG_PASSWORD).count() == 10


def test_a_short_password_may_not_be_chosen(ruths: Client, ruth: Staff) -> None:
    new = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert ruths.post("/desk/password/", new).status_code == 422
    assert User.objects.get(username="ruth").check_password(PASSWORD)


def admins(admin: Staff) -> Client:
    return signed_in(admin)


def test_the_last_administrator_may_not_leave(admin: Staff) -> None:
    response = admins(admin).post(f"/desk/staff/{admin.pk}/", {"name": "א", "role": "clerk", "is_active": "on"})
    assert response.status_code == 422
    assert Staff.objects.get(pk=admin.pk).role == "admin"


def test_a_colleague_of_another_agency_has_no_page_here(admin: Staff, sasha: Staff) -> None:
    assert admins(admin).get(f"/desk/staff/{sasha.pk}/").status_code == 404


def test_the_agency_is_found_by_its_host_in_one_query(
    city: Agency, town: Agency, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert agency_of_host("town.example") == town
        assert agency_of_host("anything.example") == city


def test_without_an_agency_for_the_host_there_is_none(city: Agency, town: Agency) -> None:
    Agency.objects.filter(pk=city.pk).update(host="city.example")
    assert agency_of_host("stranger.example") is None


def test_a_single_agency_answers_to_any_host(city: Agency) -> None:
    Agency.objects.filter(pk=city.pk).update(host="city.example")
    assert agency_of_host("stranger.example") == city
