"""The states of a group purchase and their transitions."""

from __future__ import annotations

from kesher.purchases.models import Purchase

State = Purchase.State

# (state, transition) → states. Nothing else is allowed. The numbers decide "close": see `allocation.expected_outcome`.
TRANSITIONS: dict[tuple[str, str], tuple[str, ...]] = {
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


def is_transition(before: str, transition: str, after: str) -> bool:
    """Return whether a purchase may go from one state to the other by this transition."""
    return after in TRANSITIONS.get((before, transition), ())


def allowed_transitions(purchase: Purchase) -> list[str]:
    """Return the transitions that staff may make with the purchase now, in the table's order.

    "close" is made by a job at the deadline; "open" needs an offer that was chosen.
    """
    known = [name for (state, name) in TRANSITIONS if state == purchase.state and name not in ("close", "open")]
    return list(dict.fromkeys(known))
