"""Signing by the thousands: one press where one is known, few statements, and letters that the worker writes."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM
from kesher.participation.models import CodeDue, Participation
from kesher.participation.services import counts_at, drain_deltas
from kesher.petitions import services
from kesher.petitions.count_lane import PATH, CountLane, build_entry, count_data
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import sign_as, withdraw_as
from kesher.petitions.tests.talk import code_sent_to
from kesher.petitions.views import SIGNER

PAGE = "/petitions/48213/"
PHONE = "+972505550142"
BEGINNINGS = ("BEGIN", "COMMIT")


@pytest.fixture
def known(client: Client, petition: Petition, sms: Account) -> Client:
    """A browser in which a code came back for another petition."""
    asked = client.post(f"{PAGE}sign/", {"address": PHONE})
    client.post(asked["Location"], {"code": code_sent_to(PHONE)})
    assert SIGNER.cookie in client.cookies
    row = Participation.objects.get(state="counted")
    withdraw_as(petition, row.contact)
    return client


def statements(browser: Client, body: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as found:
        assert browser.post(f"{PAGE}sign/", body).status_code == 302
    return len([query for query in found.captured_queries if not query["sql"].startswith(BEGINNINGS)])


@pytest.mark.django_db(transaction=True)
def test_whoever_is_known_here_signs_with_one_press(known: Client, petition: Petition) -> None:
    assert "•" in known.get(PAGE).content.decode() or "***" in known.get(PAGE).content.decode()
    assert statements(known, {"known": "1", "name": "דנה", "show_name": "on"}) <= 6
    row = Participation.objects.get(state="counted")
    assert (row.level, row.channel, row.name, row.show_name, len(row.net)) == (1, "web", "דנה", True, 16)
    drain_deltas()
    assert counts_at([petition.action]) == {petition.action_id: 1}


@pytest.mark.django_db(transaction=True)
def test_a_stranger_costs_ten_statements_and_the_letter_follows(
    client: Client, petition: Petition, sms: Account
) -> None:
    client.get(PAGE)
    assert statements(client, {"address": "050-5550177"}) <= 10
    assert (CodeDue.objects.count(), Message.objects.filter(direction="out").count()) == (1, 0)
    assert services.send_due_codes() == 1
    assert services.send_due_codes() == 0
    assert Message.objects.filter(direction="out").count() == 1


def test_pressing_twice_is_one_signature_with_one_receipt(known: Client, petition: Petition) -> None:
    places = [known.post(f"{PAGE}sign/", {"known": "1"})["Location"] for _ in range(3)]
    assert len(set(places)) == 1
    assert Participation.objects.filter(state="counted").count() == 1


def test_one_who_signed_under_a_merged_address_has_signed(known: Client, petition: Petition, omar: Identity) -> None:
    sign_as(petition, omar, door="telegram")
    dana = Identity.objects.get(address=PHONE)
    merge_contacts(omar.contact, dana.contact, reason="code", by=SYSTEM)
    known.post(f"{PAGE}sign/", {"known": "1"})
    assert Participation.objects.filter(state="counted").get().identity == omar


def test_this_is_not_me(known: Client, petition: Petition) -> None:
    assert known.get(f"{PAGE}not-me/").status_code == 405
    known.post(f"{PAGE}not-me/")
    assert known.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422
    assert 'name="known"' not in known.get(PAGE).content.decode()


@pytest.mark.parametrize("cookie", ["", "1", "1:forged:signature"])
def test_a_cookie_that_we_did_not_sign_is_nobody(
    client: Client, petition: Petition, dana: Identity, cookie: str
) -> None:
    client.cookies[SIGNER.cookie] = cookie
    assert client.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422
    assert not Participation.objects.exists()


def test_a_blocked_person_is_not_known(known: Client, petition: Petition) -> None:
    identity = Identity.objects.select_related("contact").get(address=PHONE)
    identity.contact.status = "blocked"
    identity.contact.save()
    assert known.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422


def test_a_closed_petition_takes_no_press(known: Client, petition: Petition) -> None:
    services.move(petition, "close")
    known.post(f"{PAGE}sign/", {"known": "1"})
    assert not Participation.objects.filter(state="counted").exists()


class Browser:
    """One request to the lane, and what came back."""

    def __init__(self, lane: CountLane) -> None:
        self.lane = lane

    def get(
        self, host: str = "testserver", method: str = "GET", code: str = "48213", etag: str = ""
    ) -> tuple[Any, ...]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [(b"host", host.encode()), *([(b"if-none-match", etag.encode())] if etag else [])]
        asyncio.run(self.lane({"headers": headers, "method": method}, code, send))
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> CountLane:
    """The lane without its thread and its database: what it would read is counted."""
    made = CountLane()
    made.reads = []  # type: ignore[attr-defined]

    def read(host: str, code: str) -> Any:
        made.reads.append((host, code))  # type: ignore[attr-defined]
        assert threading.current_thread().name.startswith("count")
        tally = {"total": {"": 7}, "level": {"1": 5, "2": 2, "3": 0}, "channel": {"web": 7}}
        return count_data(code, tally) if code == "48213" else None

    monkeypatch.setattr("kesher.petitions.count_lane.load_count", read)
    return made


def test_the_count_is_read_once_however_many_ask(lane: CountLane, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answers = [Browser(lane).get() for _ in range(50)]
    assert len(lane.reads) == 1  # type: ignore[attr-defined]
    status, headers, body = answers[-1]
    assert (status, headers[b"cache-control"][:15]) == (200, b"public, max-age")
    assert json.loads(body) == {
        "code": "48213", "signature_count": 7, "signatures_by_level": {"1": 5, "2": 2}, "signatures_by_channel": {"web": 7},
    }  # fmt: skip
    assert Browser(lane).get(etag=headers[b"etag"].decode())[0::2] == (304, b"")
    assert Browser(lane).get(method="HEAD")[0::2] == (200, b"")
    assert Browser(lane).get(method="POST")[0] == 405
    assert Browser(lane).get(host="evil.example")[0] == 400
    assert Browser(lane).get(code="99999")[0] == 404


def test_a_database_that_is_away_leaves_what_was_known(lane: CountLane, settings: Any, monkeypatch: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    first = Browser(lane).get()
    monkeypatch.setattr("kesher.petitions.count_lane.load_count", Mock(side_effect=OperationalError))
    monkeypatch.setattr("kesher.petitions.count_lane.STALE_SECONDS", 0)
    monkeypatch.setattr("kesher.petitions.count_lane.FRESH_SECONDS", 0)
    assert Browser(lane).get() == first
    assert Browser(lane).get(code="48214")[0] == 503
    assert not lane.reading


@pytest.mark.parametrize("path", ["/petitions/48213/count.json/", "/petitions/x/count.json", "/petitions//count.json"])
def test_other_addresses_are_not_the_lane_s(path: str) -> None:
    assert PATH.fullmatch("/petitions/48213/count.json")
    assert not PATH.fullmatch(path)


def test_what_is_known_changes_its_etag_only_when_it_changes() -> None:
    one, same, other = (build_entry({"signature_count": n}) for n in (1, 1, 2))
    assert one.etag == same.etag != other.etag


def test_the_page_of_a_stranger_asks_nothing_more(
    client: Client, petition: Petition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as found:
        client.get(PAGE)
    assert not [query for query in found.captured_queries if "contacts_identity" in query["sql"]]
