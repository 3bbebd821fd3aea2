"""Parse the JSON of a request's body."""

from __future__ import annotations

import json
from typing import Any

BODY_MAX = 10_000


def parse_json(raw: bytes, **options: Any) -> Any:
    """Return the value of a JSON text; `options` are those of `json.loads`.

    Raise ValueError also for what Python accepts and the database does not: deep nesting, lone surrogates, NUL, numbers
    of thousands of digits.
    """
    if b"\\u0000" in raw:
        raise ValueError("NUL")
    try:
        found = json.loads(raw, **options)
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False, default=str).encode()  # a lone surrogate is a ValueError, too
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found
