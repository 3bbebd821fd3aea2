"""Which kinds of sources there are: a folder of ``sources`` with an ``adapter.py`` is one, and so is an entry point of
another package. Nothing else names a kind: to add one is to add its folder."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from kesher.agencies.models import in_language
from kesher.records import sources as house
from kesher.records.base import Source

GROUP = "kesher.records"


@cache
def adapters() -> dict[str, Source]:
    """Every kind by its name. Raises TypeError where an ``Adapter`` is not a Source."""
    found = {
        name: named(name, importlib.import_module(f"{house.__name__}.{name}.adapter").Adapter) for name in folders()
    }
    for point in entry_points(group=GROUP):
        # The house's own folder wins: an installed package must not be able to replace a kind silently.
        found.setdefault(point.name, named(point.name, point.load()))
    return dict(sorted(found.items()))


def adapter(name: str) -> Source:
    """The kind of that name. Raises KeyError: a source may outlive the package that brought its kind."""
    return adapters()[name]


def folders() -> list[str]:
    """The names of the folders that hold an adapter."""
    return sorted({file.parent.name for root in house.__path__ for file in Path(root).glob("*/adapter.py")})


def named(name: str, kind: object) -> Source:
    if not (isinstance(kind, type) and issubclass(kind, Source)):
        raise TypeError(f"{name}: Adapter is not a Source")
    made = kind()
    made.name = name
    return made


def title_of(source: Source) -> str:
    """What the desk calls this kind, in the reader's language."""
    return in_language(dict(source.titles)) or source.name
