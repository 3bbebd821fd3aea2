"""Which channels there are: a folder with an ``adapter.py`` is one, and so is an entry point of another package.

Nothing else names a channel: to add one is to add its folder.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from kesher import channels as house
from kesher.channels.base import Channel

GROUP = "kesher.channels"


@cache
def channels() -> dict[str, Channel]:
    """Every channel by its name, in alphabetical order. Raises TypeError where an ``Adapter`` is not a Channel."""
    found = {name: load_adapter(name, f"{house.__name__}.{name}.adapter") for name in adapter_folders()}
    for point in entry_points(group=GROUP):
        # The house's own folder wins: an installed package must not be able to replace a channel silently.
        found.setdefault(point.name, instantiate(point.name, point.load()))
    return dict(sorted(found.items()))


def get_channel(name: str) -> Channel:
    """The channel of that name. Raises KeyError: an account may outlive the package that brought its channel."""
    return channels()[name]


def adapter_folders() -> list[str]:
    """The names of the folders here that hold an adapter."""
    return sorted({file.parent.name for root in house.__path__ for file in Path(root).glob("*/adapter.py")})


def load_adapter(name: str, module: str) -> Channel:
    """The adapter in a module, carrying the folder's name."""
    return instantiate(name, importlib.import_module(module).Adapter)


def instantiate(name: str, kind: object) -> Channel:
    """An instance that knows its name: the folder's, or the entry point's, and never a second one in its code."""
    if not (isinstance(kind, type) and issubclass(kind, Channel)):
        raise TypeError(f"{name}: Adapter is not a Channel")
    made = kind()
    made.name = name
    return made
