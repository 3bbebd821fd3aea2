"""A real homeserver (Synapse) without federation, and a resident who writes with a client of their own."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.end_to_end import HERE, until
from tests.peers.servers import running

SERVER, SHARED = "kesher.test", "a-secret-for-registrations"
HOME = Path(os.environ.get("KESHER_PEERS") or Path.home() / ".cache/kesher-peers")


def need_synapse() -> str:
    """Return the path of the Python that has Synapse; skip the test, by name, where `install` could not make it."""
    python = HOME / "synapse/bin/python"
    if not python.exists():
        pytest.skip("synapse is not installed")
    return str(python)


@contextmanager
def homeserver(folder: Path, port: int, registration: str) -> Iterator[str]:
    """Run a homeserver that knows one application service; give its address."""
    python = need_synapse()
    (folder / "kesher.yaml").write_text(registration, encoding="utf-8")
    high = {"per_second": 1000, "burst_count": 1000}
    log = {
        "version": 1,
        "handlers": {"c": {"class": "logging.StreamHandler"}},
        "root": {"level": "INFO", "handlers": ["c"]},
    }
    (folder / "log.json").write_text(json.dumps(log), encoding="utf-8")
    config = {
        "server_name": SERVER,
        "report_stats": False,
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [{"port": port, "bind_addresses": [HERE], "type": "http", "resources": [{"names": ["client"]}]}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
        "log_config": str(folder / "log.json"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": SHARED,
        "macaroon_secret_key": SHARED,
        "form_secret": SHARED,
        "app_service_config_files": [str(folder / "kesher.yaml")],
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "rc_message": high,
        "rc_registration": high,
        "rc_login": {"address": high, "account": high, "failed_attempts": high},
        "rc_invites": {"per_room": high, "per_user": high, "per_issuer": high},
    }
    path = folder / "homeserver.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")  # YAML reads JSON
    command = [python, "-m", "synapse.app.homeserver", "-c", str(path)]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=folder)
    with running(command, folder / "log", HERE, port):
        yield f"http://{HERE}:{port}"


@dataclass
class Resident:
    """A person with an account on the homeserver, in one room with the bot."""

    base: str
    name: str
    token: str = ""
    room: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Register on the homeserver."""
        path = f"{self.base}/_synapse/admin/v1/register"
        nonce = httpx.get(path, trust_env=False, timeout=30).json()["nonce"]
        parts = "\0".join([nonce, self.name, "a-long-password", "notadmin"])
        mac = hmac.new(SHARED.encode(), parts.encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": self.name, "password": "a-long-password", "admin": False, "mac": mac}
        self.token = httpx.post(path, json=body, trust_env=False, timeout=30).json()["access_token"]

    @property
    def user(self) -> str:
        """The person's user ID."""
        return f"@{self.name}:{SERVER}"

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """Call the client API; return its answer."""
        head = {"authorization": f"Bearer {self.token}", **how.pop("headers", {})}
        given = {"json": body} if body is not None else {}
        url = f"{self.base}/_matrix/{path}"
        answer = httpx.request(method, url, headers=head, trust_env=False, timeout=30, **given, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def invite(self, bot: str, *, direct: bool = True, encrypted: bool = False) -> str:
        """Open a room and invite the bot to it."""
        sealed = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        state = {"initial_state": [sealed]} if encrypted else {}
        body = {"invite": [bot], "is_direct": direct, "preset": "trusted_private_chat", **state}
        return str(self.call("POST", "client/v3/createRoom", body)["room_id"])

    def send(self, content: Any, kind: str = "m.room.message") -> str:
        """Send an event to the room; return its id."""
        path = f"client/v3/rooms/{quote(self.room)}/send/{kind}/{next(self.numbers)}"
        return str(self.call("PUT", path, content)["event_id"])

    def says(self, text: str) -> str:
        """Write to the room; return the message's id."""
        return self.send({"msgtype": "m.text", "body": text})

    def photo(self, content: bytes) -> str:
        """Send a photo to the room; return the message's id."""
        head = {"content-type": "image/png"}
        uri = self.call("POST", "media/v3/upload?filename=bor.png", content=content, headers=head)["content_uri"]
        return self.send({"msgtype": "m.image", "body": "bor.png", "url": uri, "info": {"mimetype": "image/png"}})

    def heard(self) -> list[Any]:
        """Return the messages of others in the room, oldest first."""
        found = self.call("GET", f"client/v3/rooms/{quote(self.room)}/messages?dir=b&limit=100")["chunk"]
        return [one for one in reversed(found) if one["type"] == "m.room.message" and one["sender"] != self.user]

    def hears(self, part: str) -> Any:
        """Wait until somebody else wrote this in the room; return the message."""
        return until(lambda: next((one for one in self.heard() if part in one["content"].get("body", "")), None), 60)

    def members(self, room: str) -> dict[str, str]:
        """Return {user ID: membership} of a room."""
        found = self.call("GET", f"client/v3/rooms/{quote(room)}/members")["chunk"]
        return {one["state_key"]: one["content"]["membership"] for one in found}
