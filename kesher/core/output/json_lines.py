"""Read lines of standard input, and write JSON objects one a line, for commands that other programs talk to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

# Characters that end a line for some readers of the output, though JSON may have them.
SEPARATORS: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}


def read_lines() -> Iterator[str]:
    """Yield the lines of standard input as they come; bytes that are not UTF-8 are replaced."""
    sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def write_json_line(value: Mapping[str, Any]) -> None:
    """Write an object to standard output as one line of JSON, before the next line of input is read."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False).translate(SEPARATORS) + "\n")
    sys.stdout.flush()
