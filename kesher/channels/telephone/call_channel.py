"""The base of the channels of telephone calls: all but the provider's request and document formats."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    Capabilities,
    Channel,
    ChannelError,
    Client,
    Event,
    Media,
    Payload,
    Pull,
    Receipt,
    Reply,
    Request,
    Say,
)
from kesher.channels.phone_numbers import is_same_number
from kesher.channels.telephone import call_steps
from kesher.channels.telephone.call_steps import Heard, read_step
from kesher.channels.telephone.gather import Instructions

RECORDING_MOST = 30_000_000  # bytes
SPEECH_SETTING = "Whether the provider recognises speech (default true); false: what no key answers is recorded."


class CallChannel(Channel):
    """Telephone calls; a subclass reads its provider's requests and writes its documents."""

    public_title: Mapping[str, str] = {"he": "טלפון", "ar": "هاتف", "ru": "Телефон", "en": "Telephone"}
    body_cap = 100_000
    pulled = True
    say_most: int  # characters that the provider reads aloud in one go

    @abstractmethod
    def read_request(self, request: Request) -> Heard:
        """Return what the provider tells of a call. Never raise."""

    @abstractmethod
    def write_reply(self, instructions: Instructions, request: Request) -> Reply:
        """Return instructions as the HTTP response to a request; they lead back to its URL."""

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a call can carry: text that is read aloud while it lasts; nothing proves the caller's number."""
        return call_steps.spoken_capabilities(self.say_most)

    def parse(self, request: Request) -> list[Event]:
        """Return the event of a request: what the caller chose, said or recorded; [] for one that says nothing."""
        heard = self.read_request(request)
        if not heard.call:
            return [untrusted_payload.unreadable_event(request.body)]
        return call_steps.read_call(heard, read_step(request.query))

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return whether an event is for this account's number, however it is spelled."""
        return super().is_addressed(event, account) or is_same_number(event.account, account.address)

    def acknowledge(self, request: Request, account: AccountInfo) -> Reply:
        """Return the document for a call that begins, or whose answer was stored: it waits for the reply."""
        found = call_steps.first_instructions(self.read_request(request), read_step(request.query), account.body)
        return self.write_reply(found, request)

    def pull(self, request: Request) -> Pull | None:
        """Return what a call waits for, or that its question is to be asked again."""
        return call_steps.pull_of(self.read_request(request), read_step(request.query))

    def hand_over(self, payloads: Sequence[Payload], request: Request, account: AccountInfo) -> Reply:
        """Return the document that reads these payloads aloud; without any, that waits on."""
        bodies = [payload.body for payload in payloads]
        speech = account.settings.get("speech") is not False
        heard, step = self.read_request(request), read_step(request.query)
        return self.write_reply(call_steps.reply_instructions(bodies, heard, step, speech=speech), request)

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the payloads of a message, to be read aloud; [] for an address of another channel."""
        return call_steps.render_spoken(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Raise ChannelError: a call fetches what it reads aloud (`pull`), and nothing is sent to it."""
        raise ChannelError("a call fetches its replies itself", permanent=True)

    async def download(self, media: Media, client: Client, **credentials: Any) -> bytes:
        """Return the bytes of a recording, fetched with these ``credentials`` (auth, headers). Raise ChannelError.

        A recording that is not there yet comes within a minute.
        """
        status, _headers, body = await client.request("GET", media.url, cap=RECORDING_MOST, **credentials)
        if status != 200:
            raise ChannelError(f"recording: {status}", permanent=status in (401, 403, 410))
        return body

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a `tel:` link to our number; "" without an address."""
        return f"tel:{address}" if address else ""
