"""Channel adapter of Telegram by its Bot API; README.md says how to set up an account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Capabilities,
    Channel,
    ChannelError,
    Check,
    Client,
    Event,
    Json,
    Media,
    Payload,
    Probe,
    Receipt,
    Reply,
    Request,
    Say,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _

from . import connection, groups, inbound, outbound

API = "https://api.telegram.org"
HEADER = "x-telegram-bot-api-secret-token"
TOKEN = re.compile(connection.KEY_FORM)
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")
MIGRATED = "migrated:"  # before the new id of a group, as an error's code
# What a 403 says if the person stopped us; in the other cases we could never have written.
STOPPED = ("blocked by the user", "user is deactivated", "bot was kicked")


class Adapter(Channel):
    """Telegram. `account.token` is the bot's token, `secrets` the secret_token given to setWebhook."""

    title = "Telegram"
    public_title: Mapping[str, str] = {"he": "טלגרם", "ar": "تيليغرام", "ru": "Telegram", "en": "Telegram"}
    connection = connection.CONNECTION
    settings: Mapping[str, str] = {
        "groups": "True where the bot answers in groups and in the discussions of channels: see README.md.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a Telegram message can carry: text length, buttons, files and rate; in public if it is asked."""
        return outbound.GROUP_CAPABILITIES if account.settings.get("groups") is True else outbound.CAPABILITIES

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the secret-token header is one of the account's secrets."""
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        # Sum all comparisons instead of stopping at the first match: the time must not reveal which secret it was.
        secrets = [secret.encode() for secret in account.secrets if secret]
        if not sum(hmac.compare_digest(secret, given) for secret in secrets):
            raise BadSignature(f"{HEADER} does not match")

    def parse(self, request: Request) -> list[Event]:
        """Return the events of an update: a message, a tap, a reaction and so on."""
        return groups.events(request.body)

    def minimize(self, request: Request, account: AccountInfo) -> Request | None:
        """Return a request without what people in a group say to others; None if nothing is left."""
        return groups.minimize(request, account)

    def acknowledge(self, request: Request, account: AccountInfo) -> Reply:
        """Return the HTTP response to an update; for a tapped button it holds the call that stops its spinner.

        Telegram accepts one Bot API call as the response to a webhook.
        """
        if b'"callback_query"' not in request.body:
            return Reply(200, b"")
        query = untrusted_payload.text(untrusted_payload.load_json(request.body), "callback_query", "id")
        answer = {"method": "answerCallbackQuery", "callback_query_id": query}
        return Reply(200, json.dumps(answer).encode(), "application/json") if query else Reply(200, b"")

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        return outbound.render(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Make one Bot API call that sends a message; return a receipt with its id. Raise ChannelError.

        A group that became a supergroup has a new id. The message that is answered stayed behind, so there the answer
        stands alone.
        """
        body = dict(payload.body)
        method = str(body.pop("method", "sendMessage"))
        try:
            result = await call_api(method, body, account, client)
        except ChannelError as error:
            chat = error.code.removeprefix(MIGRATED)
            if chat == error.code or "reply_parameters" not in body:
                raise
            answer = {**body["reply_parameters"], "allow_sending_without_reply": True}
            body = body | {"chat_id": int(chat), "reply_parameters": answer}
            result = await call_api(method, body, account, client)
        return Receipt(inbound.message_id(result) or f"{method}:{payload.ref}")

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Return a received file's bytes: getFile gives a path, and its URL the bytes. Raise ChannelError.

        The URL holds the bot's token, so it is never stored. Raise ChannelError.
        """
        if media.content:
            return media.content
        path = untrusted_payload.text(await call_api("getFile", {"file_id": media.ref}, account, client), "file_path")
        if not path:
            raise ChannelError("telegram: the file has no path", permanent=True)
        url = f"{base_of(account)}/file/bot{account.token}/{quote(path)}"
        try:
            status, _, content = await client.request("GET", url, timeout=60.0, cap=outbound.CAPABILITIES.media_bytes)
        except ChannelError as error:
            raise without_token(error, account) from None
        if status != 200:
            raise ChannelError(f"telegram: file: {status}", permanent=status in (401, 403, 404), code=str(status))
        return content

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a `t.me` link to the bot, which gets `start` when it is opened; "" without an address."""
        name = address.removeprefix("@")
        # Telegram accepts up to 64 letters, digits, _ and - after "start=" and passes them to the bot.
        return f"https://t.me/{name}" + (f"?start={quote(start, safe='')}" if start else "") if name else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the account's health check: whether the bot's token and webhook secret are set and well formed."""
        proper = all(SECRET_FORM.fullmatch(secret) for secret in account.secrets)
        return (
            Check("token", bool(TOKEN.fullmatch(account.token)), _("Enter the token that BotFather gave.")),
            Check("secret", any(account.secrets), _("Enter the secret_token that setWebhook was given.")),
            Check("secret form", proper, _("A secret_token has 1 to 256 letters, digits, _ or -.")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask Telegram who the bot is, and where its updates go."""
        try:
            bot = await call_api("getMe", {}, account, client)
            webhook = await call_api("getWebhookInfo", {}, account, client)
        except ChannelError as error:
            # Telegram answers 404 where the token has not even the right form.
            return failed_probe(error, codes={"404": connection.WRONG_TOKEN, "401": connection.WRONG_TOKEN})
        return connection.judge(account, bot, webhook)

    async def set_webhook(self, account: AccountInfo, client: Client) -> Probe:
        """Tell Telegram our address and the secret that it must send with each update. Raise ChannelError."""
        await call_api("setWebhook", connection.webhook_request(account), account, client)
        return Probe("well", connection.WEBHOOK_SET)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with what `sender` says, as Telegram would send it."""
        headers = {"content-type": "application/json", HEADER: account.secrets[0] if account.secrets else ""}
        return Request("POST", "/", "", headers, json.dumps(simulated(sender, say)).encode())


async def call_api(method: str, body: Json, account: AccountInfo, client: Client) -> Json:
    """Return the result of a Bot API call. Raise ChannelError, without the token in it."""
    url = f"{base_of(account)}/bot{account.token}/{method}"
    try:
        status, _, answer = await client.request("POST", url, json=body)
    except ChannelError as error:
        raise without_token(error, account) from None
    value = untrusted_payload.load_json(answer)
    if status == 200 and untrusted_payload.dig(value, "ok") is True:
        return untrusted_payload.mapping(value, "result")
    if status == 200:
        raise ChannelError("telegram: an answer that is none", unknown=True)
    raise error_from_answer(status, value, in_group=str(body.get("chat_id", "")).startswith("-"))


def base_of(account: AccountInfo) -> str:
    """Return the base URL of Telegram, or of its replacement in tests."""
    return (account.api or API).rstrip("/")


def without_token(error: ChannelError, account: AccountInfo) -> ChannelError:
    """Return a copy of the error without the bot's token, which is part of every URL."""
    words = str(error)
    for secret in filter(None, (account.token, quote(account.token, safe=""))):
        words = words.replace(secret, "***")
    return ChannelError(
        words,
        permanent=error.permanent,
        retry_after=error.retry_after,
        unknown=error.unknown,
        stopped=error.stopped,
        code=error.code,
    )


def error_from_answer(status: int, value: Any, *, in_group: bool = False) -> ChannelError:
    """Return the ChannelError of an error answer: 429 and 5xx may be retried, the rest is permanent.

    ``in_group``: who removed the bot there is not the person whom it answered.
    """
    new_chat = untrusted_payload.number(value, "parameters", "migrate_to_chat_id")
    code = int(untrusted_payload.number(value, "error_code") or status)
    words = untrusted_payload.text(value, "description")
    return ChannelError(
        f"telegram {code}: {words[:300]}",
        permanent=code != 429 and code < 500,
        retry_after=untrusted_payload.number(value, "parameters", "retry_after"),
        stopped=code == 403 and not in_group and any(phrase in words for phrase in STOPPED),
        code=f"{MIGRATED}{new_chat:.0f}" if new_chat else str(code),
    )


def simulated(sender: Address, say: Json) -> Json:
    """Return a made-up update with what `sender` says, as JSON.

    The id of a made-up file is the SHA-256 of its content, so that a fake provider can serve it.
    """
    at = int(say.get("at") or datetime.now(UTC).timestamp())
    number = number_of(str(say.get("id") or f"{sender.address}{datetime.now(UTC).timestamp()}"))
    identity = number_of(sender.address)
    user = {"id": identity, "is_bot": False, "first_name": sender.display or sender.address}
    message: Json = {"message_id": number, "date": at, "chat": {"id": identity, "type": "private"}}
    words = str(say.get("text", ""))
    if say.get("choice_id"):
        button = {"text": words or say["choice_id"], "callback_data": say["choice_id"]}
        prompt = {**message, "reply_markup": {"inline_keyboard": [[button]]}}
        tap = {"id": str(number), "from": user, "message": prompt, "data": say["choice_id"]}
        return {"update_id": number, "callback_query": tap}
    message |= {"from": user, **simulated_content(say, words)}
    return {"update_id": number, "message": message}


def simulated_content(say: Json, words: str) -> Json:
    """Return the content fields of a made-up message: a place, a file with its caption, or text."""
    if say.get("location"):
        return {"location": {"latitude": say["location"]["lat"], "longitude": say["location"]["lon"]}}
    for item in say.get("media") or []:
        digest = hashlib.sha256(base64.b64decode(item.get("content_b64", ""))).hexdigest()
        entry = {"file_id": digest, "mime_type": item.get("mime", "")}
        if item["kind"] == "image":
            return {"photo": [{"file_id": digest, "width": 1280, "height": 960}], "caption": words}
        field = "voice" if item["kind"] == "audio" else item["kind"]
        return {field: {**entry, "file_name": item.get("name", "")}, "caption": words}
    return {"text": words}


def number_of(name: str) -> int:
    """Return a numeric Telegram id for a name: the name itself if it is a number, else a hash of it."""
    if name.isdecimal() and len(name) < 16:
        return int(name)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6])
