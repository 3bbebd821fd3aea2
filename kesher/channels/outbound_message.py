"""Dataclasses of a message to send (text, options, links, files), and of what a channel can carry of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kesher.channels.secret_redaction import redact

Unit = Literal["char", "utf16", "byte", "gsm"]
MediaKind = Literal["image", "audio", "video", "document", "sticker"]
FAMILIES: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}
MIME = re.compile(r"\s*([a-z0-9.+_-]{1,100}/[a-z0-9.+_-]{1,100})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Media:
    """A received file or a file to send.

    `ref` is the provider's handle, `url` a direct address, `content` the bytes if the payload itself carried them.
    """

    kind: MediaKind
    mime: str = ""
    ref: str = ""
    url: str = ""
    name: str = ""
    caption: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a person may choose.

    `key` is ours and stable. `title` is what the person sees, never truncated.
    """

    key: str
    title: str
    description: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """A message that the provider approved before; `params` fill its placeholders in order."""

    name: str
    language: str
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """A message to send, independent of any channel.

    `expects` tells a channel which helper to offer (a location button, a camera). `subject` is for e-mail. `links` are
    (title, URL). `secrets` are the strings in all this that only the recipient may have (a code, a private URL). After
    `until` it is not sent any more. `is_late`: a clerk's answer after the window in which anybody may write (see
    `Capabilities.agent_window_hours`). `public`: everybody can read it, in the thread `thread`, under the message
    `reply_to` (ids of the provider).
    """

    text: str
    options: tuple[Option, ...] = ()
    lang: str = "he"
    links: tuple[tuple[str, str], ...] = ()
    media: tuple[Media, ...] = ()
    expects: Literal["", "text", "choice", "place", "file"] = ""
    subject: str = ""
    template: TemplateRef | None = None
    page: int = 0
    nonce: str = ""  # set by the dialogue engine: distinguishes prompts with the same text
    secrets: tuple[str, ...] = ()
    until: datetime | None = None
    is_late: bool = False
    public: bool = False
    thread: str = ""
    reply_to: str = ""

    def __repr__(self) -> str:
        """Return a short form without personal data, for logs."""
        return f"Say({self.without_secrets().text!r}, lang={self.lang!r})"

    @property
    def private_links(self) -> tuple[tuple[str, str], ...]:
        """The links that only the recipient may open."""
        return tuple(link for link in self.links if redact(link[1], self.secrets) != link[1])

    def without_secrets(self) -> Say:
        """Return a copy that may be stored and shown to staff: without its secrets and private links."""
        if not self.secrets:
            return self
        private = self.private_links
        template = self.template
        if template is not None:
            template = replace(template, params=tuple(redact(param, self.secrets) for param in template.params))
        return replace(
            self,
            text=redact(self.text, self.secrets),
            subject=redact(self.subject, self.secrets),
            links=tuple(link for link in self.links if link not in private),
            template=template,
            secrets=(),
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """A length, in the unit that the provider counts."""

    size: int
    unit: Unit = "char"


@dataclass(frozen=True, slots=True)
class Choices:
    """How many options a widget holds, and how long their texts may be."""

    count: int
    title: Limit
    description: Limit | None = None
    body: Limit | None = None  # the text above the widget, if shorter than a plain message


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can carry for an account: only data, which one renderer reads for every channel."""

    text: Limit
    buttons: Choices | None = None
    rows: Choices | None = None  # a list to pick from
    numbered: int = 0  # options on a page of numbered text, whose last digit means "more"; 0: as many as fit
    part: Limit | None = None  # the billing unit of a text, if there is one (an SMS part)
    media: frozenset[str] = frozenset()
    media_bytes: int = 0
    markup: Literal["", "html", "whatsapp"] = ""
    receipts: bool = False
    window_hours: float | None = None  # hours after the person's last message in which free text is allowed
    agent_window_hours: int | None = None  # the same for what a clerk writes, where that is longer
    templates: bool = False  # approved templates may be sent outside the window
    rate: float = 10.0  # messages a second for the whole account
    person_gap: float = 0.0  # seconds between two messages to one person
    public: bool = False  # it carries messages that everybody can read
    private: bool = True  # it carries messages that one person can read
    moderation: frozenset[str] = frozenset()  # what we can do with others' public messages: hide, show, like
    voice: bool = False
    hosted: bool = False  # we show it ourselves (web chat): a stored message is sent
    direct: bool = True  # we may write first, before the person has written to us
    opened_privately: bool = False  # in private we may write only to who did so; in public is not enough
    joined: bool = False  # consecutive messages go out as one (e-mail)
    assurance: int = 1  # assurance of the sender: 0 claimed, 1 attested by the channel
    schemes: tuple[str, ...] = ()  # address schemes that it can send to
    after_unknown: Literal["receipt", "retry", "ask"] = "ask"
    # After an unknown outcome. receipt: the provider reports all that it accepted, so without a report a retry is safe;
    # retry: the same reference sent twice is one message; ask: a person decides.


def media_kind(mime: str) -> MediaKind:
    """Return the kind of file that a MIME type means: "image", "audio" and so on, else "document"."""
    return FAMILIES.get(mime.partition("/")[0].strip().lower(), "document")


def clean_mime(given: str) -> str:
    """Return a MIME type in lower case without parameters; "" if it is none."""
    found = MIME.match(given)
    return found[1].lower() if found else ""
