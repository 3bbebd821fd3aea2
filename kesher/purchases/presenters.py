"""Build the contexts of the public pages of group purchases, without names of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.core.i18n.text_truncation import truncate_text
from kesher.core.templatetags.ui import number
from kesher.initiatives import presenters as initiatives
from kesher.participation.services import read_total_now
from kesher.purchases.consumer_rights import cancellation_rights
from kesher.purchases.models import Allotment, Offer, Purchase, Step
from kesher.purchases.models.purchase import GATHERING
from kesher.purchases.prices import Rung, list_rungs, money, progress, render_price_chart, rule_in_words, spare_in_words
from kesher.purchases.rules import may_offer, may_pledge
from kesher.purchases.services.offers import votes_needed

NEWS = 20
KINDS = {
    "interest": "info", "open": "accent", "filling": "wait", "closed": "good", "confirmed": "good", "fulfilled": "good",
    "failed": "bad", "cancelled": "bad", "submitted": "wait", "draft": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbers:
    """The part of a page that changes while people look. Plain values only: it is cached."""

    code: str
    stream: str
    state: str
    units: int
    whole: bool
    people: int
    people_line: str
    price: str
    line: str
    aim: int
    share: int
    limit: str
    picture: str
    rungs: tuple[Rung, ...]


def numbers(purchase: Purchase) -> Numbers:
    """Return the current numbers of a purchase's page, all read at the same moment. One query."""
    gathering = purchase.state == Purchase.State.INTEREST
    people = read_total_now(purchase.action if gathering else purchase.pledging)
    now = progress(purchase)
    aim = meter_end(purchase)
    return Numbers(
        code=purchase.code,
        stream=purchase.action.stream,
        state=purchase.state,
        units=units_together(purchase),
        whole=not purchase.asked > now.units > 0,
        people=people,
        people_line=people_line(people, gathering=gathering),
        price=money(now.price) if now.price else "",
        line=progress_in_words(purchase),
        aim=aim,
        share=min(purchase.asked, aim),
        limit=limits_in_words(purchase),
        picture=str(render_price_chart(purchase)),
        rungs=tuple(list_rungs(purchase)),
    )


def people_line(people: int, *, gathering: bool) -> str:
    """Return the number of people as words: "… interested" while ``gathering``, else "… joined"."""
    if gathering:
        return ngettext("%(count)s person is interested", "%(count)s people are interested", people) % {
            "count": number(people)
        }
    return ngettext("%(count)s person has joined", "%(count)s people have joined", people) % {"count": number(people)}


def meter_end(purchase: Purchase) -> int:
    """Return the units at the full width of the progress meter: the minimum, or the next price step."""
    now = progress(purchase)
    return max(purchase.asked + (now.lacking or now.more), 1)


def units_together(purchase: Purchase) -> int:
    """Return the units bought together: those pledged, and after the end those ordered."""
    return purchase.allotted if purchase.is_settled else purchase.asked


def progress_in_words(purchase: Purchase) -> str:
    """Return the sentence on how many more units reach the minimum or the next price."""
    if purchase.state not in ("open", "filling"):
        return ""
    if purchase.state == Purchase.State.FILLING:
        lacks = purchase.outcome.lacks
        if not lacks:
            return _("The last box is full")
        words = ngettext("%(count)s more fills the last box", "%(count)s more fill the last box", lacks)
        return words % {"count": number(lacks)}
    now = progress(purchase)
    if now.lacking is None:
        return _("There is not enough to reach the minimum, so it cannot go ahead")
    if now.lacking:
        words = ngettext("%(count)s more and it goes ahead", "%(count)s more and it goes ahead", now.lacking)
        return words % {"count": number(now.lacking)}
    if now.more:
        words = ngettext(
            "%(count)s more to the next price: %(price)s", "%(count)s more to the next price: %(price)s", now.more
        )
        return words % {"count": number(now.more), "price": money(now.next_price)}
    if now.price > purchase.terms.steps[-1][1]:
        return _("The price cannot fall any further")
    return _("The lowest price was reached, for everybody")


def limits_in_words(purchase: Purchase) -> str:
    """Return the sentence on how many units are left, or how many of the pledged can be ordered."""
    if not may_pledge(purchase):
        return ""
    parts: list[str] = []
    units = progress(purchase).units
    if 0 < units < purchase.asked:
        words = ngettext("%(count)s unit would be ordered now", "%(count)s units would be ordered now", units)
        parts.extend((words % {"count": number(units)}, rule_in_words(purchase)))
    if spare := spare_in_words(purchase):
        parts.append(spare)
    if purchase.left == 0:
        parts.append(_("Sold out; you can join the waiting list"))
    elif purchase.left:
        words = ngettext("%(count)s unit left", "%(count)s units left", purchase.left)
        parts.append(words % {"count": number(purchase.left)})
    return " · ".join(parts)


