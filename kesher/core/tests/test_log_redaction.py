"""What stands in the log: never what opens something for whoever has it, and no traceback for a visitor's bad address."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from kesher.core.log_redaction import PART, SECRET_PARTS, MaskFilter, masked, routes

SECRET = "WzU2NTgsMV0:1tuZ9x:kq3vPSd3-_9sAbCdEf"
# Parts of our addresses that open nothing: numbers and names that pages show.
OPEN_PARTS = {"pk", "number", "size", "code", "slug", "position", "part", "offer", "verb", "what", "at", "digest", "sid", "version",
              "method", "path", "lang", "rung", "way",
              "kind", "name", "step", "waba"}  # fmt: skip


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The records as the handler writes them."""
    for record in caplog.records:
        MaskFilter().filter(record)
    return caplog.records


def test_no_secret_of_any_address_stands_in_a_log_line() -> None:
    found = [route for route in routes(get_resolver()) if SECRET_PARTS & set(PART.findall(route))]
    assert len(found) > 30
    for route in found:
        path = "/" + PART.sub(lambda part: SECRET if part[1] in SECRET_PARTS else "abc", route)
        for said in (path, f"Forbidden (CSRF cookie not set.): {path}", f"https://city.example{path}?x=1", repr(path)):
            assert SECRET not in masked(said), route
            assert masked(masked(said)) == masked(said), route


def test_every_part_of_an_address_is_known_as_secret_or_open() -> None:
    parts = {name for route in routes(get_resolver()) for name in PART.findall(route)}
    assert parts <= SECRET_PARTS | OPEN_PARTS, parts - SECRET_PARTS - OPEN_PARTS


def test_no_secret_of_a_query_or_a_webhook_stands_in_a_log_line() -> None:
    for said in ("/petitions/48213/confirm/?r=RRRRRRRR&code=123456", "/live/?streams=a&ticket=RRRRRRRR",
                 "/me/national/x/back/?code=RRRRRRRR&state=RRRRRRRR", "/in/kannel/RRRRRRRR/RRRRRRRR?password=RRRRRRRR",
                 "/in/whatsapp/RRRRRRRR?hub.mode=subscribe&hub.verify_token=RRRRRRRR"):  # fmt: skip
        assert not re.search("RRRR|123456", masked(said)), masked(said)
    assert masked("GET /petitions/48213/sign/?lang=he") == "GET /petitions/48213/sign/?lang=he"


def test_a_sign_in_link_posted_without_a_cookie_is_masked(city: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/me/enter/{SECRET}/").status_code == 403
    assert caplog.records
    for record in lines(caplog):
        assert SECRET not in logging.Formatter().format(record)
        assert "/me/enter/***/" in record.getMessage()


@pytest.mark.parametrize("path", ["/petitions/%00/", "/me/enter/a%00b/", "/?q=%00", "/answers/x%00/"])
def test_a_nul_in_an_address_is_one_masked_warning(city: Any, client: Client, caplog: Any, path: str) -> None:
    assert client.get(path).status_code == 400
    [record] = lines(caplog)
    assert record.levelname == "WARNING"
    assert "\n" not in logging.Formatter().format(record)
    assert "a%00b" not in record.getMessage()


def test_a_host_that_is_none_is_no_error_of_ours(city: Any, client: Client, caplog: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["city.example"]
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    for record in lines(caplog):
        assert record.levelname == "WARNING"
        assert "\n" not in logging.Formatter().format(record)
