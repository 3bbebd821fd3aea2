"""What may follow what. One way only: nothing that people were told is taken back, except by calling the whole off."""

from __future__ import annotations

from kesher.purchases.models import Purchase

State = Purchase.State

# (state, verb) → state. What is not here may not be done. "close" is decided by the numbers: see `closing.outcome`.
TABLE: dict[tuple[str, str], tuple[str, ...]] = {
    (State.DRAFT, "submit"): (State.SUBMITTED,),
    (State.DRAFT, "publish"): (State.INTEREST,),
    (State.DRAFT, "open"): (State.OPEN,),
    (State.SUBMITTED, "publish"): (State.INTEREST,),
    (State.SUBMITTED, "open"): (State.OPEN,),
    (State.INTEREST, "open"): (State.OPEN,),
    (State.OPEN, "close"): (State.FILLING, State.CLOSED, State.FAILED),
    (State.FILLING, "close"): (State.CLOSED, State.FAILED),
    (State.CLOSED, "confirm"): (State.CONFIRMED,),
    (State.CONFIRMED, "fulfil"): (State.FULFILLED,),
    (State.DRAFT, "cancel"): (State.CANCELLED,),
    (State.SUBMITTED, "cancel"): (State.CANCELLED,),
    (State.INTEREST, "cancel"): (State.CANCELLED,),
    (State.OPEN, "cancel"): (State.CANCELLED,),
    (State.FILLING, "cancel"): (State.CANCELLED,),
    (State.CLOSED, "cancel"): (State.CANCELLED,),
}


def may_follow(before: str, verb: str, after: str) -> bool:
    return after in TABLE.get((before, verb), ())


def verbs(purchase: Purchase) -> list[str]:
    """What may be done now, in the table's order. Closing is the clock's; opening needs an offer that was chosen."""
    known = [verb for (state, verb) in TABLE if state == purchase.state and verb not in ("close", "open")]
    return list(dict.fromkeys(known))
