"""Read values from untrusted JSON: every function accepts anything and raises nothing.

An adapter's `parse` must be total. A broad `except` around it would hide our own bugs. So every access to a payload
goes through here, and a missing value reads as empty.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from kesher.channels.base import Address, Event, Json, Kind, Location, dedup

log = logging.getLogger("kesher.channels")

# Deeper than any provider nests, and far below the limit of Python's JSON writer.
DEPTH = 60
ITEMS = 500_000  # most commas; more values than any provider sends in a request
EACH = 20_000  # most items of one kind in a request; WhatsApp sends up to a thousand
KEPT = 10_000  # characters of a body that is not JSON; the journal has all of it
# PostgreSQL stores neither NUL nor lone surrogates, and UTF-8 cannot encode the latter.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Marks that reverse the text after them: in a name they make "annexe.pdf" of "annfdp.exe".
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def load_json(body: bytes) -> Any:
    """Return the JSON value in a request's body with only storable characters; None if it is no JSON.

    Return None if it is no JSON, too deeply nested, or too large for the time that a request has.
    """
    words = body.decode("utf-8-sig", "replace")
    if words.count(",") > ITEMS:
        return None
    try:
        return storable(json.loads(words, parse_float=parse_finite, parse_constant=constant_as_none))
    except RecursionError:
        return None
    except ValueError:
        # A number with more digits than Python converts to an int stays a text.
        return load_long_numbers(words)


def load_long_numbers(words: str) -> Any:
    """Return the JSON value of a text with its integers as strings; None if it cannot be read."""
    try:
        return storable(json.loads(words, parse_int=str, parse_float=parse_finite, parse_constant=constant_as_none))
    except (ValueError, RecursionError):
        return None


LENIENT = json.JSONDecoder(parse_int=str)  # made once: `json.loads` makes one on each call with options


def is_json(body: bytes) -> bool:
    """Return whether a body is JSON; as tolerant of bad characters as `load_json`.

    Deeply nested JSON counts too (`parse` keeps it whole).
    """
    try:
        LENIENT.decode(body.removeprefix(BOM_UTF8).decode("utf-8", "replace"))
    except ValueError:
        return False
    except RecursionError:
        return True
    return True


def parse_finite(digits: str) -> float | None:
    """Return a JSON number as a float; None for 1e999, which is legal JSON but reads as infinity."""
    number = float(digits)
    return number if math.isfinite(number) else None


def constant_as_none(_word: str) -> None:
    """Return None for NaN and Infinity, which Python accepts although JSON does not."""


def storable(value: Any, level: int = 0) -> Any:
    """Return a value with characters that every database accepts. Raise ValueError if nested below `DEPTH`."""
    if level > DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item, level + 1) for item in value]
    if isinstance(value, dict):
        return {UNSTORABLE.sub("\ufffd", key): storable(item, level + 1) for key, item in value.items()}
    return value


def dig(value: Any, *path: str | int) -> Any:
    """Return the value that a path of keys and positions leads to in nested JSON; None if it leads nowhere."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Any, *path: str | int) -> str:
    """Return the string or number at a path in JSON as a string (providers write ids both ways); else ""."""
    found = dig(value, *path)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def mapping(value: Any, *path: str | int) -> Json:
    """Return the object at a path in JSON; {} for anything else."""
    found = dig(value, *path)
    return found if isinstance(found, dict) else {}


def sequence(value: Any, *path: str | int) -> list[Any]:
    """Return the list at a path in JSON; [] for anything else."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def number(value: Any, *path: str | int) -> float | None:
    """Return the finite number at a path in JSON, also one written as a string; else None."""
    try:
        found = float(text(value, *path))
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(value: Any, *path: str | int) -> datetime | None:
    """Return the Unix time at a path in JSON as an aware time in UTC; None if missing or out of range."""
    seconds = number(value, *path)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None and seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def place(value: Any, lat: str, lon: str, label: str = "", address: str = "") -> Location | None:
    """Return the Location in a JSON object whose coordinates have these names; None if there is none."""
    north, east = number(value, lat), number(value, lon)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None
    return Location(north, east, label, address)


def fingerprint(value: Any) -> str:
    """Return a hash of a JSON value as its id: the same content has the same id."""
    words = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def unknown_event(
    value: Any, *, event_id: str = "", account: str = "", sender: Address | None = None, **fields: Any
) -> Event:
    """Return an UNKNOWN event with the whole content in `data["raw"]`."""
    kept = {"raw": value, **fields.pop("data", {})}
    key = dedup(Kind.UNKNOWN, sender, event_id or fingerprint(value))
    return Event(Kind.UNKNOWN, key, account=account, sender=sender, data=kept, **fields)


def read_each(items: Iterable[Any], read: Callable[[Any], Event], account: str = "") -> list[Event]:
    """Return an event for each item of one request; an item that `read` fails on becomes UNKNOWN.

    If our reader fails on one, it becomes UNKNOWN, so that a bug does not hide the others. Items beyond `EACH` become
    one UNKNOWN.
    """
    found = []
    rest = list(items)
    items, rest = rest[:EACH], rest[EACH:]
    for item in items:
        try:
            found.append(read(item))
        except Exception as error:
            log.exception("a reader failed; what it read is kept")
            found.append(unknown_event(item, account=account, data={"failed": type(error).__name__}))
    return [*found, unknown_event(rest, account=account)] if rest else found


def unreadable_event(body: bytes) -> Event:
    """Return the UNKNOWN event of a body that is no JSON."""
    words = UNSTORABLE.sub("\ufffd", body.decode("utf-8", "replace"))
    return unknown_event(words[:KEPT], event_id=hashlib.sha256(body).hexdigest()[:32], data={"bytes": len(body)})
