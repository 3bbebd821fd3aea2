"""What the public may get of a purchase: who is interested while interest is gathered, who pledged afterwards; in
numbers and as rows that name nobody. And when pledges may be voided in numbers: until the deadline."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.participation import open_data
from kesher.participation.action_kinds import Kind, PublicData, register
from kesher.participation.models import Action
from kesher.participation.services import count_at
from kesher.purchases.api import short
from kesher.purchases.models import Purchase
from kesher.purchases.rules import may_pledge
from kesher.purchases.views import find

EARLY = (Purchase.State.DRAFT, Purchase.State.SUBMITTED, Purchase.State.INTEREST)
State = Purchase.State


def told_interest(action: Action) -> PublicData | None:
    return told(Purchase.objects.published().with_page().filter(action=action).first())


def told_pledges(action: Action) -> PublicData | None:
    return told(Purchase.objects.published().with_page().filter(pledging=action).first())


def told(found: Purchase | None) -> PublicData | None:
    if found is None:
        return None
    known = short(found, count_at(found.action), count_at(found.pledging))["attributes"]
    return PublicData({"action": known["title"], "background": known["text"], **known})


def refusal(action: Action, rows: int) -> str:
    """A pledge that is void frees its units (`services.settle_places`); once shares are given out, nothing does."""
    found = Purchase.objects.filter(pledging=action).first()
    if found is None or may_pledge(found):
        return ""
    return _("Pledges can be voided only while people may pledge: afterwards each has a share.")


def interest_ended(action: Action) -> bool:
    return Purchase.objects.filter(action=action).exclude(state__in=EARLY).exists()


def pledging_ended(action: Action) -> bool:
    going_on = (*EARLY, State.OPEN, State.FILLING)
    return Purchase.objects.filter(pledging=action).exclude(state__in=going_on).exists()


def meant(purchase: Purchase) -> Action:
    """What counts now: who is interested, or who pledged."""
    return purchase.pledging if purchase.opens_at else purchase.action


def counted(action: Action) -> Action | None:
    found = Purchase.objects.select_related("action", "pledging").filter(action=action).first()
    return meant(found) if found is not None else None


def register_all() -> None:
    """Called once, when the applications are ready."""
    register(Kind("purchase", public_data=told_interest, ended=interest_ended, counted_action=counted))
    register(Kind("pledge", public_data=told_pledges, refusal=refusal, ended=pledging_ended))


def asked(request: AgencyRequest, code: str) -> Action | None:
    found = find(code)
    return meant(found) if found else None


counts, rows = open_data.build_views(asked)
