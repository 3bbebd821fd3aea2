"""A mail taken apart: headers, words, files, and what a bounce carries. From raw bytes (RFC 5322, MIME). Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses

from kesher.channels.base import Media
from kesher.channels.email.charsets import decode, header_text
from kesher.channels.email.plaintext import plain
from kesher.channels.files import media_kind
from kesher.channels.raw import storable

Headers = tuple[tuple[str, str], ...]
type Part = Message[str, str]

MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
MAILBOX = re.compile(r"[^\s@<>(),;:\"]{1,64}@[^\s@<>(),;:\"]{1,253}")
DEEPEST = 30  # multiparts inside one another; no mail program nests like that
FILES = 100
# The pictures of a signature: smaller than anything a person would photograph.
ORNAMENT = 5000
SEALS = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. ``headers`` have lower-case names and raw values; ``envelope`` are the recipients that the server
    named apart from them; ``reports`` the blocks of a delivery report, ``returned`` the headers of the mail that
    came back; ``digest`` names the raw bytes."""

    headers: Headers
    text: str = ""
    files: tuple[Media, ...] = ()
    digest: str = ""
    envelope: tuple[str, ...] = ()
    report: str = ""
    reports: tuple[dict[str, str], ...] = ()
    returned: Headers = ()

    def all(self, name: str) -> list[str]:
        """Every header of that name, from the top, as people read it."""
        return [header_text(value) for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """The topmost header of that name, "" where there is none."""
        return next(iter(self.all(name)), "")

    def mailboxes(self, *names: str) -> list[tuple[str, str]]:
        """The addresses in headers of these names, in order: (display name, address)."""
        values = [value for name in names for key, value in self.headers if key == name]
        found = [(header_text(shown), header_text(address)) for shown, address in getaddresses(values)]
        sound = [(shown, address) for shown, address in found if MAILBOX.fullmatch(address)]
        # The strict parser gives nothing at all for a header with one slip in it; a person is still to be answered.
        return sound or [("", address) for value in values for address in MAILBOX.findall(header_text(value))]

    def ids(self, name: str) -> list[str]:
        """The message ids in a header: several, with commas or folded, as programs write them."""
        return message_ids(self.headers, name)


def message_ids(headers: Headers, name: str) -> list[str]:
    return [found for key, value in headers if key == name for found in MESSAGE_ID.findall(header_text(value))]


def read(raw: bytes, envelope: Iterable[str] = ()) -> Mail | None:
    """The mail in these bytes; None where they hold none: no header that says from whom, to whom or what about."""
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
    except RecursionError:
        return None
    headers = headers_of(message)
    if not {"from", "to", "subject", "message-id"} & {name for name, _ in headers}:
        return None
    reader = Reader()
    text = reader.words(message)
    return Mail(
        headers=headers,
        text=str(storable(text)),
        files=tuple(reader.files),
        digest=hashlib.sha256(raw).hexdigest(),
        envelope=tuple(envelope),
        report=report_type(message),
        reports=tuple(reader.reports),
        returned=reader.returned,
    )


def headers_of(message: Part) -> Headers:
    return tuple((name.lower(), str(value)) for name, value in message.raw_items())


def report_type(message: Part) -> str:
    """ "delivery-status" of a bounce, "disposition-notification" of a read receipt, "" of an ordinary mail."""
    if message.get_content_type() != "multipart/report":
        return ""
    return parameter(message, "report-type").lower() or "unnamed"


def parameter(message: Part, name: str, header: str = "content-type") -> str:
    """A parameter of a header, decoded. Python's own way of putting an RFC 2231 value together raises for some
    charsets, so ours does it."""
    value = message.get_param(name, header=header)
    if isinstance(value, tuple):
        charset, _, written = value
        return decode(written.encode("latin-1", "replace"), charset or "")
    return header_text(value or "")


@dataclass(slots=True)
class Reader:
    """Walks the parts of one mail and gathers what is not its words."""

    files: list[Media] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    returned: Headers = ()

    def words(self, part: Part, level: int = 0, related: bool = False) -> str:
        """The text of a part and of all within it; files, reports and a returned mail are put aside."""
        kind = part.get_content_type()
        if level > DEEPEST:
            return ""
        if kind == "message/delivery-status":
            self.reports += [dict(report_fields(block)) for block in children(part)]
            return ""
        if kind in ("message/rfc822", "message/global", "text/rfc822-headers") and level:
            return self.enclosed(part, kind)
        if kind.startswith("multipart/") and part.is_multipart():
            return self.several(part, kind, level)
        if kind in ("text/plain", "text/html") and not is_file(part):
            return text_of(part, kind)
        self.keep(part, kind, related)
        return ""

    def several(self, part: Part, kind: str, level: int) -> str:
        """The words of a multipart: of an alternative the plainest that says something, of anything else all."""
        found = [
            (child.get_content_type() == "text/plain", self.words(child, level + 1, kind == "multipart/related"))
            for child in children(part)
        ]
        spoken = [(is_plain, text) for is_plain, text in found if text.strip()]
        if kind == "multipart/alternative":
            best = next((text for is_plain, text in spoken if is_plain), "")
            return best or (spoken[-1][1] if spoken else "")
        return "\n".join(text.strip("\n") for _, text in spoken)

    def enclosed(self, part: Part, kind: str) -> str:
        """A mail within the mail: the one that came back, or one that somebody attached."""
        inner = next(iter(children(part)), None)
        if inner is None:
            inner = message_from_bytes(content(part), policy=policy.compat32)
        self.returned = self.returned or headers_of(inner)
        if kind != "text/rfc822-headers":
            self.add(Media("document", "message/rfc822", name=name_of(part) or "message.eml", content=source(inner)))
        return ""

    def keep(self, part: Part, kind: str, related: bool) -> None:
        """A file, but for seals and for the ornaments of a signature."""
        body = content(part)
        ornament = related and kind.startswith("image/") and len(body) < ORNAMENT
        if body and kind not in SEALS and not ornament:
            self.add(Media(media_kind(kind), kind, name=name_of(part), content=body))

    def add(self, media: Media) -> None:
        if len(self.files) < FILES:
            self.files.append(media)


def children(part: Part) -> Iterator[Part]:
    """The parts directly inside a part."""
    inside = part.get_payload()
    yield from (child for child in (inside if isinstance(inside, list) else ()) if isinstance(child, Message))


def report_fields(block: Part) -> Iterator[tuple[str, str]]:
    for name, value in headers_of(block):
        yield name, header_text(value)


def is_file(part: Part) -> bool:
    """Was the text sent as a file?"""
    disposition = str(part.get("content-disposition", "")).partition(";")[0].strip().lower()
    return disposition == "attachment" or bool(name_of(part))


def name_of(part: Part) -> str:
    """A file's own name, without any folder that its sender put before it."""
    given = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    name = str(storable(given))
    return re.split(r"[/\\]", name)[-1].strip().lstrip(".")[:200]


def content(part: Part) -> bytes:
    """The bytes of a part, its transfer encoding undone."""
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def source(message: Part) -> bytes:
    """A mail as bytes again. Python's generator stumbles over some malformed mails; their words are lost, and the
    mail around them is not."""
    try:
        return message.as_bytes(policy=policy.compat32)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return b"".join(f"{name}: {value}\n".encode("utf-8", "replace") for name, value in headers_of(message))


def text_of(part: Part, kind: str) -> str:
    """The words of one text part."""
    text = decode(content(part), parameter(part, "charset")).replace("\r\n", "\n")
    if kind == "text/html":
        return plain(text)
    return reflowed(text) if parameter(part, "format").lower() == "flowed" else text


def reflowed(text: str) -> str:
    """A "flowed" text (RFC 3676) with its soft line breaks undone; quoted lines and signatures keep theirs."""
    lines: list[str] = []
    soft = False
    for line in text.split("\n"):
        own = not line.startswith(">") and line != "-- "
        if soft and own:
            lines[-1] += line
        else:
            lines.append(line)
        soft = own and line.endswith(" ")
    return "\n".join(lines)
