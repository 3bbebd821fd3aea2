"""The price ladder as a picture: steps going down, how far people have climbed, and the same as a table beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kesher.core.templatetags.look import number
from kesher.purchases.models import Purchase, Tier
from kesher.purchases.prices import money

WIDE, HIGH, TOP = 300, 120, 14


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: from how many units, at which price, and whether it was reached."""

    start: int
    price: int
    reached: bool
    now: bool

    @property
    def amount(self) -> str:
        return money(self.price)


def rungs(tiers: list[Tier], taken: int) -> list[Rung]:
    """The steps with how far they were climbed; below the first it is the first that holds."""
    reached = [tier for tier in tiers if tier.start <= taken]
    now = reached[-1] if reached else (tiers[0] if tiers else None)
    return [Rung(tier.start, tier.price, tier in reached, tier is now) for tier in tiers]


def drawn(purchase: Purchase) -> SafeString:
    """Columns of falling height, each as wide as the others; those that were reached are filled, the one that holds
    stands out. The title says it in words; numbers are in the table."""
    steps = rungs(purchase.tiers, purchase.taken)
    if not steps:
        return SafeString("")
    wide = WIDE / len(steps)
    boxes = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>', columns(steps, wide))
    return format_html(
        '<svg class="ladder" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none"><title>{}</title>{}{}</svg>',
        WIDE,
        HIGH,
        said(steps, purchase.taken),
        boxes,
        marker(purchase, steps, wide),
    )


def columns(steps: list[Rung], wide: float) -> list[tuple[str, str, str, str, str]]:
    low = min(step.price for step in steps)
    span = max(max(step.price for step in steps) - low, 1)
    found = []
    for index, step in enumerate(steps):
        # Between full and a third of the height, so that a small discount is seen and a large one does not vanish.
        high = (HIGH - TOP) * (0.35 + 0.65 * (step.price - low) / span)
        kind = "rung now" if step.now else "rung reached" if step.reached else "rung"
        found.append((kind, f"{index * wide + 2:.1f}", f"{HIGH - high:.1f}", f"{wide - 4:.1f}", f"{high:.1f}"))
    return found


def marker(purchase: Purchase, steps: list[Rung], wide: float) -> SafeString:
    """A line along the foot as far as the units have come."""
    starts = [step.start for step in steps]
    at = 0.0
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else max(start * 2, purchase.taken, start + 1)
        if purchase.taken >= start:
            at = (index + min((purchase.taken - start) / (end - start), 1)) * wide
    if purchase.taken < starts[0]:
        at = wide * purchase.taken / max(starts[0], 1) * 0.5
    return format_html('<rect class="climbed" x="0" y="{}" width="{}" height="5" rx="2"/>', HIGH - 5, f"{at:.1f}")


def said(steps: list[Rung], taken: int) -> str:
    """The picture in words."""
    parts = [
        _("from %(count)s: %(price)s") % {"count": number(step.start), "price": money(step.price)} for step in steps
    ]
    now = next((money(step.price) for step in steps if step.now), "")
    lead = _("The price ladder: %(steps)s. Pledged: %(taken)s, so the price now is %(now)s.")
    return lead % {"steps": "; ".join(parts), "taken": number(taken), "now": now}
