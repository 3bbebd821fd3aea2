"""The lanes with invalid input, slow clients and many listeners."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

from django.db import connection

from bench.live import Ear
from kesher.channels.base import Address
from kesher.channels.meta.webhooks import SIGNATURE, signature
from kesher.conversations.models import ChannelEvent, Intake
from kesher.core.db.agency_scope import scope
from kesher.core.live.live_events import publish, sign_live_ticket
from tests.end_to_end import HERE, KesherServer, until

DANA = Address("tel", "+972505550142", "דנה לוי")


def threads_and_kb(pid: int) -> tuple[int, int]:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields["Threads"]), int(fields["VmRSS"].split()[0])


def test_bad_input_gets_a_clean_refusal_and_is_not_written(kesher_server: KesherServer) -> None:
    made = kesher_server.request("whatsapp", DANA, text="שלום")
    path = f"/in/whatsapp/{kesher_server.accounts['whatsapp'].key}"
    headers = dict(made.headers)
    assert (
        kesher_server.http.post(path, content=made.body, headers={**headers, "content-type": "text/xml"}).status_code
        == 415
    )
    assert (
        kesher_server.http.post(path, content=made.body, headers={"content-type": "application/json"}).status_code
        == 403
    )
    assert kesher_server.http.post(path, content=b"x" * 10_000_000, headers=headers).status_code == 413
    assert kesher_server.http.post("/in/whatsapp/NOSUCHKEY", content=made.body, headers=headers).status_code == 404
    assert kesher_server.http.put(path, content=made.body, headers=headers).status_code == 405
    assert not Intake.objects.exists()


def test_signed_nonsense_is_refused_as_nonsense(kesher_server: KesherServer) -> None:
    body = b'{"object": '
    made = dataclasses.replace(
        kesher_server.request("whatsapp", DANA, text="x"), body=body,
        headers={"content-type": "application/json", SIGNATURE: signature("wa-secret", body).decode()},
    )  # fmt: skip
    assert kesher_server.post("whatsapp", made).status_code == 400


def test_forgeries_shut_out_no_provider_who_shares_their_address(kesher_server: KesherServer) -> None:
    made = kesher_server.request("whatsapp", DANA, text="שלום")
    forged = dataclasses.replace(made, headers={**made.headers, SIGNATURE: "sha256=" + "0" * 64})
    statuses = [kesher_server.post("whatsapp", forged).status_code for _ in range(130)]
    assert (statuses[0], statuses[-1]) == (403, 429)
    assert kesher_server.post("whatsapp", made).status_code == 200
    assert Intake.objects.count() == 1


def test_signed_json_that_is_nested_beyond_reading_is_kept(kesher_server: KesherServer) -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    headers = {"content-type": "application/json", SIGNATURE: signature("wa-secret", body).decode()}
    made = dataclasses.replace(kesher_server.request("whatsapp", DANA, text="x"), body=body, headers=headers)
    assert kesher_server.post("whatsapp", made).status_code == 200
    assert Intake.objects.count() == 1


def test_the_unknown_is_kept_with_its_raw_data(kesher_server: KesherServer) -> None:
    change = {"field": "brand_new", "value": {"metadata": {"phone_number_id": "1122334455667"}, "news": 1}}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
    headers = {"content-type": "application/json", SIGNATURE: signature("wa-secret", body).decode()}
    made = dataclasses.replace(kesher_server.request("whatsapp", DANA, text="x"), body=body, headers=headers)
    assert kesher_server.post("whatsapp", made).status_code == 200
    row = until(lambda: ChannelEvent.objects.filter(state="unknown").first())
    assert "brand_new" in json.dumps(row.data)


def test_fifty_slow_uploads_do_not_stop_the_pages(kesher_server: KesherServer) -> None:
    until(lambda: kesher_server.http.get("/healthz").status_code == 200)  # soon after the start
    slow = []
    for _ in range(50):
        client = socket.create_connection((HERE, kesher_server.port))
        client.sendall(b"POST /reports/new/ HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\nabc")
        slow.append(client)
    times = []
    for _ in range(20):
        began = time.monotonic()
        assert kesher_server.http.get("/healthz").status_code == 200
        times.append(time.monotonic() - began)
    for client in slow:
        client.close()
    assert sorted(times)[-2] < 0.2


def test_a_thousand_listeners_hear_within_half_a_second(kesher_server: KesherServer) -> None:
    pid = kesher_server.processes["web"].pid
    kesher_server.http.get("/healthz")
    threads_before, kb_before = threads_and_kb(pid)

    def say() -> None:
        with scope(kesher_server.agency):
            publish("inbox", ref="1")
        connection.close()

    async def rounds() -> AsyncIterator[float]:
        """Return the delay of the last of a thousand listeners, five times."""
        ears = [Ear(kesher_server.port, sign_live_ticket(["inbox"])) for _ in range(1000)]
        tasks = [asyncio.create_task(ear.listen()) for ear in ears]
        for ear in ears:
            await ear.ready.wait()
        threads, kb = threads_and_kb(pid)
        assert threads - threads_before < 20
        assert kb - kb_before < 100_000
        for number in range(5):
            said = time.monotonic()
            await asyncio.to_thread(say)
            async with asyncio.timeout(30):
                while not all(len(ear.heard) > number for ear in ears):  # noqa: ASYNC110  # no event a stream
                    await asyncio.sleep(0.01)
            yield max(ear.heard[number] for ear in ears) - said
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run() -> list[float]:
        return [late async for late in rounds()]

    late = asyncio.run(run())
    assert min(late) < 0.5, late  # other load on the machine can only add


def test_a_forged_or_old_ticket_hears_nothing(kesher_server: KesherServer) -> None:
    assert kesher_server.http.get("/live/", params={"ticket": sign_live_ticket(["inbox"]) + "x"}).status_code == 401
    assert kesher_server.http.get("/live/").status_code == 401
