"""Reading what came from outside without trusting it: every function here takes anything and raises nothing.

``parse`` of an adapter must be total. Instead of a wide ``except`` around it, which would hide our own mistakes, each
look into a payload goes through here, and what is not there reads as empty.
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

# Deeper than any provider nests, and far below the depth at which Python's own JSON writer gives up.
DEPTH = 60
ITEMS = 500_000  # commas: more values than any provider packs into a request
EACH = 20_000  # things of one kind in a request; WhatsApp packs up to a thousand
KEPT = 10_000  # characters of a body that is not JSON; the journal holds all of it
# PostgreSQL stores neither NUL nor half a surrogate pair, and UTF-8 has no form for the latter.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Signs that turn the letters after them around: in a name they make "annexe.pdf" of "annfdp.exe".
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def load_json(body: bytes) -> Any:
    """The JSON value of a body, made storable; None where it is no JSON, is nested absurdly deep, or has more in it
    than can be looked through in the time that a request has."""
    words = body.decode("utf-8-sig", "replace")
    if words.count(",") > ITEMS:
        return None
    try:
        return storable(json.loads(words, parse_float=parse_finite, parse_constant=nothing))
    except RecursionError:
        return None
    except ValueError:
        # A number of more digits than Python turns into an int stays the text that it is.
        return load_long_numbers(words)


def load_long_numbers(words: str) -> Any:
    """The same, with whole numbers as their digits."""
    try:
        return storable(json.loads(words, parse_int=str, parse_float=parse_finite, parse_constant=nothing))
    except (ValueError, RecursionError):
        return None


LENIENT = json.JSONDecoder(parse_int=str)  # made once: `json.loads` makes one for each call with options


def is_json(body: bytes) -> bool:
    """Is it JSON? As forgiving of letters as `load`; what is nested absurdly deep is, too (`parse` keeps it whole)."""
    try:
        LENIENT.decode(body.removeprefix(BOM_UTF8).decode("utf-8", "replace"))
    except ValueError:
        return False
    except RecursionError:
        return True
    return True


def parse_finite(digits: str) -> float | None:
    """1e999 is legal JSON and reads as infinity, which no database keeps."""
    number = float(digits)
    return number if math.isfinite(number) else None


def nothing(_word: str) -> None:
    """NaN and Infinity, which Python's reader allows although JSON does not."""


def storable(value: Any, level: int = 0) -> Any:
    """The same value with characters that every database takes. Raises ValueError below `DEPTH`."""
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
    """What lies at the end of a path of keys and positions, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Any, *path: str | int) -> str:
    """A string, or a number as a string (providers write ids both ways); "" for anything else."""
    found = dig(value, *path)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def mapping(value: Any, *path: str | int) -> Json:
    """An object, or an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, dict) else {}


def sequence(value: Any, *path: str | int) -> list[Any]:
    """A list, or an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def number(value: Any, *path: str | int) -> float | None:
    """A finite number, also where it was written as a string."""
    try:
        found = float(text(value, *path))
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(value: Any, *path: str | int) -> datetime | None:
    """Seconds since 1970 as an aware time in UTC; None for what no calendar holds."""
    seconds = number(value, *path)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None and seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def place(value: Any, lat: str, lon: str, label: str = "", address: str = "") -> Location | None:
    """A place on the globe, from an object and the names of its degrees; None where there is none such."""
    north, east = number(value, lat), number(value, lon)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None
    return Location(north, east, label, address)


def fingerprint(value: Any) -> str:
    """A name for something that its provider gave no id: the same content has the same name."""
    words = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def unknown_event(
    value: Any, *, event_id: str = "", account: str = "", sender: Address | None = None, **fields: Any
) -> Event:
    """An event that nobody here understands, kept whole: its content is in ``data["raw"]``."""
    kept = {"raw": value, **fields.pop("data", {})}
    key = dedup(Kind.UNKNOWN, sender, event_id or fingerprint(value))
    return Event(Kind.UNKNOWN, key, account=account, sender=sender, data=kept, **fields)


def read_each(items: Iterable[Any], read: Callable[[Any], Event], account: str = "") -> list[Event]:
    """Read each of several things that came in one request. One on which our reader fails is kept as UNKNOWN, for a
    mistake of ours must not hide the others; so are, all in one, those beyond `EACH`."""
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
    """The event of a body that is no JSON at all."""
    words = UNSTORABLE.sub("\ufffd", body.decode("utf-8", "replace"))
    return unknown_event(words[:KEPT], event_id=hashlib.sha256(body).hexdigest()[:32], data={"bytes": len(body)})
