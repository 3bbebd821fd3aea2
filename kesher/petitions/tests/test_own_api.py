"""The author's door for machines: the key opens it, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from kesher.petitions.tests.test_drafts import DEMAND, TITLE, gather


def door(petition: Petition, rest: str = "", key: str = "") -> str:
    return f"/api/v1/petitions/{petition.code}/author/{key or petition.author_key}/{rest}"


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def test_it_says_where_it_stands_and_what_may_be_done(client: Client, city: Agency) -> None:
    found = client.get(door(gather(2))).json()["data"]
    assert (found["state"], found["supporters_missing"], found["may"]) == ("gathering", 3, [])


def test_it_is_changed_and_sent_again(client: Client, miriam: Staff) -> None:
    petition = gather(5)
    services.submit_supported()
    petition.refresh_from_db()
    services.move(petition, "ask_changes", staff=miriam, asked="באיזה רחוב?")
    assert client.get(door(petition)).json()["data"]["changes_asked"] == "באיזה רחוב?"
    assert post(client, door(petition, "words/"), {"title": "x"}).status_code == 422
    sent = post(client, door(petition, "words/"), {"title": "ספסלים ברחוב הנביאים", "demand": DEMAND})
    assert sent.json()["data"]["state"] == "submitted"
    petition.refresh_from_db()
    assert petition.title == "ספסלים ברחוב הנביאים"


def test_news_wait_for_a_moderator_and_closing_is_at_once(client: Client, dana: Identity) -> None:
    petition = a_petition(author=dana.contact)
    assert post(client, door(petition, "news/"), {"text": "קצר"}).status_code == 422
    assert post(client, door(petition, "news/"), {"text": "נפגשנו עם ראש האגף."}).status_code == 202
    assert petition.updates.get().state == "waiting"
    assert post(client, door(petition, "close/")).json()["data"]["state"] == "closed"
    assert post(client, door(petition, "close/")).status_code == 409


def test_what_was_signed_is_not_changed(client: Client, city: Agency) -> None:
    petition = gather(5)
    assert post(client, door(petition, "words/"), {"title": "אחרת לגמרי", "demand": DEMAND}).status_code == 409
    petition.refresh_from_db()
    assert petition.title == TITLE


@pytest.mark.parametrize("rest", ["", "words/", "news/", "close/"])
def test_another_key_opens_nothing(client: Client, dana: Identity, rest: str) -> None:
    petition, other = a_petition(author=dana.contact), gather(0)
    wrong = door(petition, rest, other.author_key)
    answer = post(client, wrong, {"text": "נפגשנו עם ראש האגף."}) if rest else client.get(wrong)
    assert answer.status_code == 404
    petition.refresh_from_db()
    assert petition.is_open
    assert not petition.updates.exists()


def test_what_is_asked_already_is_told_while_one_writes(client: Client, petition: Petition) -> None:
    path = "/api/v1/petitions/similar/"
    assert [row["id"] for row in client.get(path, {"title": petition.title}).json()["data"]] == [48213]
    assert client.get(path, {"title": "בריכת שחייה"}).json()["data"] == []
