"""Find the installed kinds of record sources: folders of ``sources``, and entry points of other packages.

To add a kind is to add its folder; it is named nowhere else.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from kesher.agencies.models import in_language
from kesher.records.sources.base import Source

GROUP = "kesher.records"


@cache
def all_adapters() -> dict[str, Source]:
    """Return {name: adapter} of all installed kinds of source. Raise TypeError if one is not a Source."""
    found = {
        name: create_adapter(name, importlib.import_module(f"{__package__}.{name}.adapter").Adapter)
        for name in adapter_folders()
    }
    for point in entry_points(group=GROUP):
        # Our own folder wins: an installed package must not replace a kind silently.
        found.setdefault(point.name, create_adapter(point.name, point.load()))
    return dict(sorted(found.items()))


def get_adapter(name: str) -> Source:
    """Return the adapter (kind of source) of that name. Raise KeyError if its package is gone.

    A source may outlive the package of its kind.
    """
    return all_adapters()[name]


def adapter_folders() -> list[str]:
    """Return the names of the folders in ``sources`` that have an adapter."""
    return sorted(file.parent.name for file in Path(__file__).parent.glob("*/adapter.py"))


def create_adapter(name: str, kind: object) -> Source:
    """Return an instance of the adapter class with its name set. Raise TypeError if it is not a Source."""
    if not (isinstance(kind, type) and issubclass(kind, Source)):
        raise TypeError(f"{name}: Adapter is not a Source")
    made = kind()
    made.name = name
    return made


def adapter_title(source: Source) -> str:
    """Return the name of an adapter (kind of source) in the reader's language."""
    return in_language(dict(source.titles)) or source.name
