"""Channel adapter of Messenger, for a Facebook page, by Meta's Send API (v25.0); README.md says how to set it up."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from kesher.channels.base import (
    AccountInfo,
    Capabilities,
    ChannelError,
    Choices,
    Client,
    Json,
    Limit,
    Probe,
    failed_probe,
)
from kesher.channels.meta.graph_api import ErrorCodes
from kesher.channels.meta.inbound import Product
from kesher.channels.meta.messaging_channel import NAMED, RETRY, STOPPED, UNKNOWN, MessagingChannel
from kesher.channels.meta.outbound import WINDOW_HOURS, Comments
from kesher.channels.meta.page_connection import profile_request

from . import connection
from .comments import feed_event

# Meta does not define "characters". UTF-16 units are at least as many as any other count, so nothing is refused.
TITLE = Limit(20, "utf16")


class Adapter(MessagingChannel):
    """Messenger. `account.address` is the page's ID, `token` its access token, `secrets` the app secrets."""

    title = "Messenger"
    public_title: Mapping[str, str] = {"he": "מסנג׳ר", "ar": "ماسنجر", "ru": "Messenger", "en": "Messenger"}
    connection = connection.CONNECTION
    product = Product("page", "messenger", feed_event)
    moderation: Mapping[str, tuple[str, Json]] = {
        "hide": ("", {"is_hidden": True}),
        "show": ("", {"is_hidden": False}),
        "like": ("/likes", {}),
    }
    comments = Comments("comments", Limit(8000, "utf16"))
    errors = ErrorCodes("messenger", RETRY, STOPPED, NAMED, UNKNOWN)
    has_metadata = True
    settings: Mapping[str, str] = {
        **MessagingChannel.settings,
        "comments": "True where comments and posts of visitors come here, too: the page's field feed.",
    }
    needed = ("messages", "messaging_postbacks", "message_echoes", "message_deliveries", "message_reads")
    limits = Capabilities(
        text=Limit(2000, "utf16"),
        buttons=Choices(3, TITLE, body=Limit(640, "utf16")),
        rows=Choices(13, TITLE),
        media=frozenset(("image", "audio", "video", "document", "sticker")),
        media_bytes=25 * 1024 * 1024,
        receipts=True,
        public=True,
        window_hours=WINDOW_HOURS,
        direct=False,
        assurance=1,
        schemes=("messenger",),
        after_unknown="ask",
    )

    async def set_webhook(self, account: AccountInfo, client: Client) -> Probe:
        """Tell Meta our address for the app, let the app get the page's messages, and set the menu."""
        secret = next(filter(None, account.secrets), "")
        app = str(account.settings.get("app_id") or "")
        if not (app.isdecimal() and secret):
            return Probe("wrong", connection.NO_APP)
        body = connection.subscription_request(account)
        try:
            await self.call("POST", f"{app}/subscriptions", account, client, body=body, token=f"{app}|{secret}")
        except ChannelError as error:
            return failed_probe(error, codes=connection.CODES)
        return await self.subscribe(account, client, profile_request())

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return an `m.me` link to the page, which gets `start` when it is opened; "" without an address."""
        page = quote(address.removeprefix("@"), safe="")
        return f"https://m.me/{page}" + (f"?ref={quote(start, safe='')}" if start else "") if page else ""
