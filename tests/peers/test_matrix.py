"""Matrix through a real homeserver: invited, reported with a photo, edited, answered, read, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kesher.agencies.models import Staff, Team
from kesher.agencies.services import add_staff
from kesher.cases.models import Topic
from kesher.channels.base import AccountInfo
from kesher.channels.models import Account
from kesher.channels.registry import get_channel
from kesher.channels.services import open_account
from kesher.channels.services.provider_calls import call_provider
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import reply
from kesher.core.models import Attachment
from kesher.petitions.tests.test_desk import PNG
from kesher.reports.models import ServiceRequest
from tests.end_to_end import HERE, KesherServer, ServerFolder, free_port, until
from tests.peers.synapse import SERVER, Resident, homeserver

pytestmark = pytest.mark.peers
BOT = f"@moked:{SERVER}"


@pytest.fixture(scope="session")
def synapse(server_folder: ServerFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A homeserver that knows the bot of the account with the key `peer`; Kesher may call it."""
    port = free_port()
    server_folder.environment["KESHER_SSRF_ALLOW"] += f",{HERE}:{port}"
    info = AccountInfo(
        "peer", "matrix", BOT, ("hs-token",), "as-token", public_url=f"{server_folder.url}/in/matrix/peer"
    )
    registration = get_channel("matrix").registration(info)
    with homeserver(tmp_path_factory.mktemp("synapse"), port, registration) as base:
        yield base


@pytest.fixture
def account(synapse: str, kesher_server: KesherServer, settings: Any) -> Account:
    settings.KESHER_SSRF_ALLOW = [synapse.removeprefix("http://")]
    return open_account("matrix", address=BOT, secrets=("hs-token",), token="as-token", key="peer",
                        settings={"homeserver_url": synapse})  # fmt: skip


@pytest.fixture
def clerk(kesher_server: KesherServer) -> Staff:
    team = Team.objects.create(agency=kesher_server.agency, slug="roads", names={"he": "תשתיות"})
    for code, name in (("pothole", "בור בכביש"), ("light", "תאורת רחוב")):
        Topic.objects.create(agency=kesher_server.agency, code=code, names={"he": name}, team=team, reportable=True)
    return add_staff(username="ruth", name="רות כהן", password="a-long-password", role="manager")


def stored(event: str) -> Message:
    """Return the message that this event became, once it is there."""
    return until(lambda: Message.objects.filter(external_id=event).first(), 60)


def ask(dana: Resident, words: str) -> str:
    """Write, and wait for an answer; return the id of what was written."""
    before = len(dana.heard())
    written = dana.says(words)
    until(lambda: len(dana.heard()) > before, 60)
    return written


def report(dana: Resident) -> str:
    """Report a pothole with a photo; return the id of the message that describes it."""
    dana.says("לדווח")
    dana.hears("בור בכביש")
    ask(dana, "בור בכביש")
    ask(dana, "הגפן 12")
    told = ask(dana, "בור עמוק ליד מעבר החצייה")
    dana.photo(PNG)
    dana.hears("/status/")
    return told


def test_a_report_with_a_photo_is_answered_and_taken_back(
    account: Account, kesher_server: KesherServer, clerk: Staff
) -> None:
    base = account.settings["homeserver_url"]
    dana = Resident(base, "dana")
    dana.room = dana.invite(BOT)
    until(lambda: dana.members(dana.room)[BOT] == "join", 60)
    found = call_provider(lambda client: account.adapter.probe(account.info(kesher_server.url), client))
    assert found is not None
    assert (found.state, found.facts[0][1]) == ("well", BOT)

    told = report(dana)
    made = ServiceRequest.objects.get()
    assert (made.address, made.description) == ("הגפן 12", "בור עמוק ליד מעבר החצייה")
    until(lambda: Attachment.objects.filter(state="ready").exists() or None, 60)

    edit = {"msgtype": "m.text", "body": "* בור עמוק מאוד", "m.new_content": {"msgtype": "m.text", "body": "בור עמוק מאוד"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": told}}  # fmt: skip
    dana.send(edit)
    until(lambda: stored(told).text == "בור עמוק מאוד", 60)

    talk = stored(told).conversation
    reply(talk, "תודה, צוות בדרך. <b>רות</b>", staff=clerk)
    heard = dana.hears("צוות בדרך")
    assert heard["content"]["body"].endswith("<b>רות</b>")
    assert "formatted_body" not in heard["content"]
    answer = heard["event_id"]
    dana.send({"m.relates_to": {"rel_type": "m.annotation", "event_id": answer, "key": "👍"}}, "m.reaction")
    until(lambda: stored_out(answer).content.get("reaction") == "👍", 60)
    dana.call("POST", f"client/v3/rooms/{dana.room}/receipt/m.read/{answer}", {})
    until(lambda: Delivery.objects.filter(external_id=answer, state="read").exists(), 60)

    dana.call("PUT", f"client/v3/rooms/{dana.room}/redact/{told}/r1", {"reason": "טעות"})
    until(lambda: stored(told).deleted_at, 60)
    assert stored(told).text == ""

    nothing_comes_twice(kesher_server, dana)
    third_person_ends_it(base, dana)
    encryption_is_named_once(dana)


def stored_out(event: str) -> Message:
    """Return the message that was sent as this event, once that is recorded."""
    found = Delivery.objects.filter(external_id=event).select_related("message")
    return until(lambda: found.all().first(), 60).message


def nothing_comes_twice(server: KesherServer, dana: Resident) -> None:
    """A worker that is killed, a transaction that comes again and a message sent again change nothing."""
    server.kill("worker")
    last = dana.says("יש חדש?")
    event = {"type": "m.room.message", "sender": dana.user, "room_id": dana.room, "event_id": last,
             "origin_server_ts": 1795559861020, "content": {"msgtype": "m.text", "body": "יש חדש?"}}  # fmt: skip
    head = {"authorization": "Bearer hs-token", "content-type": "application/json"}
    for number in ("again-1", "again-1", "again-2"):
        path = f"{server.url}/in/matrix/peer/_matrix/app/v1/transactions/{number}"
        answer = httpx.put(path, content=json.dumps({"events": [event]}), headers=head, trust_env=False)
        assert (answer.status_code, answer.text) == (200, "{}")
    server.start("worker")
    stored(last)
    server.quiet()
    assert Message.objects.filter(external_id=last).count() == 1
    refs = [one["content"]["kesher.ref"] for one in dana.heard()]
    assert len(refs) == len(set(refs))


def third_person_ends_it(base: str, dana: Resident) -> None:
    """When somebody else comes into the room the bot goes; a group is declined."""
    omar = Resident(base, "omar")
    dana.call("POST", f"client/v3/rooms/{dana.room}/invite", {"user_id": omar.user})
    until(lambda: dana.members(dana.room)[BOT] == "leave", 60)
    group = dana.invite(BOT, direct=False)
    until(lambda: dana.members(group)[BOT] == "leave", 60)


def encryption_is_named_once(dana: Resident) -> None:
    """In an encrypted room the person is told, once, that it cannot be read."""
    dana.room = dana.invite(BOT, encrypted=True)
    dana.hears("החדר הזה מוצפן")
    sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgAEnACgAkLmt6qF84IK", "session_id": "X3lUlvLELLY"}
    last = dana.send(sealed, "m.room.encrypted")
    stored(last)
    assert sum("מוצפן" in one["content"]["body"] for one in dana.heard()) == 1
