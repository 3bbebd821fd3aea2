"""Rows of a person's petitions and group purchases for their records page.

The links lead to public pages: representatives may read the list, too, and get no key of the person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.petitions.models import Petition, Signature
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.records.sources.base import Row
from kesher.records.sources.local_data_rows import register_reader

MOST = 100
WAITS = ("draft", "gathering", "submitted", "changes")
STATES = {"interest": "open", "open": "open", "filling": "open", "closed": "waiting", "confirmed": "waiting"}


@register_reader("petitions")
def petitions(contacts: Sequence[int]) -> list[Row]:
    """Return as rows the petitions that a person started, then those they signed, newest first (two queries)."""
    started = Petition.objects.filter(author__in=contacts).select_related("action", "agency").order_by("-id")[:MOST]
    rows = [petition_row(one, f"started-{one.code}", _("You started it"), one.created) for one in started]
    signed = Signature.objects.filter(
        contact__in=contacts, state=Signature.State.COUNTED, action__petition__isnull=False
    )
    signed = signed.exclude(action__petition__author__in=contacts)
    for one in signed.select_related("action__petition__action", "action__petition__agency").order_by("-id")[:MOST]:
        words = _("You signed. Receipt %(receipt)s") % {"receipt": one.receipt}
        rows.append(petition_row(one.action.petition, f"signed-{one.receipt}", words, one.created))
    return rows


def petition_row(petition: Petition, key: str, words: str, at: datetime) -> Row:
    """Return a petition as a row of "My records"."""
    published = petition.moderation == Petition.Moderation.PUBLISHED
    running = published and petition.closing == Petition.Closing.OPEN
    status = "waiting" if petition.moderation in WAITS else "open" if running else "ended"
    return Row(
        key=key,
        number=petition.code,
        kind="petition",
        title=petition.title,
        status=status,
        starts=local_date(at),
        ends=local_date(petition.closes_at),
        provider=petition.agency.name,
        url=petition.get_absolute_url() if published else "",
        explanation=words,
    )


@register_reader("purchases")
def purchases(contacts: Sequence[int]) -> list[Row]:
    """Return as rows a person's pledges that stand, newest first, with share and sum once the price is final."""
    lines = Pledge.objects.joined().filter(participation__contact__in=contacts)
    whole = ("purchase__action", "purchase__agency", "participation__allotment")
    lines = lines.select_related(*whole).order_by("-id")[:MOST]
    return [pledge_row(line, line.purchase) for line in lines]


def pledge_row(line: Pledge, purchase: Purchase) -> Row:
    """Return a pledge in a group purchase as a row of "My records"."""
    share: Allotment | None = getattr(line.participation, "allotment", None)
    quantity = share.quantity if share else line.quantity
    units = ngettext("%(count)s unit", "%(count)s units", quantity) % {"count": quantity}
    waits = line.standing == Pledge.Standing.WAITING
    return Row(
        key=line.participation.receipt,
        number=purchase.code,
        kind="purchase",
        title=purchase.title,
        status="waiting" if waits else STATES.get(purchase.state, "ended"),
        amount=Decimal(share.price * quantity) / 100 if share else None,
        starts=local_date(line.at),
        ends=local_date(purchase.ends_at),
        provider=purchase.organiser_name or purchase.agency.name,
        url=purchase.get_absolute_url(),
        explanation=units,
    )


def local_date(at: datetime | None) -> date | None:
    """Return the local date of a moment."""
    return timezone.localdate(at) if at else None
