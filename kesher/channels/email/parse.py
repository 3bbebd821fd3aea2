"""Parse a whole mail from raw bytes: headers, text, attachments, and the content of a bounce (RFC 5322, MIME).

One `Reader` reads a whole request within one budget. What exceeds it is kept as a file, and the mail is marked as
truncated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kesher.channels.base import Media
from kesher.channels.email.address_header_parser import Mailbox, read_mailboxes
from kesher.channels.email.charsets import charset_in_html, decode, header_text
from kesher.channels.email.html_to_text import html_to_text, is_decorative, is_placeholder
from kesher.channels.email.mime import Headers, Part, decoded_body, fields, parameter, read_part, sections
from kesher.channels.outbound_message import media_kind
from kesher.channels.untrusted_payload import TURNING, UNSTORABLE, load_json, storable
from kesher.channels.untrusted_payload import text as text_in

MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
DEEPEST = 15  # most nested multiparts; no mail program nests deeper
PARTS = 1000
FILES = 100
NAME = 200  # most characters of a file name
ENDING = 10
TEXT = 2_000_000  # most characters of text, and of HTML, in one request
REPORTS = 500
HEADER = 100_000  # most characters of a header
SEALS = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
# Bytes with none of these headers are no mail.
NAMING = frozenset({"from", "to", "subject", "message-id", "reply-to", "return-path", "sender"})
REACTED = "text/vnd.google.email-reaction+json"
EMOJI = 20  # most characters
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CONTROLS = re.compile("[\x01-\x1f\x7f]")
BLOCKS = re.compile(rb"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Mail:
    """A parsed mail.

    `headers` have lower-case names and raw values. `envelope` are the recipients that the server named separately,
    `returns` the sender that it named. `reports` are the blocks of a delivery report, `returned` the headers of the
    bounced mail. `digest` identifies the raw bytes. `emoji` is a reaction to the mail that this one answers.
    `truncated`: there was more than is read.
    """

    headers: Headers
    text: str = ""
    files: tuple[Media, ...] = ()
    digest: str = ""
    envelope: tuple[str, ...] = ()
    returns: str = ""
    report: str = ""
    reports: tuple[dict[str, str], ...] = ()
    returned: Headers = ()
    emoji: str = ""
    truncated: bool = False

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The values of each header, by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name, []).append(value[:HEADER])
        return found

    def all(self, name: str) -> list[str]:
        """Return the decoded values of all headers with this name, from the top."""
        return [header_text(value) for value in self.by_name.get(name, ())]

    def first(self, name: str) -> str:
        """Return the decoded value of the topmost header with this name; "" if there is none."""
        return header_text(next(iter(self.by_name.get(name, ())), ""))

    def mailboxes(self, *names: str) -> list[Mailbox]:
        """Return the mailboxes (name and address) in the headers of these names, in order."""
        return [box for name in names for value in self.by_name.get(name, ()) for box in read_mailboxes(value)]

    def ids(self, name: str) -> list[str]:
        """Return the message ids in this header, such as References, which may be several."""
        return message_ids(self.headers, name)


def message_ids(headers: Headers, name: str) -> list[str]:
    """Return the message ids in the headers of this name."""
    return [found for key, value in headers if key == name for found in MESSAGE_ID.findall(header_text(value[:HEADER]))]


def parse_mail(raw: bytes, envelope: Iterable[str] = (), returns: str = "") -> Mail | None:
    """Return the mail in these bytes, or None if no header names a sender, recipient or subject."""
    message = read_part(raw, top=True)
    if not NAMING & {name for name, _ in message.headers}:
        return None
    reader = Reader()
    text = reader.words(message)
    return Mail(
        headers=message.headers,
        text=str(storable(text)) + ("\n…" if reader.truncated else ""),
        files=tuple(reader.files),
        digest=hashlib.sha256(raw).hexdigest(),
        envelope=tuple(envelope),
        returns=returns,
        report=report_type(message),
        reports=tuple(reader.reports),
        returned=reader.returned,
        emoji=reader.emoji,
        truncated=reader.truncated,
    )


def report_type(message: Part) -> str:
    """Return "delivery-status" for a bounce, "disposition-notification" for a read receipt, "" otherwise."""
    if message.kind != "multipart/report":
        return ""
    return parameter(message, "report-type").lower() or "unnamed"


@dataclass(slots=True)
class Reader:
    """Walks through the parts of a mail and collects files and reports."""

    files: list[Media] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    returned: Headers = ()
    emoji: str = ""
    truncated: bool = False
    parts: int = PARTS
    left: dict[str, int] = field(default_factory=lambda: {"text/plain": TEXT, "text/html": TEXT})
    seen: set[bytes] = field(default_factory=set)

    def words(self, part: Part, level: int = 0, related: bool = False) -> str:
        """Return the text of a part and of all parts within it; collect files, reports and a returned mail."""
        kind = part.kind or kind_by_content(part)
        if kind == "message/delivery-status":
            blocks = BLOCKS.split(decoded_body(part).strip())
            self.reports += [{name: header_text(value) for name, value in fields(block)} for block in blocks[:REPORTS]]
            return ""
        if kind == REACTED:
            self.emoji = text_in(load_json(decoded_body(part)), "emoji")[:EMOJI]
            return ""
        if kind in ("message/rfc822", "message/global", "text/rfc822-headers") and level:
            return self.enclosed(part, kind)
        if kind.startswith("multipart/"):
            return self.multipart_text(part, kind, level)
        if kind in ("text/plain", "text/html") and not is_file(part):
            return self.text_of(part, kind)
        self.keep(part, kind, related)
        return ""

    def multipart_text(self, part: Part, kind: str, level: int) -> str:
        """Return the text of a multipart: of an alternative the plainest useful part, else of all parts."""
        if level >= DEEPEST or self.parts <= 0:
            self.keep_unread(part.body)
            return ""
        inside, beyond = sections(part, self.parts)
        self.parts -= len(inside)
        if not inside:  # nothing divides it, so it is text
            return self.text_of(Part((), part.body), "text/plain")
        self.keep_unread(beyond)
        children = [read_part(section) for section in inside]
        if kind == "multipart/alternative":
            return self.alternative_text(children, level)
        found = [self.words(child, level + 1, kind == "multipart/related") for child in children]
        return "\n".join(words.strip("\n") for words in found if words.strip())

    def alternative_text(self, children: list[Part], level: int) -> str:
        """Return the plain text of several versions, unless it only refers to the HTML."""
        found = [(child.kind == "text/plain", self.words(child, level + 1)) for child in children]
        written = next((text for is_plain, text in found if is_plain and text.strip()), "")
        shaped = [text for is_plain, text in found if not is_plain and text.strip()]
        if shaped and (not written or is_placeholder(written, shaped[-1])):
            return shaped[-1]
        return written

    def text_of(self, part: Part, kind: str) -> str:
        """Return the text of a plain or HTML part within the size limit; a longer part also becomes a file."""
        body = decoded_body(part)
        left = self.left[kind]
        # Two bytes a letter, as in Hebrew or Russian UTF-8.
        charset = parameter(part, "charset") or (charset_in_html(body) if kind == "text/html" else "")
        text = decode(body[: left * 2], charset).replace("\r\n", "\n")
        if len(text) > left or len(body) > left * 2:
            text = text[:left]
            self.keep_unread(body, kind)
        self.left[kind] = left - len(text)
        if kind == "text/html":
            return html_to_text(text)
        return unwrap_flowed(text) if parameter(part, "format").lower() == "flowed" else text

    def keep_unread(self, body: bytes, kind: str = "message/rfc822") -> None:
        """Add a part that is not parsed to the files."""
        if body.strip():
            self.truncated = True
            name = {"text/plain": "message.txt", "text/html": "message.html"}.get(kind, "message.eml")
            self.files.append(Media("document", kind, name=name, content=body))

    def enclosed(self, part: Part, kind: str) -> str:
        """Add a mail inside the mail to the files, note the headers of the first one, and return ""."""
        body = decoded_body(part)
        self.returned = self.returned or read_part(body, top=True).headers
        if kind != "text/rfc822-headers" and body:
            self.add(Media("document", "message/rfc822", name=name_of(part) or "message.eml", content=body))
        return ""

    def keep(self, part: Part, kind: str, related: bool) -> None:
        """Add a part to the files, unless it is a signature, a tracking pixel or a repeated image."""
        body = decoded_body(part)
        if not body or kind in SEALS:
            return
        shown = related or bool(part.header("content-id"))
        if kind.startswith("image/") and shown:
            digest = hashlib.sha256(body).digest()
            if is_decorative(body) or digest in self.seen:
                return
            self.seen.add(digest)
        self.add(Media(media_kind(kind), kind, name=name_of(part), content=body))

    def add(self, media: Media) -> None:
        """Add a file to the mail's files, up to the limit."""
        if len(self.files) < FILES:
            self.files.append(media)
        else:
            self.truncated = True


