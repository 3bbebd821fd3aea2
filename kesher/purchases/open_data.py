"""Publish a group purchase's numbers and rows without names, and say until when pledges may be voided.

It is about the interested while interest is gathered, and about the pledgers afterwards.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.participation import open_data
from kesher.participation.action_kinds import Kind, PublicData, register
from kesher.participation.models import Action
from kesher.participation.services import count_at
from kesher.purchases.api import purchase_summary
from kesher.purchases.models import Purchase
from kesher.purchases.rules import may_pledge
from kesher.purchases.views import find_purchase

EARLY = (Purchase.State.DRAFT, Purchase.State.SUBMITTED, Purchase.State.INTEREST)
State = Purchase.State


def interest_data(action: Action) -> PublicData | None:
    """Return the open data of the purchase whose interest this action counts; None where there is none."""
    return public_data_of(Purchase.objects.published().with_page().filter(action=action).first())


def pledges_data(action: Action) -> PublicData | None:
    """Return the open data of the purchase whose pledges this action counts; None where there is none."""
    return public_data_of(Purchase.objects.published().with_page().filter(pledging=action).first())


def public_data_of(found: Purchase | None) -> PublicData | None:
    """Return the open data of a purchase; None for none."""
    if found is None:
        return None
    known = purchase_summary(found, count_at(found.action), count_at(found.pledging))["attributes"]
    return PublicData({"action": known["title"], "background": known["text"], **known})


def explain_refusal(action: Action, rows: int) -> str:
    """Return why ``rows`` pledges may not be voided now; "" where they may.

    A void pledge frees its units (`settle_places`); once shares are given out, nothing does.
    """
    found = Purchase.objects.filter(pledging=action).first()
    if found is None or may_pledge(found):
        return ""
    return _("Pledges can be voided only while people may pledge: afterwards each has a share.")


def interest_ended(action: Action) -> bool:
    """Return whether the purchase of this action gathers interest no more."""
    return Purchase.objects.filter(action=action).exclude(state__in=EARLY).exists()


def pledging_ended(action: Action) -> bool:
    """Return whether pledging is over in the purchase of this action."""
    going_on = (*EARLY, State.OPEN, State.FILLING)
    return Purchase.objects.filter(pledging=action).exclude(state__in=going_on).exists()


def current_action(purchase: Purchase) -> Action:
    """Return the purchase's action that counts people now: of interest, or of pledges."""
    return purchase.pledging if purchase.opens_at else purchase.action


def find_counted_action(action: Action) -> Action | None:
    """Return the action that counts people now in this action's purchase; None without a purchase."""
    found = Purchase.objects.select_related("action", "pledging").filter(action=action).first()
    return current_action(found) if found is not None else None


def register_all() -> None:
    """Register interest and pledges for open data; called once, when the apps are ready."""
    register(Kind("purchase", public_data=interest_data, ended=interest_ended, counted_action=find_counted_action))
    register(Kind("pledge", public_data=pledges_data, refusal=explain_refusal, ended=pledging_ended))


def find_requested_action(request: AgencyRequest, code: str) -> Action | None:
    """Return the action whose open data a request asks for; None for an unknown code."""
    found = find_purchase(code)
    return current_action(found) if found else None


counts, rows = open_data.build_views(find_requested_action)
