"""The contract between Kesher and the outside: plain dataclasses, no Django, no database.

A channel is a *pure translator*. ``verify``, ``parse`` and ``render`` do no input or output, so golden files
prove them; only ``send``, ``fetch_media`` and ``listen`` talk to the provider. What differs between channels is
data (`Capabilities`), never a branch outside the channel's own folder.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

# Re-exported, in so many words: they are words of the contract.
from kesher.channels.outbound_message import Media as Media  # noqa: PLC0414
from kesher.channels.outbound_message import Option as Option  # noqa: PLC0414
from kesher.channels.outbound_message import Say as Say  # noqa: PLC0414
from kesher.channels.outbound_message import TemplateRef as TemplateRef  # noqa: PLC0414
from kesher.core.address import Address as Address  # noqa: PLC0414

Unit = Literal["char", "utf16", "byte", "gsm"]
Json = dict[str, Any]


class Kind(StrEnum):
    """What happened on a channel, with the keys of ``Event.data`` that go with it. A channel that meets something
    else says UNKNOWN and keeps the raw data.

    A MESSAGE always has something to read: ``text`` says in words what came in a form of its own, and ``data`` keeps
    that form (``form``, ``order``, ``contacts``, ``poll``), and ``content`` names it (see `Content`). Any event may
    have ``data["truncated"]`` (the text was longer than we read; it ends with "…") and ``data["claimed"]`` (nothing can
    vouch for its sender).
    """

    MESSAGE = "message"  # words, files or a place from a person
    CHOICE = "choice"  # a tap on one of our options
    STATUS = "status"  # a delivery receipt for something we sent
    REACTION = "reaction"
    EDIT = "edit"
    DELETE = "delete"
    STARTED = "started"  # the person opened the conversation, and said nothing yet
    # Refusals and their end; ``data["category"]``: what they are about ("marketing_messages"), "" for everything.
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    IDENTITY_CHANGED = "identity_changed"  # ``data["to"]``: the new addresses, [{scheme, address}]
    # Our own account spoke from another application. ``sender`` is the person *to whom*, so that it stands in that
    # conversation; text, media, location as in a MESSAGE; ``data["by"]``: our own number; ``data["of"]``: "edit",
    # "delete" or "reaction", with ``target``, where it is no new message.
    ECHO = "echo"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    COMMENT = "comment"
    CALL = "call"  # the person rang: ``text`` is "[call]", ``data["call"]`` what is known of it; one event a call
    ACCOUNT = "account"  # news about the account itself: quality, templates, limits
    # ``data["raw"]`` has it whole. With a ``sender``: a person sent what cannot be read; ``text`` names it ("[poll]")
    # where the provider does.
    UNKNOWN = "unknown"


class Content(StrEnum):
    """What somebody sent. Nobody looks for an answer to anything but WORDS (which may come with files or a place): the
    text of the others is what we say of them, and a person reads it."""

    WORDS = ""
    CALL_PERMISSION = "call_permission"  # whether we may ring
    CHECKLIST = "checklist"
    CONTACT = "contact"  # visiting cards
    FORM = "form"  # filled in inside the application
    GAME = "game"
    INVITATION = "invitation"  # to a meeting, or the answer to one
    INVOICE = "invoice"
    ORDER = "order"
    PAYMENT = "payment"
    POLL = "poll"  # a question with its options, or a vote
    STORY = "story"  # or words about one, which we cannot see
    OTHER = "other"


class Status(StrEnum):
    """How far a delivery has come, in order; ``failed`` is terminal and comes only from queued or sent."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it arrived. ``headers`` has lower-case names; ``url`` is the *public* URL, query included,
    built from the configured public address and never from the Host header (providers sign it)."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP caller is told."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Location:
    """A place: degrees (WGS 84), with the words that the sender attached."""

    lat: float
    lon: float
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in the words of the house.

    ``account`` is the routing key that the provider named (a phone_number_id, our number, our mailbox), "" where the
    webhook's own account is meant. ``dedup_key`` is unique per account and never empty: made of kind, sender and the
    provider's event id (see `dedup`). ``external_id`` names the message for later references only. ``target`` is the
    external id that a status, edit, reaction or deletion speaks of. ``at`` is the provider's time, in UTC.
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
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """A length in the unit that the provider counts in."""

    size: int
    unit: Unit = "char"


