"""Parse the names and e-mail addresses of a From, To or similar header (RFC 5322 section 3.4).

The structure decides: an address in angle brackets is the address, and a name is only a name, even if it looks like an
address. Encoded words are decoded afterwards, so they cannot create structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kesher.channels.email.charsets import header_text

HIDDEN = "\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd"
MAILBOX = re.compile(rf"[^\s@<>(),;:\"\\{HIDDEN}]{{1,64}}@[^\s@<>(),;:&=?\"\\{HIDDEN}]{{1,253}}")
# A quotation mark without an end is a stray one.
TOKEN = re.compile(r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"|\\.?|[\"()<>,;:]|[^\"\\()<>,;:]+", re.DOTALL)
SPACES = re.compile(r" ?([.@]) ?")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]+")
EDGES = ".,:;'\"[]"  # what may surround an address in running text
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
QUOTED_LOCAL = re.compile(r"\"([^\"\\@\s]+)\"@")
LONGEST = 100_000  # most characters of a header
MOST = 500  # most mailboxes of a header
BEFORE = 50  # words before a comma that may belong to the name after it


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address.

    `sure`: the header can be read in no other way (no address in the name, no error).
    """

    name: str
    address: str
    sure: bool = True


@dataclass(slots=True)
class Entry:
    """The part of a header between two commas. `slip`: it violates the standard."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    slip: bool = False


def read_mailboxes(value: str) -> list[Mailbox]:
    """Return the mailboxes (name and address) in a raw From, To or similar header, in order."""
    value = value[:LONGEST].replace("\r", "")
    clean = CONTROLS.sub("", value)
    found: list[Mailbox] = []
    before: list[str] = []  # an unquoted comma in a name: "Levi, Dana <dana@citizen.example>"
    for entry in entries(clean):
        entry.slip |= clean != value
        boxes = mailboxes_of(entry, before)
        found += boxes
        before = [] if boxes else [*before, *entry.words[-BEFORE:], ","][-BEFORE:]
        if len(found) >= MOST:
            break
    return found


def entries(value: str) -> Iterator[Entry]:
    """Yield the entries of an address header, cut at commas and semicolons, with comments and brackets apart."""
    entry, depth = Entry(), 0
    angle: list[str] | None = None
    for piece in TOKEN.findall(" ".join(value.split())):
        if depth or piece == "(":
            depth += {"(": 1, ")": -1}.get(piece, 0)
            entry.comments += [piece] if piece not in "()" else []
        elif piece == "<":
            entry.slip |= angle is not None
            angle = []
        elif piece == ">":
            entry.slip |= angle is None
            entry.angles += ["".join(angle)] if angle is not None else []
            angle = None
        elif angle is not None:
            angle.append(piece)
        elif piece in (",", ";"):
            yield entry
            entry = Entry()
        elif piece == ":":  # the name of a group ends
            entry = Entry(slip=True)
        else:
            entry.words.append(piece)
    if angle is not None:
        entry.angles.append("".join(angle))
    entry.slip |= angle is not None or depth > 0
    yield entry


def mailboxes_of(entry: Entry, before: list[str]) -> list[Mailbox]:
    """Return the mailbox of an entry; several, none of them sure, if it has several addresses."""
    bare = "".join(word for word in entry.words if not word.startswith('"'))
    if entry.angles:
        # Only what is in the brackets is an address, whatever the name looks like.
        addresses = [address for angle in entry.angles if (address := address_in(angle.rpartition(":")[2]))]
        named = {address.lower() for address in addresses_among(bare)}
        sure = len(entry.angles) == 1 and not entry.slip and ("@" not in bare or named == {*map(str.lower, addresses)})
        name = name_of([*before, *entry.words])
        return [Mailbox(name, address, sure) for address in addresses[:MOST]]
    whole = address_in("".join(entry.words))
    if whole:
        return [Mailbox(name_of(entry.comments), whole, not entry.slip)]
    # No brackets and more than an address: everything that looks like one, outside quotation marks.
    return [Mailbox("", address, sure=False) for address in addresses_among(header_text(bare))]


def addresses_among(words: str) -> list[str]:
    """Return those of the words that are e-mail addresses, also in encoded angle brackets."""
    split = (word.strip(EDGES) for word in words.replace("<", " ").replace(">", " ").split())
    return [word for word in split if MAILBOX.fullmatch(word)]


def address_in(words: str) -> str:
    """Return the e-mail address if the words are exactly one; else ""."""
    words = QUOTED_LOCAL.sub(r"\1@", SPACES.sub(r"\1", words.strip()))
    address = header_text(words) if not words.isascii() else words
    return address if MAILBOX.fullmatch(address) else ""


def name_of(words: list[str]) -> str:
    """Return a person's name from words of an address header, decoded and without quotation marks."""
    pieces = [ESCAPED.sub(r"\1", word[1:-1]) if word.startswith('"') and len(word) > 1 else word for word in words]
    return header_text("".join(pieces)).strip('"')[:300]
