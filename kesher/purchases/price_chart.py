"""Draw a group purchase's price steps, and how far the pledges have come, as SVG."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kesher.core.templatetags.ui import number
from kesher.purchases.models import Purchase
from kesher.purchases.prices import money, progress

WIDE, HIGH, TOP = 300, 120, 14


@dataclass(frozen=True, slots=True)
class Rung:
    """A price step: from how many units, at which price, whether it was reached and whether it holds now."""

    start: int
    price: int
    reached: bool
    now: bool

    @property
    def amount(self) -> str:
        """Return the unit price of this step in words."""
        return money(self.price)


def list_rungs(purchase: Purchase) -> list[Rung]:
    """Return the price steps as chart columns; ``now`` marks the price if the purchase closed now."""
    price = progress(purchase).price
    return [
        Rung(tier.start, tier.price, bool(price) and tier.price >= price, tier.price == price)
        for tier in purchase.tiers
    ]


def render_price_chart(purchase: Purchase) -> SafeString:
    """Return an SVG chart of the price steps as columns, the reached ones filled.

    The current step stands out. The title says the same in words; the numbers are in the table beside it.
    """
    steps = list_rungs(purchase)
    if not steps:
        return SafeString("")
    wide = WIDE / len(steps)
    boxes = format_html_join(
        "", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>', chart_columns(steps, wide)
    )
    return format_html(
        '<svg class="ladder" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none"><title>{}</title>{}{}</svg>',
        WIDE,
        HIGH,
        chart_title(steps, purchase.asked),
        boxes,
        render_marker(progress(purchase).units, steps, wide),
    )


def chart_columns(steps: list[Rung], wide: float) -> list[tuple[str, str, str, str, str]]:
    """Return (CSS class, x, y, width, height) of each column of the price chart."""
    low = min(step.price for step in steps)
    span = max(max(step.price for step in steps) - low, 1)
    found = []
    for index, step in enumerate(steps):
        # From full height down to a third: small discounts stay visible, and large ones do not vanish.
        high = (HIGH - TOP) * (0.35 + 0.65 * (step.price - low) / span)
        kind = "rung now" if step.now else "rung reached" if step.reached else "rung"
        found.append((kind, f"{index * wide + 2:.1f}", f"{HIGH - high:.1f}", f"{wide - 4:.1f}", f"{high:.1f}"))
    return found


def render_marker(units: int, steps: list[Rung], wide: float) -> SafeString:
    """Return an SVG bar below the columns, whose length shows how many units would be ordered."""
    starts = [step.start for step in steps]
    at = 0.0
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else max(start * 2, units, start + 1)
        if units >= start:
            at = (index + min((units - start) / (end - start), 1)) * wide
    if units < starts[0]:
        at = wide * units / max(starts[0], 1) * 0.5
    return format_html('<rect class="climbed" x="0" y="{}" width="{}" height="5" rx="2"/>', HIGH - 5, f"{at:.1f}")


def chart_title(steps: list[Rung], asked: int) -> str:
    """Return the price chart described in words, for its title element."""
    parts = [
        _("from %(count)s: %(price)s") % {"count": number(step.start), "price": money(step.price)} for step in steps
    ]
    now = next((money(step.price) for step in steps if step.now), "")
    if not now:
        return _("The price ladder: %(steps)s.") % {"steps": "; ".join(parts)}
    lead = _("The price ladder: %(steps)s. Pledged: %(taken)s, so the price now is %(now)s.")
    return lead % {"steps": "; ".join(parts), "taken": number(asked), "now": now}
