"""A verb that asks for no proof is done at once, and asks nobody for an address, at any door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.service_caller import Call
from kesher.conversations.tests.talk import MAIL, VISITOR, hear
from kesher.dialogues.registry import REGISTRY
from kesher.verbs.api_door import VerbApi
from kesher.verbs.conversation_door import make_skill
from kesher.verbs.declaration import VERBS, Proof, Receipt
from kesher.verbs.models import PendingRequest
from kesher.verbs.page_door import VerbPage
from kesher.verbs.tests.test_declaration import LAMP

DONE: list[tuple[str, str, bool]] = []


def report(call: Call, *, where: str) -> str:
    """Write down where, through which door, and whether somebody is known."""
    DONE.append((where, call.door, call.identity is not None))
    return where


COUNT = replace(
    LAMP,
    name="tests.count",
    execute=report,
    proof=Proof.NONE,
    receipt=lambda where: Receipt(text=f"Counted: {where}"),
    intents={"en": ("count",)},
)
urlpatterns = [
    path("", include(([*VerbPage(COUNT, "count/").urls, *VerbApi(COUNT, "api/v1/count/", {}).urls], "tests"))),
    path("", include("kesher.site.urls")),
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    DONE.clear()
    monkeypatch.setitem(VERBS, COUNT.name, COUNT)
    monkeypatch.setattr(REGISTRY, "skills", dict(REGISTRY.skills))
    monkeypatch.setattr(REGISTRY, "by_letter", {})
    REGISTRY.add(make_skill(COUNT))
    return DONE


def test_the_page_asks_for_no_address_and_does_it(client: Client, city: Agency) -> None:
    assert 'name="address"' not in client.get("/count/").content.decode()
    done = client.post("/count/", {"where": "Gefen 12"}, follow=True)
    assert "Counted: Gefen 12" in done.content.decode()
    assert DONE == [("Gefen 12", "web", False)]


def test_the_api_asks_for_no_address_and_does_it(client: Client, city: Agency) -> None:
    answer = client.post("/api/v1/count/", {"where": "Gefen 12"}, content_type="application/json")
    assert (answer.status_code, answer.json()["data"]["text"]) == (201, "Counted: Gefen 12")
    assert DONE == [("Gefen 12", "api", False)]
    assert 202 not in VerbApi(COUNT, "api/v1/count/", {}).operation.answers


def test_a_robot_is_not_counted(client: Client, city: Agency) -> None:
    form = {"where": "Gefen 12", "website": "https://spam.example"}
    client.post("/count/", form)
    assert client.post("/api/v1/count/", form, content_type="application/json").status_code == 422
    assert DONE == []


def test_conversations_that_prove_nothing_do_it_without_a_code(webchat: Account, mailbox: Account) -> None:
    assert "Counted: Gefen 12" in hear(webchat, VISITOR, "count", "Gefen 12", lang="en")
    hear(mailbox, MAIL, "count", "Gefen 14", lang="en")
    assert DONE == [("Gefen 12", "webchat", True), ("Gefen 14", "email", True)]
    assert not PendingRequest.objects.exists()
