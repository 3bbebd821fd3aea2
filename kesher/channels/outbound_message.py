"""Dataclasses of a message to send, independent of any channel: text, options, links and files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kesher.channels.secret_redaction import redact

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


def media_kind(mime: str) -> MediaKind:
    """Return the kind of file that a MIME type means: "image", "audio" and so on, else "document"."""
    return FAMILIES.get(mime.partition("/")[0].strip().lower(), "document")


def clean_mime(given: str) -> str:
    """Return a MIME type in lower case without parameters; "" if it is none."""
    found = MIME.match(given)
    return found[1].lower() if found else ""
