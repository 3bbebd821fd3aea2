"""Calls to a homeserver's client API, as the account's bot."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ChannelError, Client, Json

API = "/_matrix/client/v3"
MXC = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_=-]{1,255})")
OUR_FAULT = frozenset(("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"))
WAIT_FOR_TOKEN = 300.0
# What a room says to whoever invites the bot to a group, in all languages: nobody has told us theirs.
DIRECT_ONLY = (
    "אפשר לפנות אלינו בצ'אט אישי בלבד. · "
    "يمكن التواصل معنا في محادثة خاصة فقط. · "
    "Написать нам можно только в личном чате. · "
    "You can write to us in a direct chat only."
)


def base_of(account: AccountInfo) -> str:
    """Return the base URL of the account's homeserver, or of its replacement in tests."""
    return str(account.api or account.settings.get("homeserver_url", "")).rstrip("/")


def escaped(part: str) -> str:
    """Return an id as a part of a URL's path."""
    return quote(part, safe="")


async def call(method: str, path: str, account: AccountInfo, client: Client, *, json: Any = None, **more: Any) -> Json:
    """Return the answer to a call of the client API. Raise ChannelError with Matrix's error code."""
    head = {"authorization": f"Bearer {account.token}", **more.pop("headers", {})}
    status, headers, answer = await client.request(method, f"{base_of(account)}{path}", headers=head, json=json, **more)
    value = untrusted_payload.load_json(answer)
    if status == 200 and isinstance(value, dict):
        return value
    if status == 200:
        raise ChannelError("matrix: an answer that is none", unknown=True)
    raise error_from_answer(status, value, headers.get("retry-after", ""))


def error_from_answer(status: int, value: Any, retry_after: str = "") -> ChannelError:
    """Return the ChannelError of an error answer: a limit and 5xx may be retried, and a refused token is our error."""
    code = untrusted_payload.text(value, "errcode") or str(status)
    words = untrusted_payload.text(value, "error")[:300]
    limited = code == "M_LIMIT_EXCEEDED" or status == 429
    wait = untrusted_payload.number(value, "retry_after_ms")
    after = wait / 1000 if wait is not None else untrusted_payload.number(retry_after) if limited else None
    if code in OUR_FAULT:
        after = WAIT_FOR_TOKEN
    passing = limited or status >= 500 or code in OUR_FAULT
    return ChannelError(f"matrix {status} {code}: {words}", permanent=not passing, retry_after=after, code=code)


def room_path(room: str, *parts: str) -> str:
    """Return the path of a room in the client API."""
    return "/".join([f"{API}/rooms/{escaped(room)}", *map(escaped, parts)])


async def join(room: str, account: AccountInfo, client: Client) -> None:
    """Accept an invitation. The bot's user is made first if the homeserver does not have it yet."""
    try:
        await call("POST", room_path(room, "join"), account, client, json={})
    except ChannelError as error:
        if not error.permanent:
            raise
        await register(account, client)
        await call("POST", room_path(room, "join"), account, client, json={})


async def register(account: AccountInfo, client: Client) -> None:
    """Make the bot's user on the homeserver; it may be there already."""
    name = account.address.removeprefix("@").partition(":")[0]
    body = {"type": "m.login.application_service", "username": name, "inhibit_login": True}
    try:
        await call("POST", f"{API}/register", account, client, json=body)
    except ChannelError as error:
        if error.code != "M_USER_IN_USE":
            raise


async def leave(room: str, account: AccountInfo, client: Client) -> None:
    """Leave a room, or decline an invitation to it; it may be gone already."""
    try:
        await call("POST", room_path(room, "leave"), account, client, json={"reason": DIRECT_ONLY})
    except ChannelError as error:
        if not error.permanent:
            raise


async def others_in(room: str, account: AccountInfo, client: Client) -> dict[str, str]:
    """Return {user ID: "join" or "invite"} of all in a room but the bot."""
    found = await call("GET", f"{room_path(room, 'members')}?not_membership=leave", account, client, cap=5_000_000)
    members = {
        untrusted_payload.text(item, "state_key"): untrusted_payload.text(item, "content", "membership")
        for item in untrusted_payload.sequence(found, "chunk")
    }
    return {user: state for user, state in members.items() if state in ("join", "invite") and user != account.address}


async def enter(room: str, account: AccountInfo, client: Client) -> dict[str, str]:
    """Return who else is in a room; join it first if we are only invited."""
    try:
        return await others_in(room, account, client)
    except ChannelError as error:
        if error.code != "M_FORBIDDEN":
            raise
        await join(room, account, client)
        return await others_in(room, account, client)


async def upload(content: bytes, mime: str, name: str, account: AccountInfo, client: Client) -> str:
    """Store a file on the homeserver; return its mxc: address."""
    path = f"/_matrix/media/v3/upload?filename={escaped(name or 'file')}"
    headers = {"content-type": mime or "application/octet-stream"}
    found = await call("POST", path, account, client, headers=headers, content=content, timeout=60.0)
    return untrusted_payload.text(found, "content_uri")


async def download(address: str, cap: int, account: AccountInfo, client: Client) -> bytes:
    """Return a file of the homeserver by its mxc: address. Raise ChannelError."""
    parts = MXC.fullmatch(address)
    if parts is None:
        raise ChannelError("matrix: not the address of a file", permanent=True)
    head = {"authorization": f"Bearer {account.token}"}
    place = f"download/{escaped(parts[1])}/{escaped(parts[2])}"
    # Homeservers before version 1.11 of the specification have only the second.
    for way in ("/_matrix/client/v1/media/", "/_matrix/media/v3/"):
        url = f"{base_of(account)}{way}{place}"
        status, _, content = await client.request("GET", url, headers=head, timeout=60.0, cap=cap)
        if status == 200:
            return content
        error = error_from_answer(status, untrusted_payload.load_json(content))
        if error.code != "M_UNRECOGNIZED":
            break
    raise error
