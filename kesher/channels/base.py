"""The contract of channel adapters: events, capabilities and the base class, without Django or database.

A channel is a *pure translator*. `verify`, `parse` and `render` do no input or output, so golden files can test them.
Only `send`, `fetch_media` and `listen` talk to the provider. What differs between channels is data (`Capabilities`),
never a branch outside the channel's own folder.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# Re-exported as parts of the contract.
from kesher.channels.outbound_message import Capabilities as Capabilities  # noqa: PLC0414
from kesher.channels.outbound_message import Choices as Choices  # noqa: PLC0414
from kesher.channels.outbound_message import Limit as Limit  # noqa: PLC0414
from kesher.channels.outbound_message import Media as Media  # noqa: PLC0414
from kesher.channels.outbound_message import Option as Option  # noqa: PLC0414
from kesher.channels.outbound_message import Say as Say  # noqa: PLC0414
from kesher.channels.outbound_message import TemplateRef as TemplateRef  # noqa: PLC0414
from kesher.channels.outbound_message import Unit as Unit  # noqa: PLC0414
from kesher.channels.provider_connection import AccountInfo as AccountInfo  # noqa: PLC0414
from kesher.channels.provider_connection import ChannelError as ChannelError  # noqa: PLC0414
from kesher.channels.provider_connection import Check as Check  # noqa: PLC0414
from kesher.channels.provider_connection import Client as Client  # noqa: PLC0414
from kesher.channels.provider_connection import ConnectField as ConnectField  # noqa: PLC0414
from kesher.channels.provider_connection import Connection as Connection  # noqa: PLC0414
from kesher.channels.provider_connection import ListedTemplate as ListedTemplate  # noqa: PLC0414
from kesher.channels.provider_connection import Probe as Probe  # noqa: PLC0414
from kesher.channels.provider_connection import TemplateListing as TemplateListing  # noqa: PLC0414
from kesher.channels.provider_connection import failed_probe as failed_probe  # noqa: PLC0414
from kesher.channels.provider_connection import gettext_noop as gettext_noop  # noqa: PLC0414
from kesher.core.contact_address import Address as Address  # noqa: PLC0414

Json = dict[str, Any]


class Kind(StrEnum):
    """What happened on a channel, with the keys of `Event.data` that go with it.

    A channel that receives anything else returns UNKNOWN with the raw data.

    A MESSAGE always has text to read. If it came in a form of its own, `text` says it in words, `content` names the
    form (see `Content`) and `data` holds it (`form`, `order`, `contacts`, `poll`). Any event may have
    `data["truncated"]` (the text was longer than we read; it ends with "…") and `data["claimed"]` (nothing vouches for
    the sender; never together with `data["authenticated"]`).
    """

    MESSAGE = "message"  # text, files or a place from a person
    CHOICE = "choice"  # a tap on one of our options
    # A delivery receipt for something we sent: `target` or data["ref"]. data["until"] (an ISO time): it holds for all
    # that was sent to `sender` up to then.
    STATUS = "status"
    REACTION = "reaction"
    EDIT = "edit"
    DELETE = "delete"
    STARTED = "started"  # the person opened the conversation and has said nothing yet
    # The person refused or accepted messages; data["category"]: which ("marketing_messages"), "" for all.
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    IDENTITY_CHANGED = "identity_changed"  # ``data["to"]``: the new addresses, [{scheme, address}]
    # Our own account sent this from another application. `sender` is the *recipient*, in whose conversation it
    # belongs. Text, media and location as in a MESSAGE; data["by"]: our own number; data["of"]: "edit", "delete" or
    # "reaction", with `target`, if it is no new message; data["own"]: true if it was sent from here after all;
    # data["automatic"]: true if a program of others sent it, which is no answer by staff.
    ECHO = "echo"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    COMMENT = "comment"
    CALL = "call"  # the person called: `text` is "[call]", data["call"] has the details; one event a call
    ACCOUNT = "account"  # news about the account itself: quality, templates, limits
    # data["raw"] has the whole content. With a `sender`: a person sent what we cannot read; `text` names it ("[poll]")
    # if the provider does.
    UNKNOWN = "unknown"


class Content(StrEnum):
    """The form of a message. Only WORDS are searched for an answer; people read our text of the others."""

    WORDS = ""
    CALL_PERMISSION = "call_permission"  # whether we may call
    CHECKLIST = "checklist"
    CONTACT = "contact"  # shared contacts
    FORM = "form"  # filled in inside the application
    GAME = "game"
    INVITATION = "invitation"  # to a meeting, or the answer to one
    INVOICE = "invoice"
    ORDER = "order"
    PAYMENT = "payment"
    POLL = "poll"  # a question with its options, or a vote
    STORY = "story"  # or a reply to one, which we cannot see
    ENCRYPTED = "encrypted"  # from end to end, so that we cannot read it
    OTHER = "other"


class Status(StrEnum):
    """How far a delivery has come, in order; FAILED is final and follows only QUEUED or SENT."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it arrived.

    `headers` has lower-case names. `url` is the *public* URL with its query: built from the configured public address,
    never from the Host header, because providers sign it.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to an HTTP request of a provider."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in degrees (WGS 84), with the texts that the sender attached."""

    lat: float
    lon: float
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on a channel, in Kesher's terms.

    `account` is the routing key that the provider named (a phone_number_id, our number, our mailbox), "" for the
    webhook's own account. `dedup_key` is unique for each account and never empty; it is made of kind, sender and the
    provider's event id (see `dedup`). `external_id` names the message for later references only. `target` is the
    external id of the message that a status, edit, reaction or deletion is about. `at` is the provider's time, in UTC.
    `public`: everybody can read it; `thread` is then the provider's id of the thread's first message, if it says which.
    An edit or a deletion with `data["author"]` = {scheme, address} is applied to this author's messages only;
    `data["all"]`: to all of them. A deletion with `data["erase"]` takes the text away here, too. An ACCOUNT event with
    `data["settle"]` asks for a call to the provider (`Channel.settle`).
    """

    kind: Kind
    dedup_key: str
    account: str = ""
    external_id: str = ""
    sender: Address | None = None
    aliases: tuple[Address, ...] = ()
    at: datetime | None = None
    content: Content = Content.WORDS
    text: str = ""
    media: tuple[Media, ...] = ()
    location: Location | None = None
    choice_id: str = ""
    reply_to: str = ""
    thread: str = ""
    target: str = ""
    status: str = ""
    error: str = ""
    lang: str = ""
    public: bool = False
    data: Json = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        """Return whether everybody can read what this event says; a comment always is public."""
        return self.public or self.kind == Kind.COMMENT


@dataclass(frozen=True, slots=True)
class Payload:
    """One request to a provider, as JSON, without secrets.

    `to` is the person's address. `ref` is our own id of the message; `send` passes it to providers that return it.
    `text` is what the person will read, for the desk.
    """

    to: Address
    body: Json = field(repr=False)  # it may contain a code
    text: str = field(default="", repr=False)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's answer when it accepted a payload."""

    external_id: str
    status: str = Status.SENT
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pull:
    """A provider's request to be given what waits for a call: the reply, or (``again``) the last question once more."""

    call: str
    again: bool = False


