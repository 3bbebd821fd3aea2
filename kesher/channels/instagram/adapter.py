"""Channel adapter of Instagram's direct messages by Meta's Send API (v25.0); README.md says how to set it up."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, Capabilities, Choices, Client, Json, Limit, Probe
from kesher.channels.meta.graph_api import ErrorCodes
from kesher.channels.meta.inbound import Product
from kesher.channels.meta.messaging_channel import NAMED, RETRY, STOPPED, UNKNOWN, MessagingChannel
from kesher.channels.meta.outbound import WINDOW_HOURS, Comments
from kesher.channels.meta.page_connection import profile_request

from . import connection
from .comments import change_event


class Adapter(MessagingChannel):
    """Instagram. `account.address` is the professional account's ID, `token` that of the page linked with it."""

    title = "Instagram"
    public_title: Mapping[str, str] = {"he": "אינסטגרם", "ar": "إنستغرام", "ru": "Instagram", "en": "Instagram"}
    connection = connection.CONNECTION
    product = Product("instagram", "instagram", change_event)
    moderation: Mapping[str, tuple[str, Json]] = {"hide": ("", {"hide": True}), "show": ("", {"hide": False})}
    comments = Comments("replies", Limit(2200, "utf16"))
    errors = ErrorCodes("instagram", RETRY, STOPPED, NAMED, UNKNOWN)
    needed = ("messages",)
    limits = Capabilities(
        text=Limit(1000, "byte"),
        rows=Choices(13, Limit(20, "utf16")),
        media=frozenset(("image", "audio", "video", "sticker")),
        media_bytes=25 * 1024 * 1024,
        receipts=True,
        public=True,
        window_hours=WINDOW_HOURS,
        direct=False,
        assurance=1,
        schemes=("instagram",),
        after_unknown="ask",
    )

    async def owner(self, account: AccountInfo, client: Client) -> tuple[str, str]:
        """Return (ID, user name) of the account that is linked with the token's page. Raise ChannelError."""
        value = await self.call("GET", "me?fields=instagram_business_account{id,username}", account, client)
        linked = untrusted_payload.mapping(value, "instagram_business_account")
        return untrusted_payload.text(linked, "id"), untrusted_payload.text(linked, "username")

    async def set_webhook(self, account: AccountInfo, client: Client) -> Probe:
        """Let the app get the messages of the linked page, and set the menu; the app's address is entered by hand."""
        return await self.subscribe(account, client, profile_request("instagram"))

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return an `ig.me` link to the account, which gets `start` when it is opened; "" without an address."""
        name = quote(address.removeprefix("@"), safe="")
        return f"https://ig.me/m/{name}" + (f"?ref={quote(start, safe='')}" if start else "") if name else ""
