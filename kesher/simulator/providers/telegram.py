"""Fake Telegram Bot API server of the simulator, with the real API's limits and error texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kesher.channels import untrusted_payload
from kesher.channels.base import Json
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.core.db.agency_scope import scope
from kesher.core.files.attachments import file_path
from kesher.simulator.providers import accounts_of, stand_in
from kesher.simulator.services import find_setting, record_message, store_setting

TEXT = 4096
CAPTION = 1024
# Tags that HTML mode allows.
TAGS = frozenset(
    ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "tg-spoiler", "span", "blockquote"]
)
FILES = {
    "sendPhoto": "photo",
    "sendAudio": "audio",
    "sendVideo": "video",
    "sendDocument": "document",
    "sendSticker": "sticker",
    "sendVoice": "voice",
}
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOCAL = frozenset(("127.0.0.1", "localhost"))  # the simulator's own server has no certificate
ADDRESS = re.compile(r"https?://\S+|[A-Za-z0-9_-]{10,}")


@stand_in
def call(request: HttpRequest, token: str, method: str) -> HttpResponse:
    """Answer a Bot API call as Telegram does: check the token and pass it to the method's function."""
    account = next((row for row in accounts_of("telegram") if row.info().token == token), None)
    if account is None:
        return bot_error(401, "Unauthorized")
    if method not in METHODS:
        return bot_error(404, "Not Found: method not found")
    with scope(account.agency):
        return METHODS[method](account, method, untrusted_payload.mapping(untrusted_payload.load_json(request.body)))


@stand_in
def file(request: HttpRequest, token: str, path: str) -> HttpResponse:
    """Return a file that a simulated person sent, by the path that getFile returned."""
    digest = path.removeprefix("photos/")
    known = any(row.info().token == token for row in accounts_of("telegram"))
    if not known or "/" in digest or not file_path(digest).is_file():
        return bot_error(404, "Not Found")
    return HttpResponse(file_path(digest).read_bytes(), content_type="application/octet-stream")


def send(account: Account, method: str, body: Json) -> HttpResponse:
    """Answer sendMessage and the methods that send files: check the content and store it on the phone."""
    chat = str(body.get("chat_id") or "")
    problem = (
        chat_problem(chat)
        or content_problem(method, body)
        or markup_problem(untrusted_payload.mapping(body, "reply_markup"))
    )
    if problem:
        return bot_error(*problem)
    row = record_message(account.channel, chat, {"method": method, **body, "account": account.key})
    who = {"id": int(chat), "type": "private"}
    result = {"message_id": row.pk, "date": int(timezone.now().timestamp()), "chat": who, "text": body.get("text", "")}
    return JsonResponse({"ok": True, "result": result})


def get_file(_account: Account, _method: str, body: Json) -> HttpResponse:
    """Answer the Bot API method getFile with the path of a file."""
    digest = untrusted_payload.text(body, "file_id")
    if not file_path(digest or "-").is_file():
        return bot_error(400, "Bad Request: invalid file_id")
    result = {"file_id": digest, "file_unique_id": digest[:16], "file_path": f"photos/{digest}"}
    return JsonResponse({"ok": True, "result": result})


def answer_true(_account: Account, _method: str, _body: Json) -> HttpResponse:
    """Answer a Bot API method whose result is always true."""
    return JsonResponse({"ok": True, "result": True})


def get_me(account: Account, _method: str, _body: Json) -> HttpResponse:
    """Answer the Bot API method getMe with a description of the bot."""
    result = {"id": 1, "is_bot": True, "first_name": account.name, "username": account.address}
    return JsonResponse({"ok": True, "result": result})