class BadSignature(Exception):
    """A request without the proof of origin that its provider would have added."""


class Channel(ABC):
    """A channel; each folder has one subclass, named `Adapter`, in `adapter.py`."""

    name: str = ""
    title: str = ""  # the brand name
    public_title: Mapping[str, str] = {}  # the brand name by language, if it differs
    body_cap: int = 1_000_000  # bytes of a request body; a larger one gets 413
    content_types: tuple[str, ...] = ("application/json",)  # of webhooks; () = any; others get 415
    methods: tuple[str, ...] = ("GET", "POST")  # of webhooks; others get 405
    pulled: bool = False  # the provider fetches what we say (a telephone call); nothing is sent. See `pull`
    stand_in: bool = False  # for trials; not for a real agency
    settings: Mapping[str, str] = {}  # of an account: name -> help text in English
    connection: Connection = Connection()  # what the connect page says and asks for

    @abstractmethod
    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a message can carry on this channel and account: text length, buttons, files and so on."""

    def handshake(self, request: Request, account: AccountInfo) -> Reply | None:
        """Answer a provider's subscription check (a GET, or a special POST); return None for anything else."""
        return None

    @abstractmethod
    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the request is signed, or carries a secret, as its provider does it.

        It works on the raw bytes, tries every valid secret and takes constant time.
        """

    @abstractmethod
    def parse(self, request: Request) -> list[Event]:
        """Return the events in a request, in order; an unreadable part is an UNKNOWN event. Never raise."""

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return whether the event is for this account: its routing key is the same, or one of the two has none."""
        return not event.account or not account.address or event.account == account.address

    def assess(self, event: Event, account: AccountInfo) -> Event:
        """Return the event with what this account can say about its sender (e-mail: `data["authenticated"]`)."""
        return event

    def minimize(self, request: Request, account: AccountInfo) -> Request | None:
        """Return a verified request as it may be stored: all, or what of it is for us; None if nothing is.

        Never raise. An account in a group gets what people there say to each other.
        """
        return request

    async def settle(self, asked: Json, account: AccountInfo, client: Client) -> None:
        """Do at the provider what an ACCOUNT event's `data["settle"]` asks for. Raise ChannelError.

        It is called once the event is stored, and again after an error that may pass; it says nothing to a person.
        """
        raise ChannelError("this channel has no call for it", permanent=True)

    def acknowledge(self, request: Request, account: AccountInfo) -> Reply:
        """Return the HTTP response that the provider expects once its request is stored durably."""
        return Reply(200, b"")

    def pull(self, request: Request) -> Pull | None:
        """Return what a verified request asks to be given; None for news, which is stored and acknowledged."""
        return None

    def hand_over(self, payloads: Sequence[Payload], request: Request, account: AccountInfo) -> Reply:
        """Return the HTTP response to a `pull` with these payloads, or with none because there is no reply yet."""
        return self.acknowledge(request, account)

    @abstractmethod
    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the bodies to send to the provider for a message; [] if the channel cannot carry it now."""

    @abstractmethod
    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Make one request that sends `payload`, and return the provider's receipt. Raise ChannelError."""

    async def moderate(self, action: str, external_id: str, account: AccountInfo, client: Client) -> None:
        """Do one of `Capabilities.moderation` with a public message of somebody else. Raise ChannelError."""
        raise ChannelError("this channel has no call for it", permanent=True)

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Return the bytes of a received file. Raise ChannelError."""
        if media.content:
            return media.content
        status, _, body = await client.request("GET", media.url, cap=30_000_000)
        if status != 200:
            raise ChannelError(f"media: {status}", permanent=status in (401, 403, 404, 410))
        return body

    def listen(self, account: AccountInfo) -> AsyncIterator[Request] | None:
        """Yield what arrives on a polled channel, as requests for `parse`; return None if the provider pushes."""
        return None

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a link that opens this channel on a person's device, or "" if no link can.

        `words` are ready to be sent to our `address`; `start` is the short payload of channels that begin with one.
        """
        return ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the account's health check: a line for each setting that is needed. No network access."""
        return ()

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the provider whether it knows the account; None if the channel has no provider. Never raise.

        It sends nothing to anybody. The caller limits the time.
        """
        return None

    async def set_webhook(self, account: AccountInfo, client: Client) -> Probe:
        """Tell the provider the webhook's URL, if `connection.webhook` is "set". Raise ChannelError."""
        raise ChannelError("this provider has no call for it", permanent=True)

    async def list_templates(self, account: AccountInfo, client: Client) -> TemplateListing:
        """Return the account's templates as the provider has them, if the channel has any. Raise ChannelError."""
        return TemplateListing()

    def registration(self, account: AccountInfo) -> str:
        """Return the file, with its secrets, in which the provider is told of the account; "" if there is none."""
        return ""

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return the requests in a stored file (`kesher replay`), whose format is detected by content."""
        return [Request("POST", "/", "", {}, raw)]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a correctly signed request as the provider would send it, for the simulator and the tests.

        `say` may have text, choice_id, media (list of {kind, mime, content_b64}), location {lat, lon}, id, at
        (seconds).
        """
        return None


def dedup(kind: str, sender: Address | None, event_id: str, extra: str = "") -> str:
    """Return the unique key of an event, by which a repeated one is recognised: readable if short, hashed if long."""
    who = f"{sender.scheme}:{sender.address}" if sender else "-"
    key = "|".join(part for part in (kind, who, event_id, extra) if part)
    return key if len(key) <= 160 else f"{kind}|{hashlib.sha256(key.encode()).hexdigest()}"
