"""What a kind of source does: fetch posts from where it stopped."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

type Json = dict[str, Any]
type Get = Callable[[str, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]


class SourceError(Exception):
    """A source that could not be read; the message says why, for the desk."""


@dataclass(frozen=True, slots=True)
class HeardPost:
    """A public post as a source has it.

    ``text`` None: its author deleted it. ``author``: any name that stays the same.
    """

    external_id: str
    text: str | None
    said_at: datetime
    url: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The posts of one round, oldest first, and how far was read."""

    posts: tuple[HeardPost, ...]
    cursor: Json = field(default_factory=dict)


class SourceAdapter(ABC):
    """A kind of source; each folder has one subclass, named `Adapter`, in `adapter.py`."""

    name: str = ""
    title: Any = ""  # for people
    settings: Mapping[str, Any] = {}  # what the desk asks for: name -> label

    def check(self, settings: Mapping[str, str]) -> str:
        """Return what is wrong with the settings, or "". No network."""
        return ""

    @abstractmethod
    def fetch(self, settings: Mapping[str, str], cursor: Json, get: Get, most: int) -> Fetched:
        """Return at most `most` posts after the cursor. Raise SourceError.

        `get` asks for a URL with headers, through the guard, and returns status, headers and body; it raises
        SourceError where nothing answers.
        """


@cache
def source_adapters() -> dict[str, SourceAdapter]:
    """Return every kind of source by name, sorted."""
    names = sorted(file.parent.name for file in Path(__file__).parent.glob("*/adapter.py"))
    found = {}
    for name in names:
        adapter: SourceAdapter = importlib.import_module(f"{__package__}.{name}.adapter").Adapter()
        adapter.name = name
        found[name] = adapter
    return found
