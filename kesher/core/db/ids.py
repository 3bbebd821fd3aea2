"""Make identifiers: time-ordered keys (UUID) and unguessable tokens."""

from __future__ import annotations

import os
import secrets
import threading
import time
import uuid
from collections.abc import Collection
from hashlib import sha256
from itertools import chain, count

from django.utils.text import slugify

# No 0/O, 1/I/L: people read these aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


DRAWN_AT_ONCE = 500  # keys' random parts; each question to the system lets go of the interpreter

_last = 0
_lock = threading.Lock()
_drawn: list[str] = []  # random parts of the next keys: 15 hexadecimal digits each
os.register_at_fork(after_in_child=_drawn.clear)  # parent and child must not draw the same


def uuid7_hex() -> str:
    """Return a version 7 UUID as 32 hexadecimal digits (RFC 9562 §5.7).

    It holds milliseconds, a counter (§6.2 method 1) and random bits. Keys of one process sort in the order in which
    they were made.
    """
    global _last  # noqa: PLW0603  # the process's own clock; the lock beside it keeps it straight
    with _lock:
        _last = max(_last + 1, (time.time_ns() // 1_000_000) << 12)
        stamp, counter = _last >> 12, _last & 0xFFF
        if not _drawn:
            digits = os.urandom(8 * DRAWN_AT_ONCE).hex()
            _drawn.extend(digits[at : at + 15] for at in range(0, len(digits), 16))
        chance = _drawn.pop()
    return f"{stamp:012x}7{counter:03x}8{chance}"


def uuid7() -> uuid.UUID:
    """Return a version 7 UUID."""
    return uuid.UUID(hex=uuid7_hex())


def token(length: int = 20) -> str:
    """Return a random identifier for a URL, about five bits of chance a letter."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def token_digest(token: str) -> str:
    """Return the digest of a token, as it is stored; random bits need no salt."""
    return sha256(token.encode()).hexdigest()


def code(digits: int = 6) -> str:
    """Return a random one-time code of this many digits; the first is not zero, which some input fields drop."""
    return str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))


def unused_slug(name: str, taken: Collection[str], *, default: str) -> str:
    """Return a slug made of `name` that is not in `taken`: "roads", else "roads-2" and so on.

    `default` is used if the name has no Latin letter. "new" is never returned, because it is the address of a form.
    """
    base = slugify(name)[:30] or default
    candidates = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken and slug != "new")


def is_number(text: str) -> bool:
    """Return whether a text may be the number of a row in a URL."""
    return text.isascii() and text.isdecimal() and len(text) < 19