def words_to_join(purchase: Purchase) -> str:
    """Return the command to send us to join ("buy 123"), in the reader's language."""
    if purchase.state == Purchase.State.INTEREST:
        return _("interested %(code)s") % {"code": purchase.code}
    return _("buy %(code)s") % {"code": purchase.code}


def page_context(purchase: Purchase, form: Form | None, join: Form | None) -> dict[str, Any]:
    """Return the template context of a purchase's public page.

    ``form``: pledging, ``join``: interest; None where that cannot be done.
    """
    offers = list(purchase.offers.shown()) if purchase.state in ("interest", "open") else []
    return {
        "purchase": purchase,
        "kind": KINDS[purchase.state],
        "form": form if may_pledge(purchase) else None,
        "join": join if purchase.state == Purchase.State.INTEREST else None,
        "numbers": numbers(purchase),
        "offers": [offer_context(offer, purchase) for offer in offers],
        "may_offer": may_offer(purchase),
        "facts": facts_of(purchase),
        "rights": cancellation_rights(),
        "events": events_of(purchase),
        "points": list(purchase.points.filter(is_active=True).order_by("id")),
        **initiatives.share_context(purchase, words_to_join(purchase), is_open=purchase.state in ("interest", "open")),
    }


def support_in_words(offer: Offer, purchase: Purchase) -> str:
    """Return how many people voted for an offer; while people pledge, also how many votes it needs."""
    if purchase.state in GATHERING:
        if not offer.votes:
            return _("Nobody has chosen it yet")
        words = ngettext(
            "%(votes)s of the people who are interested would take it",
            "%(votes)s of the people who are interested would take it",
            offer.votes,
        )
        return words % {"votes": number(offer.votes)}
    if not purchase.is_open or offer.pk == purchase.offer_id:
        return ""
    known = {"votes": number(offer.votes), "needed": number(votes_needed(purchase))}
    if not offer.votes:
        return _("Nobody has chosen it yet; it takes over when %(needed)s of the people who pledged have") % known
    words = ngettext(
        "%(votes)s of the people who pledged chose it; it takes over when %(needed)s of them have",
        "%(votes)s of the people who pledged chose it; it takes over when %(needed)s of them have",
        offer.votes,
    )
    return words % known


def offer_context(offer: Offer, purchase: Purchase) -> dict[str, Any]:
    """Return the template context of an offer, as members compare it."""
    return {
        "offer": offer,
        "support": support_in_words(offer, purchase),
        "steps": [(number(tier.start), money(tier.price)) for tier in offer.ladder],
        "facts": conditions_of(offer),
    }


def conditions_of(offer: Offer | Purchase) -> list[tuple[str, str]]:
    """Return the minimum and the limits of an offer or purchase, as (label, number)."""
    minimum = offer.binding_minimum if isinstance(offer, Offer) else offer.terms.minimum
    found = [(_("Minimum"), number(minimum)), (_("At most for each person"), number(offer.each))]
    if offer.stock:
        found.append((_("In stock"), number(offer.stock)))
    if offer.maximum:
        found.append((_("At most together"), number(offer.maximum)))
    if offer.box > 1:
        found.append((_("Units in a box"), number(offer.box)))
    return found


def facts_of(purchase: Purchase) -> list[tuple[str, str]]:
    """Return the conditions of the chosen offer, as (label, text); [] before there is one."""
    if purchase.offer is None:
        return []
    offer = purchase.offer
    seller = offer.seller
    if offer.registration:  # unbroken: from right to left, a number broken at its hyphen reads wrong
        seller = format_html('{} <bdi class="whole" dir="ltr">({})</bdi>', seller, offer.registration)
    found = [(_("Seller"), seller), *conditions_of(purchase)]
    found.append((_("Price"), _("%(vat)s%% VAT is included") % {"vat": f"{offer.vat.normalize():f}"}))
    found.append(
        (
            _("Payment"),
            purchase.words(purchase.payments) or _("To the seller, when you collect. No money goes through this site."),
        )
    )
    if purchase.stock or purchase.box > 1:
        found.append((_("If there is not enough for everybody"), purchase.get_tie_display()))
    return found


