"""Where a purchase stands: the price that all pay, in words and as a ladder (SVG). Amounts are agorot with VAT."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.templatetags.ui import number
from kesher.purchases.allocation import expected_outcome, least_to_come_about, next_price
from kesher.purchases.models import Purchase
from kesher.purchases.models.purchase import RUNNING


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a purchase stands.

    ``price``: of a unit if it ended now (0: none). ``more``: units until the next price (0: no lower one can be
    reached). ``lacking``: units until it comes about (None: it cannot). ``units``: what would be ordered.
    """

    price: int
    more: int
    next_price: int
    lacking: int | None
    units: int


def progress(purchase: Purchase) -> Progress:
    """Return a purchase's price now, and the units to the next price and to the minimum; no query."""
    terms, asked, spare = purchase.terms, purchase.asked, purchase.spare
    if purchase.price is not None:
        return Progress(purchase.price, 0, 0, 0, purchase.allotted)
    if purchase.state not in RUNNING or not terms.steps:
        return Progress(0, 0, 0, 0, 0)
    now = expected_outcome(terms, asked, spare)
    least = least_to_come_about(terms, asked, spare)
    # While the last box is filled, no further units can come.
    most = -(-asked // terms.box) * terms.box if purchase.state == Purchase.State.FILLING else None
    more, lower = next_price(terms, asked, spare, most) or (0, 0)
    lacking = 0 if now.comes else least - asked if least is not None else None
    return Progress(now.price, more, lower, lacking, now.units)


def rule_in_words(purchase: Purchase) -> str:
    """Return the purchase's tie rule in words: who gets units where there are too few."""
    return {
        Purchase.Tie.FIRST: _("whoever pledged first comes first"),
        Purchase.Tie.LOTTERY: _("it is drawn after the end who gets how many"),
        Purchase.Tie.ROUND: _("everybody in turn gets one unit"),
    }[Purchase.Tie(purchase.tie)]


def shortage_in_words(purchase: Purchase, asked: int, units: int) -> str:
    """Return a sentence that fewer units can be ordered than were pledged; "" where there are enough."""
    if purchase.state not in RUNNING or not 0 < units < asked:
        return ""
    words = _("%(units)s of the %(asked)s units pledged can be ordered now: %(rule)s. You may get fewer, or none.")
    return words % {"units": number(units), "asked": number(asked), "rule": rule_in_words(purchase)}


def spare_in_words(purchase: Purchase) -> str:
    """Return how many units of tolerance people offer to fill a box, in words; "" for none."""
    if purchase.state not in RUNNING or purchase.box == 1 or not purchase.spare:
        return ""
    words = ngettext(
        "People would take %(count)s more, if that fills a box of %(box)s",
        "People would take %(count)s more, if that fills a box of %(box)s",
        purchase.spare,
    )
    return words % {"count": number(purchase.spare), "box": number(purchase.box)}


def money(agorot: int) -> str:
    """Return an amount in agorot as text in shekels: "₪1,250", with agorot where there are any."""
    shekels, rest = divmod(agorot, 100)
    amount = f"{number(shekels)}.{rest:02d}" if rest else number(shekels)
    return _("₪%(amount)s") % {"amount": amount}


def decimal_amount(agorot: int) -> str:
    """Return an amount in agorot as a decimal string of shekels, such as "12.50"."""
    return f"{agorot // 100}.{agorot % 100:02d}"


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
