"""Which files of Kesher take part in a request: those in which a function ran."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import kesher

PACKAGE = Path(kesher.__file__).parent


def files_run(call: Callable[[], object]) -> dict[str, list[str]]:
    """Return the files of Kesher, without tests, whose functions ran in a call, with the functions' names."""
    found: dict[str, list[str]] = {}

    def note(code: CodeType, _offset: int) -> object:
        path = Path(code.co_filename)
        if path.is_relative_to(PACKAGE) and "tests" not in path.parts and not code.co_name.startswith("<"):
            found.setdefault(str(path.relative_to(PACKAGE)), []).append(code.co_qualname)
        return sys.monitoring.DISABLE

    tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
    sys.monitoring.use_tool_id(tool, "request path")
    try:
        sys.monitoring.register_callback(tool, events.PY_START, note)
        sys.monitoring.set_events(tool, events.PY_START)
        sys.monitoring.restart_events()
        call()
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    return dict(sorted(found.items()))
