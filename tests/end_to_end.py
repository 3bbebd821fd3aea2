"""The environment of end-to-end tests: Kesher's processes on the test's database, fake providers, and people who write.

The providers check what real ones check; people write through signed payloads over real HTTP.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from kesher.agencies.models import Agency
from kesher.agencies.services import create_agency
from kesher.channels.base import Address, Request
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.models import Delivery, Intake
from kesher.core.db.agency_scope import scope
from tests.prefork import Forks, Process

HERE = "127.0.0.1"
WHATSAPP_ID = "1122334455667"
SID = "AC00000000000000000000000000000001"


def free_port() -> int:
    """Return a free port below 32768, which the system gives to no outgoing connection."""
    while True:
        port = secrets.randbelow(17_000) + 15_000
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((HERE, port))
            return port


def until[T](find: Callable[[], T | None], seconds: float = 20.0) -> T:
    """Return the first true result of ``find``; fail where there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = find()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {seconds} s")


@dataclass
class Sent:
    """A message that a provider received: channel, the person's address, text and the whole request."""

    channel: str
    to: str
    text: str
    body: dict[str, Any] = field(default_factory=dict)


class Providers(ThreadingHTTPServer):
    """Fake Meta, Telegram and Twilio on one port; they refuse what the real ones refuse."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HERE, port), ProviderHandler)
        self.sent: list[Sent] = []
        self.fail = 0  # how many requests are answered 503 first
        self.stall = 0.0
        self.report: Callable[[str, str, str], None] = lambda to, target, ref: None  # Meta's report of what it received
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.server_address[1]}"


class ProviderHandler(BaseHTTPRequestHandler):
    server: Providers

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.fail > 0:
            self.server.fail -= 1
            return self.answer(503, {"error": "unavailable"})
        if "/messages" in self.path and self.path.startswith("/v"):
            return self.whatsapp(json.loads(raw))
        if self.path.startswith("/bot"):
            return self.telegram(json.loads(raw))
        if self.path.startswith("/2010-04-01/"):
            return self.twilio(dict(urllib.parse.parse_qsl(raw.decode())))
        return self.answer(404, {})

    def whatsapp(self, body: dict[str, Any]) -> None:
        if self.headers.get("authorization") != "Bearer wa-token":
            return self.answer(401, {"error": {"code": 190, "message": "bad token"}})
        kind = body["type"]
        text = body[kind]["body"]["text"] if kind == "interactive" else body.get(kind, {}).get("body", "")
        if len(text) > 4096 or not body.get("to", "").isdigit():
            return self.answer(400, {"error": {"code": 100, "message": "invalid parameter"}})
        self.server.sent.append(Sent("whatsapp", "+" + body["to"], text, body))
        time.sleep(self.server.stall)
        wamid = f"wamid.out{len(self.server.sent)}"
        told = ("+" + body["to"], wamid, body.get("biz_opaque_callback_data", ""))
        threading.Thread(target=self.server.report, args=told, daemon=True).start()
        return self.answer(200, {"messages": [{"id": wamid}]})

    def telegram(self, body: dict[str, Any]) -> None:
        if not self.path.startswith("/bot1234:tg-token/"):
            return self.answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if self.path.endswith("/sendMessage"):
            self.server.sent.append(Sent("telegram", str(body["chat_id"]), body["text"], body))
        return self.answer(
            200, {"ok": True, "result": {"message_id": len(self.server.sent), "chat": {"id": body.get("chat_id")}}}
        )

    def twilio(self, form: dict[str, str]) -> None:
        if not self.headers.get("authorization", "").startswith("Basic ") or len(form["Body"]) > 1600:
            return self.answer(401, {"code": 20003, "message": "Authenticate"})
        self.server.sent.append(Sent("sms", form["To"], form["Body"], dict(form)))
        return self.answer(201, {"sid": f"SM{len(self.server.sent):032d}", "status": "queued"})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class PostOffice:
    """The mail server's handler (aiosmtpd)."""

    def __init__(self, sent: list[Sent]) -> None:
        self.sent = sent

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        part = mail.get_body(("plain",))
        text = part.get_content() if part else ""
        self.sent.append(
            Sent("email", envelope.rcpt_tos[0], text, {"subject": mail["subject"], "headers": dict(mail.items())})
        )
        return "250 OK"


