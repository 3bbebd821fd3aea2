"""The client that goes out, tried on a small real server."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kesher.channels.base import ChannelError
from kesher.channels.http_client import GuardedClient, Resolve, is_public

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::1",
    "2001:20::1", "3fff::1", "100::1", "localhost", "", "2130706433", "0x7f.1",
]  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers, hangs, drops, pours and points elsewhere, as the path says."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        getattr(self, self.path.partition("?")[0].strip("/"))(body)

    do_GET = do_POST

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def echo(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.answer(json.dumps({"headers": headers, "body": body.decode()}).encode(), X_Kind="Echo")

    def away(self, body: bytes) -> None:
        self.answer(b"", 302, Location="/echo", Set_Cookie="a=1")

    def slow(self, body: bytes) -> None:
        time.sleep(1)
        self.close_connection = True

    def drop(self, body: bytes) -> None:
        self.close_connection = True

    def large(self, body: bytes) -> None:
        self.answer(b"x" * 3000)

    def pour(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"x" * 3000)
        self.close_connection = True

    def zipped(self, body: bytes) -> None:
        self.answer(gzip.compress(b"x" * 3000), Content_Encoding="gzip")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.seen = []  # type: ignore[attr-defined]
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def resolver(*answers: str, log: list[str] | None = None) -> Resolve:
    """A name server of our own, that notes what it was asked."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if log is not None:
            log.append(host)
        return answers

    return resolve


def ask(url: str, method: str = "POST", allow: Sequence[str] = (), resolve: Resolve | None = None, **how: Any) -> Any:
    async def run() -> Any:
        async with GuardedClient(allow, **({"resolver": resolve} if resolve else {})) as client:
            return await client.request(method, url, **how)

    return asyncio.run(run())


def at(server: ThreadingHTTPServer, path: str, method: str = "POST", **how: Any) -> Any:
    host = f"127.0.0.1:{server.server_port}"
    return ask(f"http://{host}/{path}", method, allow=[host], **how)


def failure(url: str, **how: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        ask(url, **how)
    return caught.value


# ---- where we may go


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "157.240.1.1", "2a03:2880:f12f::1", "2606:4700::1111"])
def test_a_public_address_is_not_refused(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/", "http://0/",
        "https://example.com:8443/", "http://example.com:22/", "ftp://example.com/", "file:///etc/passwd",
        "http://user:word@example.com/", "http:///", "//example.com/", "", "http://example.com:99999/",
    ],
)  # fmt: skip
def test_an_address_of_our_own_network_or_of_no_kind_is_refused(url: str) -> None:
    error = failure(url)
    assert error.permanent
    assert error.code == "refused"


def test_one_private_address_among_public_ones_is_refused() -> None:
    error = failure("http://mixed.example/", resolve=resolver("8.8.8.8", "10.0.0.1"))
    assert "mixed.example" in str(error)
    assert error.code == "refused"


def test_a_name_is_resolved_once_and_that_very_address_is_reached(server: ThreadingHTTPServer) -> None:
    asked: list[str] = []
    name = f"provider.example:{server.server_port}"
    status, _, body = ask(f"http://{name}/echo", allow=[name], resolve=resolver("127.0.0.1", log=asked))
    assert status == 200
    assert json.loads(body)["headers"]["host"] == name
    assert asked == ["provider.example"]


def test_what_is_allowed_on_one_port_is_refused_on_another(server: ThreadingHTTPServer) -> None:
    error = failure(f"http://127.0.0.1:{server.server_port}/echo", allow=[f"127.0.0.1:{server.server_port + 1}"])
    assert error.code == "refused"


def test_the_next_address_is_tried_where_the_first_is_dead(server: ThreadingHTTPServer) -> None:
    name = f"provider.example:{server.server_port}"
    assert ask(f"http://{name}/echo", allow=[name], resolve=resolver("::1", "127.0.0.1"))[0] == 200


def test_a_proxy_of_the_environment_is_not_used(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert at(server, "echo")[0] == 200


def test_a_redirect_is_told_and_not_followed(server: ThreadingHTTPServer) -> None:
    server.seen.clear()  # type: ignore[attr-defined]
    status, headers, _ = at(server, "away", "GET")
    assert (status, headers["location"]) == (302, "/echo")
    assert server.seen == ["/away"]  # type: ignore[attr-defined]


# ---- what is said and heard


def test_json_forms_headers_and_passwords_go_out(server: ThreadingHTTPServer) -> None:
    _, headers, body = at(server, "echo", json={"a": "ש"}, headers={"authorization": "Bearer t"})
    heard = json.loads(body)
    assert json.loads(heard["body"]) == {"a": "ש"}
    assert heard["headers"]["authorization"] == "Bearer t"
    assert headers["x-kind"] == "Echo"
    form = json.loads(at(server, "echo", data={"To": "+972", "Body": "א"}, auth=("id", "word"))[2])
    assert form["body"] == "To=%2B972&Body=%D7%90"
    assert form["headers"]["authorization"].startswith("Basic ")


def test_cookies_do_not_travel_from_one_request_to_the_next(server: ThreadingHTTPServer) -> None:
    host = f"127.0.0.1:{server.server_port}"

    async def run() -> bytes:
        async with GuardedClient([host]) as client:
            await client.request("GET", f"http://{host}/away")
            return (await client.request("GET", f"http://{host}/echo"))[2]

    assert "cookie" not in json.loads(asyncio.run(run()))["headers"]


@pytest.mark.parametrize("path", ["large", "pour", "zipped"])
def test_an_answer_over_the_cap_is_not_read(server: ThreadingHTTPServer, path: str) -> None:
    with pytest.raises(ChannelError) as caught:
        at(server, path, "GET", cap=1000)
    assert caught.value.permanent
    assert caught.value.code in ("too-large", "compressed")


def test_an_answer_over_the_cap_to_something_sent_is_unknown_and_not_failed(server: ThreadingHTTPServer) -> None:
    with pytest.raises(ChannelError) as caught:
        at(server, "large", cap=1000)
    assert (caught.value.unknown, caught.value.permanent) == (True, False)


def test_an_answer_at_the_cap_is_read(server: ThreadingHTTPServer) -> None:
    assert len(at(server, "pour", cap=3000)[2]) == 3000


# ---- what fails


@pytest.mark.parametrize(("path", "patience"), [("slow", 0.1), ("drop", 5.0)])
def test_no_answer_to_what_was_sent_is_unknown(server: ThreadingHTTPServer, path: str, patience: float) -> None:
    with pytest.raises(ChannelError) as caught:
        at(server, path, timeout=patience)
    assert caught.value.unknown
    assert not caught.value.permanent


def test_nobody_there_is_no_unknown() -> None:
    error = failure("http://127.0.0.1:9/", allow=["127.0.0.1:9"])
    assert (error.unknown, error.permanent, error.code) == (False, False, "network")


def test_a_name_without_an_address_is_no_unknown() -> None:
    error = failure("http://nowhere.example/", resolve=resolver())
    assert (error.unknown, error.permanent) == (False, False)


def test_a_name_server_that_hangs_does_not_hang_us() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return ()

    assert not failure("http://nowhere.example/", resolve=never, timeout=0.05).unknown


def test_neither_an_error_nor_the_log_shows_more_than_the_host(
    server: ThreadingHTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(ChannelError) as caught:
        at(server, "drop?token=sesame")
    at(server, "echo", headers={"x-token": "sesame"})
    assert "sesame" not in f"{caught.value} {caplog.text}"