@dataclass(frozen=True, slots=True)
class Choices:
    """How many options a widget holds and how long their words may be."""

    count: int
    title: Limit
    description: Limit | None = None
    body: Limit | None = None  # the text above the widget, where it is shorter than a plain message


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an account's channel can carry. Data only: one renderer reads it for every channel."""

    text: Limit
    buttons: Choices | None = None
    rows: Choices | None = None  # a list to pick from
    numbered: int = 0  # options on one page of numbered text, the last digit being "more"; 0: as many as fit
    part: Limit | None = None  # the billing unit of a text, where there is one (an SMS part)
    media: frozenset[str] = frozenset()
    media_bytes: int = 0
    markup: Literal["", "html", "whatsapp"] = ""
    receipts: bool = False
    window_hours: int | None = None  # free-form answers only so long after the person's last message
    templates: bool = False  # approved templates may be sent outside the window
    rate: float = 10.0  # messages a second for the whole account
    person_gap: float = 0.0  # seconds between two messages to one person
    public: bool = False
    voice: bool = False
    hosted: bool = False  # we show it ourselves (web chat): stored is sent
    direct: bool = True  # a person can be written to first, without having written to us
    joined: bool = False  # what is said in one breath goes out as one message (a letter)
    assurance: int = 1  # what the channel vouches for about the sender: 0 claimed, 1 attested
    schemes: tuple[str, ...] = ()  # the address schemes that it can write to
    after_unknown: Literal["receipt", "retry", "ask"] = "ask"
    # receipt: the provider always reports what it accepted, so silence means "not sent" and a retry is safe;
    # retry: sending the same reference twice is one message; ask: a person decides.


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What an adapter may know of an account: never the row itself. ``secrets`` are tried in order, so that a
    rotation is: add, wait, drop. ``api`` replaces the provider's base URL where a test or a simulator stands in."""

    key: str
    channel: str
    address: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    token: str = field(default="", repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    api: str = ""
    public_url: str = ""  # the webhook's public URL, for callbacks


@dataclass(frozen=True, slots=True)
class Payload:
    """One provider request, as JSON, without secrets. ``to`` is the person's address; ``ref`` our own id of it, which
    `send` hands to the provider where the provider echoes it; ``text`` is what a person will read (for the desk)."""

    to: Address
    body: Json = field(repr=False)  # it may hold a code
    text: str = field(default="", repr=False)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider said when it took a payload."""

    external_id: str
    status: str = Status.SENT
    data: Json = field(default_factory=dict)


class ChannelError(Exception):
    """A send that did not work. ``permanent``: do not try again. ``retry_after``: seconds that the provider asked for.
    ``unknown``: the request left and no answer came, so it may have arrived. ``stopped``: the person refused us."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        unknown: bool = False,
        stopped: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.unknown = unknown
        self.stopped = stopped
        self.code = code


class BadSignature(Exception):
    """The request does not carry the proof that its provider would have put on it."""


class Client(Protocol):
    """The one way out (`kesher.channels.http_client`): an SSRF-guarded HTTP client. ``url`` must be absolute.

    Returns (status, lower-case headers, body). Raises ChannelError for a refused address, a network error
    (``unknown`` where the request may have left) or an answer larger than the cap.
    """

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float = 15.0,  # noqa: ASYNC109 (of one step, and so not asyncio.timeout)
        cap: int = 1_000_000,
    ) -> tuple[int, Mapping[str, str], bytes]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an account's health: ``ok`` None means "could not be tried here"."""

    name: str
    ok: bool | None
    hint: str = ""


class Channel(ABC):
    """A channel's folder holds one subclass, named ``Adapter``, in ``adapter.py``."""

    name: str = ""
    title: str = ""  # the brand, as people write it
    public_title: Mapping[str, str] = {}  # the same in he, ar, ru, en where it differs
    body_cap: int = 1_000_000  # bytes of an inbound body; more is 413
    content_types: tuple[str, ...] = ("application/json",)  # what a webhook may carry; () = anything; else 415
    stand_in: bool = False  # ships for trying out; not for a real agency
    settings: Mapping[str, str] = {}  # what an account must or may say: name -> help text in English

    @abstractmethod
    def capabilities(self, account: AccountInfo) -> Capabilities: ...

    def handshake(self, request: Request, account: AccountInfo) -> Reply | None:
        """Answers a provider's subscription check (a GET, or a special POST); None: this is not one."""
        return None

    @abstractmethod
    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raises BadSignature. Constant time; every valid secret is tried; works on the raw bytes."""

    @abstractmethod
    def parse(self, request: Request) -> list[Event]:
        """All that a request says, in order. Never raises: what it does not know is UNKNOWN with its raw data."""

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Is this account the one that the provider named? True where it names none, or where the account's own routing
        key is not known."""
        return not event.account or not account.address or event.account == account.address

    def assess(self, event: Event, account: AccountInfo) -> Event:
        """The event with what the account's own settings let us believe of it (e-mail: ``data["authenticated"]``,
        never together with ``data["claimed"]``)."""
        return event

    def acknowledge(self, request: Request) -> Reply:
        """What the provider wants to read once the request is durable."""
        return Reply(200, b"")

    @abstractmethod
    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """The provider requests that say it; [] = "this cannot be said here now"."""

    @abstractmethod
    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Makes exactly one provider request. Raises ChannelError."""

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """The bytes of a file that came in. Raises ChannelError."""
        if media.content:
            return media.content
        status, _, body = await client.request("GET", media.url, cap=30_000_000)
        if status != 200:
            raise ChannelError(f"media: {status}", permanent=status in (401, 403, 404, 410))
        return body

    def listen(self, account: AccountInfo) -> AsyncIterator[Request] | None:
        """For polled and streamed channels: what arrives, as requests for `parse`; None: this channel is pushed."""
        return None

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """A link that opens this channel on a person's device, with ``words`` ready to be sent to our ``address``;
        ``start`` is the short payload of channels that begin with one. "": people cannot begin here by a link."""
        return ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Is this account well configured? No network here."""
        return ()

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Requests from a stored file (``kesher replay``); a channel with several dialects tells them by content."""
        return [Request("POST", "/", "", {}, raw)]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """A correctly signed request as the provider would send it, for the simulator and the tests. ``say`` may have
        text, choice_id, media (list of {kind, mime, content_b64}), location {lat, lon}, id, at (seconds)."""
        return None


def dedup(kind: str, sender: Address | None, event_id: str, extra: str = "") -> str:
    """The key under which an event is stored once: readable while short, hashed when long. In: the event's kind, its
    sender and the provider's own id of it."""
    who = f"{sender.scheme}:{sender.address}" if sender else "-"
    key = "|".join(part for part in (kind, who, event_id, extra) if part)
    return key if len(key) <= 160 else f"{kind}|{hashlib.sha256(key.encode()).hexdigest()}"
