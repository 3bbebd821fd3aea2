"""Whose an internet address is, where tries are counted."""

from __future__ import annotations

from django.db import models
from django.test import RequestFactory

from kesher.core.http.client_ip import allow_from, client_prefix


def test_a_house_has_one_address_of_the_internet_however_many_version_six_gives_it() -> None:
    assert client_prefix("2001:db8:7:8::1") == client_prefix("2001:db8:7:8:ffff::2") != client_prefix("2001:db8:7:9::1")
    assert client_prefix("::ffff:192.0.2.7") == client_prefix("192.0.2.7") == "192.0.2.7"
    assert client_prefix("") == ""


def test_its_tries_are_counted_together_and_its_neighbours_apart(city: models.Model) -> None:
    def try_from(address: str) -> bool:
        return allow_from(RequestFactory().get("/", REMOTE_ADDR=address), "look", 2, 60)

    assert [try_from(f"2001:db8:7:8::{number}") for number in (1, 2, 3)] == [True, True, False]
    assert try_from("2001:db8:7:9::1")
