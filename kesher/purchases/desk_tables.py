"""Tables of the staff's pages: group purchases, pledges, shares, and who picks up what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.conversations.channel_links import channel_title
from kesher.initiatives.desk import person_address, person_cells, person_name
from kesher.purchases.forms.pledges import slot_title
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.presenters import KINDS, units_together
from kesher.purchases.prices import money, progress
from kesher.purchases.services import allocate_shares

STANDINGS = {"in": "good", "waiting": "wait", "offered": "info", "out": "plain"}
SHARES = {"waiting": "wait", "offered": "info", "held": "accent", "given_up": "plain", "collected": "good"}


def purchase_columns() -> list[Any]:
    """Return the column titles for `purchase_rows`."""
    return [
        _("Purchase"), _("Number"), {"text": _("Interested"), "number": True}, {"text": _("Pledged"), "number": True},
        {"text": _("Units"), "number": True}, _("Price"), _("State"),
    ]  # fmt: skip


def purchase_rows(purchases: Iterable[Purchase]) -> list[list[Any]]:
    """Return purchases as the cells of components/table.html."""
    return [
        [
            {"text": row.title, "url": row.desk_path},
            row.code,
            {"text": row.interested, "number": True},
            {"text": row.pledgers, "number": True},
            {"text": units_together(row), "number": True},
            money(progress(row).price) if row.offer else "",
            standing_of(row),
        ]
        for row in purchases
    ]


def standing_of(row: Purchase) -> dict[str, str]:
    """Return {text, badge}: what waits for staff in this purchase, else its state."""
    if row.offered:
        return {"text": _("An offer to review"), "badge": "wait"}
    if row.unread:
        return {"text": _("News to read"), "badge": "wait"}
    return {"text": row.get_state_display(), "badge": KINDS[row.state] or "plain"}


def pledge_rows(purchase: Purchase, *, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Return up to ``limit`` entries of the pledge journal as table rows, newest first. One query."""
    rows = Pledge.objects.of(purchase).select_related("participation__contact", "participation__identity")
    rows = rows.filter(pk__lt=before) if before is not None else rows
    return [
        {
            **person_cells(line.participation),
            "pk": line.pk,
            "number": line.number,
            "quantity": line.quantity,
            "tolerance": line.tolerance,
            "change": f"{line.change:+d}" if line.change else "0",
            "standing": line.get_standing_display(),
            "kind": STANDINGS[line.standing],
            "door": channel_title(line.door) or _("The system"),
            "at": line.at,
        }
        for line in rows.order_by("-id")[:limit]
    ]


def forecast(purchase: Purchase) -> list[tuple[str, str]]:
    """Return what closing the purchase now would result in, as (label, text)."""
    if purchase.offer is None or purchase.state not in ("open", "filling"):
        return []
    outcome = purchase.outcome
    found = [(_("Asked for"), str(purchase.asked)), (_("Would be ordered"), str(outcome.units))]
    if purchase.box > 1:
        whole = outcome.units // purchase.box
        found += [(_("Whole boxes"), str(whole)), (_("Missing in the last box"), str(outcome.lacks))]
    found.append((_("Price of each"), money(outcome.price)))
    return [*found, (_("Minimum reached"), _("Yes") if outcome.comes else _("No"))]


def share_rows(purchase: Purchase) -> dict[str, Any]:
    """Return a table of who gets how many units: as stored when it closed, else as expected now."""
    rows = Allotment.objects.filter(purchase=purchase).select_related("participation__contact").order_by("place")
    head: list[Any] = [
        {"text": _("Place"), "number": True}, _("Who"), _("Receipt"), {"text": _("Wanted"), "number": True},
        {"text": _("Gets"), "number": True}, _("State"),
    ]  # fmt: skip
    cells = [
        [
            {"text": share.place, "number": True}, person_name(share.participation), share.participation.receipt,
            {"text": share.wanted, "number": True}, {"text": share.quantity, "number": True},
            {"text": share.get_state_display(), "badge": SHARES[share.state]},
        ]
        for share in rows
    ]  # fmt: skip
    if not cells and purchase.state in ("open", "filling"):
        cells = expected_rows(purchase)
    return {"head": head, "rows": cells}


def expected_rows(purchase: Purchase) -> list[list[Any]]:
    """Return table rows of how many units each pledger would get if the purchase closed now."""
    got = allocate_shares(purchase)
    lines = Pledge.objects.of(purchase).current().exclude(standing=Pledge.Standing.OUT)
    lines = lines.select_related("participation__contact").in_order()
    return [
        [
            {"text": place, "number": True}, person_name(line.participation), line.participation.receipt,
            {"text": line.quantity, "number": True}, {"text": got.get(line.participation_id, 0), "number": True},
            {"text": line.get_standing_display(), "badge": STANDINGS[line.standing]},
        ]
        for place, line in enumerate(lines, 1)
    ]  # fmt: skip


def shares_to_collect(purchase: Purchase) -> list[Allotment]:
    """Return the shares held or collected, ordered by pick-up place, time and code."""
    rows = Allotment.objects.filter(purchase=purchase, state__in=[Allotment.State.HELD, Allotment.State.COLLECTED])
    rows = rows.select_related("participation__contact", "participation__identity", "point", "slot__point")
    return list(rows.order_by("point", "slot__starts", "code"))


def pickup_in_words(share: Allotment) -> str:
    """Return where a share is collected and when, as far as that is known."""
    return slot_title(share.slot) if share.slot else share.point.name if share.point else ""


def pickup_rows(purchase: Purchase) -> dict[str, Any]:
    """Return the template context of the desk's pick-up list."""
    found = shares_to_collect(purchase)
    rows = [
        {
            "code": share.code,
            "name": person_name(share.participation),
            "quantity": share.quantity,
            "sum": money(share.total),
            "where": pickup_in_words(share),
            "collected": share.collected_at,
        }
        for share in found
    ]
    done = sum(share.state == Allotment.State.COLLECTED for share in found)
    return {"rows": rows, "done": done, "all": len(rows)}


def csv_rows(purchase: Purchase) -> Iterator[list[str]]:
    """Yield the pick-up list as CSV rows, with the column titles first."""
    yield [_("Code"), _("Who"), _("Address"), _("Units"), _("To pay"), _("Where"), _("Collected")]
    for share in shares_to_collect(purchase):
        when = timezone.localtime(share.collected_at).strftime("%Y-%m-%d %H:%M") if share.collected_at else ""
        yield [
            share.code, person_name(share.participation), person_address(share.participation), str(share.quantity),
            f"{share.total / 100:.2f}", pickup_in_words(share), when,
        ]  # fmt: skip