def events_of(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the history of a purchase as timeline entries, newest first."""
    return [event_of(step) for step in purchase.steps.order_by("-at", "-id")[:NEWS] if step.verb in EVENTS]


EVENTS = {
    "publish": ("globe", ""), "open": ("cart", ""), "offer": ("tag", ""), "price": ("activity", "good"),
    "change_offer": ("refresh", ""), "close": ("lock", ""), "confirm": ("check-circle", "good"),
    "fulfil": ("handshake", "good"), "cancel": ("ban", "bad"), "news": ("megaphone", ""),
}  # fmt: skip


def event_of(step: Step) -> dict[str, Any]:
    """Return one step of a purchase's history as a timeline entry."""
    icon, kind = EVENTS[step.verb]
    return {
        "title": event_title(step),
        "at": step.at,
        "text": step.purchase.words(step.texts),
        "icon": icon,
        "kind": kind,
    }


def event_title(step: Step) -> str:
    """Return one step of a purchase's history in words."""
    data = step.data
    match step.verb, step.after:
        case "publish", _after:
            return _("Published: who is interested?")
        case "open", _after:
            return _("Pledging began")
        case "offer", _after:
            return _("An offer from %(seller)s") % {"seller": data.get("seller", "")}
        case "price", _after:
            words = _("The price is now %(price)s, with %(count)s units")
            return words % {"price": money(data["price"]), "count": number(data["taken"])}
        case "change_offer", _after:
            return _("The pledgers chose a better offer")
        case "close", "filling":
            return _("The deadline is over; the last box is being filled")
        case "close", "closed":
            return _("Closed at %(price)s each") % {"price": money(data["price"])}
        case "close", _after:
            return _("The minimum was not reached")
        case "confirm", _after:
            return _("Ordered from the seller")
        case "fulfil", _after:
            return _("Handed out")
        case "cancel", _after:
            return _("Called off")
    return _("News")


def draw_context(purchase: Purchase) -> dict[str, Any]:
    """Return the template context of the lottery's result: each receipt in drawn order."""
    rows = Allotment.objects.filter(purchase=purchase).select_related("participation").order_by("place")
    table = [
        [{"text": share.place, "number": True}, share.participation.receipt, {"text": share.wanted, "number": True},
         {"text": share.quantity, "number": True}]
        for share in rows
    ]  # fmt: skip
    head = [_("Place"), _("Receipt"), _("Wanted"), _("Got")]
    return {"purchase": purchase, "rows": table, "head": head}


def list_page_context(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the list of purchases: open, gathering interest or over (see `list_context`)."""
    rows = Purchase.objects
    kinds = {"open": Q(state__in=("open", "filling")), "interest": Q(state="interest"), "over": Q(pk__in=rows.over())}
    titles = {"open": _("Open now"), "interest": _("Looking for people"), "over": pgettext("purchases", "Over")}
    tabs = [initiatives.Tab(name, titles[name], rows.filter(where), where) for name, where in kinds.items()]
    newest = initiatives.Sort(lambda found: found.newest().with_page())
    return initiatives.list_context(asked, tabs, [newest], purchase_card)


def purchase_card(purchase: Purchase) -> dict[str, Any]:
    """Return the context of a purchase's card; it must be fetched `with_counts` and `with_page`."""
    gathering = purchase.state == Purchase.State.INTEREST
    now = progress(purchase)
    aim = meter_end(purchase)
    return initiatives.card_context(
        purchase,
        initiatives.days_left_in_words(purchase.days_left if purchase.is_open else None),
        text=truncate_text(purchase.text, 120) if gathering or not now.price else price_line(purchase),
        lang=purchase.shown_language if gathering else "",
        tag=_("Being counted") if purchase.is_counting else purchase.get_state_display(),
        tag_kind=KINDS[purchase.state],
        big=purchase.interested if gathering else units_together(purchase),
        big_note=_("interested") if gathering else progress_in_words(purchase) or _("units together"),
        value=0 if gathering else min(purchase.asked, aim),
        max=0 if gathering or purchase.state not in ("open", "filling") else aim,
        meter_label=_("Units on the way to the next price"),
    )


def price_line(purchase: Purchase) -> str:
    """Return the current or final unit price in words."""
    now = progress(purchase)
    if purchase.state in ("open", "filling"):
        return _("Now %(price)s each.") % {"price": money(now.price)}
    return _("%(price)s each") % {"price": money(now.price)}
