"""Find the author of a mail, and whether the sender's domain vouches for it (RFC 8601: DMARC, DKIM)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kesher.channels.base import Address
from kesher.channels.email.address_header_parser import Mailbox, read_mailboxes
from kesher.channels.email.parse import Mail
from kesher.channels.untrusted_payload import TURNING, storable

# Local parts of mailboxes that no person reads: alone, or with a word before or after.
MACHINE = re.compile(
    r"(?:^|[-_.+])(?:no-?_?\.?(?:t-?)?_?reply|do-?_?\.?not-?_?\.?reply|mailer-?daemon|mail-?daemon|postmaster|bounces?"
    r"|notif(?:y|ications?|ier)|alerts?|mailer|auto-?(?:mail(?:er)?|reply|confirm|mated)|wordpress|www-?data|apache|nobody"
    r"|daemon|robot|web-?form|contact-?form|form-?mail(?:er)?|forms?-?responses?)(?:$|[-_.+\d])"
)
# Headers that may name the author if From does not, likeliest first.
INSTEAD = ("reply-to", "sender", "return-path")


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a mail.

    `claimed`: no domain vouches for this address. `via`: the machine that forwarded the mail.
    """

    address: Address
    claimed: bool = False
    via: str = ""


def find_author(mail: Mail, ours: str) -> Author | None:
    """Return who wrote a mail, by its From or Reply-To header; None if it has no address to answer.

    `ours` is the mailbox that it came to (a form on our pages may send in its name).
    """
    boxes = mail.mailboxes("from")
    if not boxes:
        return find_other_author(mail, ours)
    first = named_by_sender(mail, boxes)
    if is_machine(first.address, ours):
        person = next((box for box in mail.mailboxes("reply-to") if not is_machine(box.address, ours)), None)
        if person:
            return Author(address_of(person), claimed=True, via=first.address.lower())
    sure = first.sure and len(boxes) == 1 and len(mail.by_name["from"]) == 1
    return Author(address_of(first), claimed=not sure)


def named_by_sender(mail: Mail, boxes: list[Mailbox]) -> Mailbox:
    """Return which of several From addresses the Sender header also names, else the first."""
    sending = {box.address.lower() for box in mail.mailboxes("sender")} if len(boxes) > 1 else set()
    return next((box for box in boxes if box.address.lower() in sending), boxes[0])


def find_other_author(mail: Mail, ours: str) -> Author | None:
    """Return the author by other headers where From has no address; None for our own addresses."""
    boxes = [*mail.mailboxes(*INSTEAD), *read_mailboxes(mail.returns)]
    found = next((box for box in boxes if not is_machine(box.address, ours)), None)
    return Author(address_of(found), claimed=True) if found else None


def is_machine(address: str, ours: str) -> bool:
    """Return whether an address is a mailbox that no person reads (no-reply, postmaster) or is our own."""
    address = address.lower()
    local, _, domain = address.rpartition("@")
    return bool(MACHINE.search(local)) or f"{local.partition('+')[0]}@{domain}" == ours


def address_of(box: Mailbox) -> Address:
    """Return a mailbox as a channel Address with the scheme "mailto"."""
    return Address("mailto", box.address.lower(), TURNING.sub("", str(storable(box.name))).strip())


# Both may contain text from the sender (a mailbox with a semicolon), so neither is read.
NOT_READ = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\([^()]*\)")
RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(r"([a-z]+\.[a-z0-9-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
LONGEST = 5000  # letters; our own server writes no more
COMMENTS = 3  # comments inside one another


def is_authenticated(headers: Iterable[str], server: str, address: str) -> bool:
    """Return whether our mail server's Authentication-Results say that the author's domain vouches for the mail.

    That is: DMARC passed for it, or, if DMARC was not checked, a DKIM signature of that very domain did. `headers` are
    the Authentication-Results headers from the top, `server` is the name of our own server, `address` the author's.
    Only the topmost header of that server counts: the sender may have written others below it.
    """
    for header in headers:
        readable = without_comments(header)
        name, _, results = readable.partition(";")
        if server and name.lower().split()[:1] == [server.lower()]:
            return (
                len(header) <= LONGEST and not set('()"') & set(readable) and is_vouched_for(results, address.lower())
            )
    return False


def without_comments(header: str) -> str:
    """Return an Authentication-Results header without its quoted strings and comments."""
    header = header[:LONGEST]
    for _ in range(COMMENTS):
        header = NOT_READ.sub(" ", header)
    return header


def is_vouched_for(results: str, address: str) -> bool:
    """Return whether DMARC passed for this address or its domain or, without a DMARC result, DKIM."""
    domain = address.rpartition("@")[2]
    found = list(map(parse_result, results.split(";")))
    policy = [passed and about in (domain, address) for method, passed, about in found if method == "dmarc"]
    signed = any(passed and about == domain for method, passed, about in found if method == "dkim")
    return all(policy) if policy else signed


def parse_result(result: str) -> tuple[str, bool, str]:
    """Return (method, passed, domain) of one result ("dkim=pass header.d=example.org")."""
    found = RESULT.match(result)
    if not found:
        return "", False, ""
    properties = {name.lower(): value.lower() for name, value in PROPERTY.findall(result)}
    signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    method = found[1].lower()
    about = properties.get("header.from", "").removeprefix("@") if method == "dmarc" else signer
    return method, found[2].lower() == "pass", about
