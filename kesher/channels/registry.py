"""Find the installed channel adapters: folders with an `adapter.py`, and entry points of other packages.

To add a channel is to add its folder; no other code names it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from kesher import channels as house
from kesher.channels.base import Channel

GROUP = "kesher.channels"
# What a new account needs to reach a stand-in for its provider; the simulator registers one.
STAND_INS: list[Callable[[str], Mapping[str, Any]]] = []


@cache
def channels() -> dict[str, Channel]:
    """Return every installed channel by name, sorted. Raise TypeError if an `Adapter` class is not a Channel."""
    found = {name: load_adapter(name, f"{house.__name__}.{name}.adapter") for name in adapter_folders()}
    for point in entry_points(group=GROUP):
        # Our own folder has priority: an installed package must not replace a channel silently.
        found.setdefault(point.name, instantiate(point.name, point.load()))
    return dict(sorted(found.items()))


def get_channel(name: str) -> Channel:
    """Return the channel with this name. Raise KeyError: an account may outlive its channel's package."""
    return channels()[name]


@cache
def pulled_channels() -> tuple[str, ...]:
    """Return the names of the channels whose provider fetches what we say, so that nothing is sent on them."""
    return tuple(name for name, channel in channels().items() if channel.pulled)


def adapter_folders() -> list[str]:
    """Return the names of the folders in this package that contain an adapter."""
    return sorted({file.parent.name for root in house.__path__ for file in Path(root).glob("*/adapter.py")})


def load_adapter(name: str, module: str) -> Channel:
    """Import a module and return an instance of its `Adapter` class, named `name`."""
    return instantiate(name, importlib.import_module(module).Adapter)


def instantiate(name: str, kind: object) -> Channel:
    """Return an instance of a Channel class with this name. Raise TypeError for any other class."""
    if not (isinstance(kind, type) and issubclass(kind, Channel)):
        raise TypeError(f"{name}: Adapter is not a Channel")
    made = kind()
    made.name = name
    return made
