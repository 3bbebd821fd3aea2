"""Judge what was found of topic, place, date, amount, count and name, and count it (`tests/judged/slots/README.md`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from kesher.language import normalise

SETS: Final = Path(__file__).parent.parent / "tests" / "judged" / "slots"
SLOTS: Final = ("topic", "topic3", "place", "cross", "house", "date", "hour", "amount", "count", "name")
SUMMARY: Final = ("topic", "topic3", "place", "house", "date", "hour", "amount", "count", "name")

Message = dict[str, Any]
Found = Mapping[str, str]


def load(files: Iterable[Path]) -> list[Message]:
    """Return the messages of judged files."""
    return [json.loads(text) for file in files for text in file.read_text(encoding="utf-8").splitlines() if text]


def judge(label: Message, found: Found) -> dict[str, bool]:
    """Return {slot: whether it is right} for each slot that the label or the answer has: invented ones are wrong."""
    every = {slot: judge_slot(slot, label, found) for slot in SLOTS}
    return {slot: right for slot, right in every.items() if right is not None}


def judge_slot(slot: str, label: Message, found: Found) -> bool | None:
    """Return whether a slot is right; None where neither the label nor the answer has it."""
    if slot in ("topic", "topic3"):
        given = [found[name] for name in ("topic", "topic2", "topic3") if found.get(name)]
        given = given[:1] if slot == "topic" else given
        wanted = {label["topic"], *label.get("topic_also", [])} if label.get("topic") else set()
        return bool(wanted & set(given)) if wanted or given else None
    if slot == "place":
        return judge_place(label, found)
    wanted, given = label.get(slot, ""), found.get(slot, "")
    return same(slot, str(wanted), given) if wanted or given else None


def judge_place(label: Message, found: Found) -> bool | None:
    """Return whether the place is right: its code, or for one that is not in the list, some of its words.

    The two streets of a crossing may be in either order.
    """
    if label.get("place"):
        pair = {found.get("place_code"), found.get("cross")}
        crossing = bool(label.get("cross")) and pair == {label["place"], label["cross"]}
        return found.get("place_code") == label["place"] or crossing
    if label.get("place_words"):
        wanted = set(normalise(label["place_words"]).split())
        return not found.get("place_code") and bool(wanted & set(normalise(found.get("place", "")).split()))
    return False if found.get("place") else None


def same(slot: str, wanted: str, given: str) -> bool:
    """Return whether two values of a slot are the same, as numbers where they are such."""
    if slot in ("amount", "count"):
        try:
            return Decimal(wanted) == Decimal(given)
        except InvalidOperation:
            return False
    return normalise(wanted) == normalise(given)