def set_webhook(account: Account, _method: str, body: Json) -> HttpResponse:
    """Answer the Bot API method setWebhook: check the URL and the secret, and store them."""
    url, secret = untrusted_payload.text(body, "url"), untrusted_payload.text(body, "secret_token")
    if not url.startswith("https://") and urlsplit(url).hostname not in LOCAL:
        return bot_error(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        return bot_error(400, "Bad Request: secret token contains unallowed characters")
    store_setting(account, "webhook", {"url": url, "secret_token": secret, "updates": body.get("allowed_updates", [])})
    return JsonResponse({"ok": True, "result": True, "description": "Webhook was set"})


def get_webhook_info(account: Account, _method: str, _body: Json) -> HttpResponse:
    """Answer the Bot API method getWebhookInfo; the secret is not part of it."""
    known = find_setting(account, "webhook")
    result = {"url": known.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0}
    return JsonResponse({"ok": True, "result": {**result, "allowed_updates": known.get("updates", [])}})


METHODS: dict[str, Callable[[Account, str, Json], HttpResponse]] = {
    "sendMessage": send,
    **dict.fromkeys(FILES, send),
    "getFile": get_file,
    "getMe": get_me,
    "setWebhook": set_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_true,
    "sendChatAction": answer_true,
}


def bot_error(code: int, description: str) -> JsonResponse:
    """Return an error response in the Bot API's JSON format."""
    return JsonResponse({"ok": False, "error_code": code, "description": description}, status=code)


def chat_problem(chat: str) -> tuple[int, str] | None:
    """Return (code, text) of an error unless the person wrote to the bot first; else None."""
    if not chat:
        return 400, "Bad Request: chat_id is empty"
    if not chat.isdecimal():
        return 400, "Bad Request: chat not found"
    if not Message.objects.filter(channel="telegram", direction="in", identity__address=chat).exists():
        return 403, "Forbidden: bot can't initiate conversation with a user"
    return None


def content_problem(method: str, body: Json) -> tuple[int, str] | None:
    """Return (code, text) of the error that Telegram would give for a text or file, or None."""
    if field := FILES.get(method):
        if not ADDRESS.fullmatch(untrusted_payload.text(body, field)):
            return 400, f"Bad Request: there is no {field} in the request"
        words, most, name = untrusted_payload.text(body, "caption"), CAPTION, "caption"
    else:
        words, most, name = untrusted_payload.text(body, "text"), TEXT, "text"
        if not words.strip():
            return 400, "Bad Request: message text is empty"
    reader = Markup()
    if untrusted_payload.text(body, "parse_mode") == "HTML":
        reader.feed(words)
        reader.close()
        if reader.problem or reader.open:
            return 400, f"Bad Request: can't parse entities: {reader.problem or 'a tag is not closed'}"
        words = reader.words
    if len(words.encode("utf-16-le")) // 2 > most:
        return 400, f"Bad Request: message {'caption ' if name == 'caption' else ''}is too long"
    return None


def markup_problem(markup: Json) -> tuple[int, str] | None:
    """Return (code, text) of the error that Telegram would give for buttons, or None."""
    for row in untrusted_payload.sequence(markup, "inline_keyboard"):
        for button in row if isinstance(row, list) else []:
            data = untrusted_payload.text(button, "callback_data")
            if not untrusted_payload.text(button, "text"):
                return 400, 'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String'
            if not (data or untrusted_payload.text(button, "url")):
                return 400, "Bad Request: inline keyboard button needs callback_data or url"
            if len(data.encode()) > 64:
                return 400, "Bad Request: BUTTON_DATA_INVALID"
    return None


class Markup(HTMLParser):
    """Parses a message's HTML as Telegram does: few tags, all of them closed."""

    def __init__(self) -> None:
        """Start with no text, no open tags and no error."""
        super().__init__()
        self.words = ""
        self.open: list[str] = []
        self.problem = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Record an error for a tag that Telegram does not support."""
        if tag not in TAGS:
            self.problem = self.problem or f'Unsupported start tag "{tag}"'
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Record an error for an end tag without its start tag."""
        if not self.open or self.open.pop() != tag:
            self.problem = self.problem or "Unmatched end tag"

    def handle_data(self, data: str) -> None:
        """Collect the text between the tags."""
        self.words += data
