"""What a feature knows of its actions and this floor has to ask: what the public may get of one, why nothing of it may
be voided now, and whether anybody can still take part. Each feature registers its kinds in ``apps.py:ready()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kesher.participation.models import Action


@dataclass(frozen=True, slots=True)
class PublicData:
    """What the public may get of an action now. ``attributes`` of its JSON that its feature knows; ``names`` of areas,
    by code. ``rows``: its rows too, not only its sums. ``chosen``: they say what was chosen, and therefore nothing of
    who chose it."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    rows: bool = True
    chosen: bool = False


def no_public_data(action: Action) -> PublicData | None:
    return None


def no_refusal(action: Action, rows: int) -> str:
    return ""


def never_ended(action: Action) -> bool:
    return False


def same_action(action: Action) -> Action | None:
    return action


@dataclass(frozen=True, slots=True)
class Kind:
    """One value of `Action.kind`. ``public_data``: what the public may get now, None for nothing. ``refusal``: why so many
    rows may not be voided (or counted again) now, "" where they may. ``ended``: can nobody take part any more, for
    good? Then no key is needed to know who did. ``counted_action``: the action that people mean by this one's code."""

    name: str
    public_data: Callable[[Action], PublicData | None] = no_public_data
    refusal: Callable[[Action, int], str] = no_refusal
    ended: Callable[[Action], bool] = never_ended
    counted_action: Callable[[Action], Action | None] = same_action


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Adds a kind; the same name again replaces it."""
    KINDS[kind.name] = kind


def get_kind(action: Action) -> Kind:
    """A kind that nobody registered tells the public nothing."""
    return KINDS.get(action.kind) or Kind(action.kind)