def kind_by_content(part: Part) -> str:
    """Return the MIME type of a part without a valid Content-Type, by its bytes: text, unless a file or binary."""
    return "application/octet-stream" if is_file(part) or BINARY.search(decoded_body(part)) else "text/plain"


def is_file(part: Part) -> bool:
    """Return whether a text part was sent as an attachment."""
    return part.disposition == "attachment" or bool(name_of(part))


def name_of(part: Part) -> str:
    """Return the file name that a MIME part gives, without folders."""
    given = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return file_name(given)


def file_name(given: str) -> str:
    """Return a file name that can be stored; a long one is cut before its ending."""
    name = CONTROLS.sub(" ", TURNING.sub("", UNSTORABLE.sub("", re.split(r"[/\\]", given)[-1])))
    name = name.strip().lstrip(".")
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if stem and len(ending) <= ENDING else ""
    return name.removesuffix(ending)[: NAME - len(ending)] + ending


def unwrap_flowed(text: str) -> str:
    """Return a format=flowed text (RFC 3676) with its soft line breaks joined, except in quotes and signatures."""
    lines: list[str] = []
    soft: list[str] = []
    for line in text.split("\n"):
        own = not line.startswith(">") and line != "-- "
        if soft and not own:
            lines.append("".join(soft))
            soft = []
        if own and line.endswith(" "):
            soft.append(line)
        else:
            lines.append("".join([*soft, line]))
            soft = []
    return "\n".join([*lines, "".join(soft)] if soft else lines)