class ServerFolder:
    """The ports, the data folder and the parent process of Kesher, for all end-to-end tests of one worker."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port, self.provider_port, self.mail_port = free_port(), free_port(), free_port()
        self.url = f"http://{HERE}:{self.port}"
        self.environment = {**environment_of(self), **environment}

    @cached_property
    def forks(self) -> Forks:
        return Forks(self.environment)

    def clear(self) -> None:
        """Delete what a test left in the folder, except keys and static files."""
        for name in ("files", "spool"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


def environment_of(server_folder: ServerFolder) -> dict[str, str]:
    database = connection.settings_dict
    name = str(database["NAME"])
    url = f"sqlite://{name}" if connection.vendor == "sqlite" else f"postgres://kesher@/{name}?host={database['HOST']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "KESHER_DATA": str(server_folder.folder),
        "KESHER_SECRET": settings.SECRET_KEY,
        "KESHER_VAULT": ",".join(settings.KESHER_VAULT_KEYS),
        "KESHER_PUBLIC_URL": server_folder.url,
        "KESHER_HOSTS": "*",
        "KESHER_SSRF_ALLOW": f"{HERE}:{server_folder.provider_port}",
        "KESHER_DEBUG": "1",
        "KESHER_LEASE_SECONDS": "6",
    }


class KesherServer:
    """A running Kesher, and everything that an end-to-end test does with it."""

    def __init__(self, agency: Agency, server_folder: ServerFolder) -> None:
        self.agency = agency
        self.place = server_folder
        self.port, self.url, self.mail_port = server_folder.port, server_folder.url, server_folder.mail_port
        self.providers = Providers(server_folder.provider_port)
        self.mail = Controller(PostOffice(self.providers.sent), hostname=HERE, port=self.mail_port)
        self.mail.start()
        self.processes: dict[str, Process] = {}
        self.accounts = self.open_accounts()
        self.providers.report = self.tell_sent
        browser = {"Origin": self.url}  # a browser says where its forms come from
        self.http = httpx.Client(base_url=self.url, headers=browser, timeout=20, follow_redirects=True, trust_env=False)

    def open_accounts(self) -> dict[str, Account]:
        api = {"api": self.providers.url}
        mail = {"smtp_host": HERE, "smtp_port": self.mail_port, "smtp_tls": "none", "allow_private": True}
        return {
            "whatsapp": open_account("whatsapp", address=WHATSAPP_ID, secrets=("wa-secret",), token="wa-token", settings=api),
            "sms": open_account("sms", address="+97235550101", secrets=("sms-token",), token="sms-token", settings={**api, "account_sid": SID}),
            "telegram": open_account("telegram", address="neve_yam_bot", secrets=("tg-secret",), token="1234:tg-token", settings=api),
            "email": open_account("email", address="moked@neve-yam.example", secrets=("mail-secret",), settings=mail),
            "webchat": open_account("webchat", secrets=("chat-secret",)),
        }  # fmt: skip

    def start(self, *roles: str) -> None:
        for role in roles:
            self.processes[role] = self.place.forks.start(role, self.port)
        if "web" in roles:
            until(self.answers, 40)

    def answers(self) -> bool:
        try:
            return self.http.get("/in/none/none").status_code == 404
        except httpx.TransportError:
            return False

    def kill(self, role: str) -> None:
        """Kill a process (SIGKILL)."""
        self.processes[role].send_signal(signal.SIGKILL)
        self.processes[role].wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.http.close()
        self.mail.stop()
        self.providers.shutdown()
        self.providers.server_close()

    def request(self, channel: str, sender: Address, **say: Any) -> Request:
        """Return a correctly signed payload, as the provider would send it."""
        account = self.accounts[channel]
        made = account.adapter.simulate(sender, say, account.info(self.url))
        assert made is not None
        return made

    def post(self, channel: str, made: Request) -> httpx.Response:
        """Post a payload to the intake lane."""
        path = f"/in/{channel}/{self.accounts[channel].key}"
        extra = made.path[len(path) :] if made.path.startswith(path) else ""
        url = path + extra + (f"?{made.query}" if made.query else "")
        return self.http.request(made.method, url, content=made.body, headers=dict(made.headers))

    def says(self, channel: str, sender: Address, text: str = "", **say: Any) -> httpx.Response:
        """Write as a person."""
        response = self.post(channel, self.request(channel, sender, text=text, **say))
        assert response.status_code < 300, response.text
        return response

    def hears(self, channel: str, sender: Address, part: str, after: int = 0) -> Sent:
        """Wait until a provider received a message to this person with ``part`` in it."""

        def find() -> Sent | None:
            for item in self.providers.sent[after:]:
                if (
                    item.channel == channel
                    and item.to.lstrip("+") == sender.address.lstrip("+")
                    and part in item.text + str(item.body)
                ):
                    return item
            return None

        try:
            return until(find)
        except AssertionError:
            heard = [(item.channel, item.to, item.text) for item in self.providers.sent[after:]]
            raise AssertionError(f"{sender.address} never heard {part!r} on {channel}; heard: {heard}") from None

    def ask(self, channel: str, sender: Address, text: str, expect: str, **say: Any) -> Sent:
        """Write as a person, and wait for a reply with ``expect`` in it."""
        before = len(self.providers.sent)
        self.says(channel, sender, text, **say)
        return self.hears(channel, sender, expect, before)

    def tell_sent(self, to: str, target: str, ref: str) -> None:
        """Send Meta's receipt for what it received, once the server answers."""
        made = self.request("whatsapp", Address("tel", to), status="sent", target=target, ref=ref)
        for _try in range(20):
            try:
                self.post("whatsapp", made)
                return
            except (httpx.TransportError, RuntimeError):
                time.sleep(0.25)

    def quiet(self) -> None:
        """Wait until the journal and the queue are empty."""
        until(lambda: not Intake.objects.filter(state="new").exists())
        until(lambda: not Delivery.objects.filter(state__in=["queued", "sending"], not_before__lt=time.time()).exists())


@pytest.fixture(scope="session")
def server_folder(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFolder]:
    made = ServerFolder(tmp_path_factory.mktemp("server"))
    yield made
    made.forks.close()


@pytest.fixture
def kesher_server(transactional_db: None, server_folder: ServerFolder, settings: Any) -> Iterator[KesherServer]:
    """Kesher's web, worker and sender on this test's database."""
    names = {"he": "עיריית נווה־ים", "en": "City of Neve Yam"}
    agency = create_agency(slug="neve-yam", names=names, languages=["he", "ar", "ru", "en"], numbers={"case": 20400})
    settings.KESHER_PUBLIC_URL = server_folder.url
    settings.MEDIA_ROOT = server_folder.folder / "files"
    with scope(agency):
        made = KesherServer(agency, server_folder)
        try:
            made.start("web", "worker", "sender")
            yield made
        finally:
            made.stop()
            server_folder.clear()
