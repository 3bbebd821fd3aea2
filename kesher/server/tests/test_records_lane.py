"""The records lane: whose ticket opens what, and a section that cannot be drawn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.core import signing

from kesher.accounts.services import start_sign_in
from kesher.accounts.session_cookie import COOKIE
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, set_status
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.records.models import Look, Mandate
from kesher.records.no_javascript_page import PENDING, store_envelopes, take_envelopes
from kesher.records.presenters import section_context
from kesher.records.record_access import Access, Ticket, read_ticket, sign_ticket
from kesher.records.services import end_mandate
from kesher.records.sources.readings import Envelope
from kesher.records.tests.factories import a_source, agree, row
from kesher.records.tests.test_mandate_views import accepted
from kesher.server.http import Send
from kesher.server.lanes import records
from kesher.server.lanes.records_page import KnownReader, Page, PageCache, RequestCredentials, identify_readers


def ticket_of(identity: Identity, mandate: str = "") -> Ticket:
    value = sign_ticket(identity.agency_id, identity.contact_id, mandate, 2, "he", "", "the-cookie")
    return read_ticket(value, "the-cookie")


def told(message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message["body"].decode().partition("data: ")[2])
    return found


@pytest.mark.parametrize("cookie", ["", "another-cookie"])
def test_a_ticket_is_nothing_without_the_browser_that_asked(dana: Identity, cookie: str) -> None:
    value = sign_ticket(dana.agency_id, dana.contact_id, "", 2, "he", "", "the-cookie")
    with pytest.raises(signing.BadSignature):
        read_ticket(value, cookie)


def test_a_ticket_is_good_for_two_minutes(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    value = sign_ticket(dana.agency_id, dana.contact_id, "", 2, "he", "", "the-cookie")
    monkeypatch.setattr("kesher.records.record_access.TICKET_SECONDS", -1)
    with pytest.raises(signing.SignatureExpired):
        read_ticket(value, "the-cookie")


def test_whoever_is_blocked_meanwhile_sees_nothing(dana: Identity) -> None:
    ticket = ticket_of(dana)
    set_status(dana.contact, "blocked", by=SYSTEM)
    assert records.prepare_stream(ticket) is None
    assert not Look.objects.exists()


def test_a_mandate_that_ended_meanwhile_shows_nothing(father: Identity, dana: Identity) -> None:
    mandate: Mandate = accepted(father, dana)
    ticket = ticket_of(dana, mandate.key)
    assert records.prepare_stream(ticket) is not None
    end_mandate(mandate, father.contact)
    assert records.prepare_stream(ticket) is None


def test_the_look_is_written_before_anything_is_drawn(dana: Identity) -> None:
    agree(dana.contact, a_source())
    prepared = records.prepare_stream(ticket_of(dana))
    assert prepared is not None
    assert Look.objects.get().sources == ["arnona"]


def test_a_section_that_cannot_be_drawn_is_one_that_did_not_answer(
    dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(dana.contact, a_source())
    prepared = records.prepare_stream(ticket_of(dana))
    assert prepared is not None
    real = section_context

    def broken(source: Any, envelope: Envelope, access: Any) -> dict[str, Any]:
        if envelope.rows:
            raise ValueError("a bug")
        return real(source, envelope, access)

    monkeypatch.setattr(records, "section_context", broken)
    event = told(records.render_section_event(prepared, Envelope("arnona", "ok", (row(),))))
    assert "is-error" in event["html"]


def test_people_words_are_escaped(dana: Identity) -> None:
    agree(dana.contact, a_source())
    prepared = records.prepare_stream(ticket_of(dana))
    assert prepared is not None
    evil = row(title="<script>alert(1)</script>", explanation='"><img src=x>')
    html = told(records.render_section_event(prepared, Envelope("arnona", "ok", (evil,))))["html"]
    assert "<script" not in html
    assert "<img" not in html


def test_what_lies_on_the_board_is_taken_by_the_same_two_people_only(dana: Identity, rf: Any) -> None:
    other = get_or_create_identity(Address("tel", "+972505550199"), assurance=2).contact
    mine, hers = Access(dana.contact, dana.contact, 2), Access(other, other, 2)
    request = rf.get("/records/all/", headers={"x-kesher-records": store_envelopes(mine, [Envelope("a", "ok")])})
    assert take_envelopes(request, hers) is None
    request = rf.get("/records/all/", headers={"x-kesher-records": store_envelopes(mine, [Envelope("a", "ok")])})
    assert take_envelopes(request, mine) == [Envelope("a", "ok")]
    assert not PENDING


def test_many_who_come_at_once_are_looked_up_with_one_query(
    dana: Identity, omar: Identity, django_assert_max_num_queries: Any
) -> None:
    """A stranger and whoever came by a link alone go to Django's view."""
    tokens = [
        start_sign_in(one, level=level, way="code").token
        for one, level in ((dana, 2), (omar, 3), (dana, 1))
        for _twice in "12"
    ]
    batch = [RequestCredentials("testserver", {COOKIE: token}, "ru") for token in [*tokens, "none", ""]]
    with django_assert_max_num_queries(2):
        found = identify_readers(batch)
    people = [(one.contact, one.level, one.lang) if one else None for one in found]
    hers, his = (dana.contact_id, 2, "ru"), (omar.contact_id, 3, "ru")
    assert people == [hers, hers, his, his, None, None, None, None]


def plain_page(size: str, drawn: list[str]) -> Page:
    """Django's answer to a browser that wants letters of this size."""

    async def page(send: Send) -> None:
        drawn.append(size)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f'{size} data-records-ticket="x" '.encode()})

    return page


def test_large_letters_are_another_page_than_small_ones() -> None:
    """What is kept for all was drawn for one browser's cookies."""
    told: list[bytes] = []
    drawn: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        told.extend([message["body"].partition(b" ")[0]] if "body" in message else [])

    async def somebody(batch: Sequence[RequestCredentials]) -> list[KnownReader | None]:
        return [KnownReader(1, 1, 2, "he", "x") for _card in batch]

    async def run() -> None:
        lane = records.RecordsLane()
        lane.pages = PageCache(somebody)
        for size in ("large", "no", "large", "huge"):
            headers = [(b"cookie", f"kesher_text={size}".encode()), (b"host", b"testserver")]
            scope = {"method": "GET", "query_string": b"", "headers": headers}
            await lane.serve_page(scope, send, plain_page(size, drawn))

    asyncio.run(run())
    assert (told, drawn) == ([b"large", b"no", b"large", b"no"], ["large", "no"])
