"""Registry of the kinds of action (petition, contest round, purchase) that people take part in.

A feature registers its kinds in ``apps.py:ready()``: what is public of an action, why its rows may not be voided now,
and whether it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kesher.participation.models import Action


@dataclass(frozen=True, slots=True)
class PublicData:
    """The data of an action that the public may get now.

    ``attributes``: the attributes of its JSON document that its feature knows. ``names``: area names by code. ``rows``:
    whether the rows are public too, not only the sums. ``chosen``: whether the rows hold what was chosen; they then
    hold nothing about the person.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    rows: bool = True
    chosen: bool = False


def no_public_data(action: Action) -> PublicData | None:
    """Return None, for a kind of action of which nothing is public."""
    return None


def no_refusal(action: Action, rows: int) -> str:
    """Return "", for a kind of action whose participations may be voided at any time."""
    return ""


def never_ended(action: Action) -> bool:
    """Return False, for a kind of action that never ends: people can still take part."""
    return False


def same_action(action: Action) -> Action | None:
    """Return the given action, for a kind whose codes stand for their own action."""
    return action


@dataclass(frozen=True, slots=True)
class Kind:
    """A value of `Action.kind`, with the functions by which its feature answers.

    ``public_data``: what the public may get now, None for nothing. ``refusal``: why this number of rows may not be
    voided (or counted again) now, "" where they may. ``ended``: whether taking part is over for good; the keys of
    erased people are then not needed. ``counted_action``: the action that people mean by this one's code.
    """

    name: str
    public_data: Callable[[Action], PublicData | None] = no_public_data
    refusal: Callable[[Action, int], str] = no_refusal
    ended: Callable[[Action], bool] = never_ended
    counted_action: Callable[[Action], Action | None] = same_action


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Register a kind of action, such as petitions; a kind of the same name is replaced."""
    KINDS[kind.name] = kind


def get_kind(action: Action) -> Kind:
    """Return the registered kind (petition, vote …) of an action, with its callbacks; a private default if unknown."""
    return KINDS.get(action.kind) or Kind(action.kind)
