"""Find the author of a mail, and how well their address is proved.

A domain vouches only for the address in From (RFC 7489), so the author is that address. If From names nobody, several,
or a machine that forwards what a person wrote, the author is only claimed.
"""

from __future__ import annotations

import re
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
