"""What group purchases contribute to other apps: the desk, a person's own page, open data, picture, personal data.

Open data are about the interested while interest is gathered, and about the pledgers afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kesher.accounts.my_page import MyPageSection, Thing
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding
from kesher.core.output.share_image import HIGH
from kesher.initiatives.desk import describe_watched
from kesher.initiatives.registrations import Feature
from kesher.initiatives.share_image import ShareCard
from kesher.participation.action_kinds import Kind, PublicData
from kesher.participation.fraud_desk import Watched
from kesher.participation.models import Action
from kesher.participation.services import count_at
from kesher.purchases.api.public_operations import purchase_summary
from kesher.purchases.desk import get_purchase
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Allotment, News, Offer, Pledge, Purchase
from kesher.purchases.presenters import numbers, words_to_join
from kesher.purchases.rules import may_pledge
from kesher.purchases.services.erasure import erase_organiser
from kesher.purchases.views.purchases import find_purchase

State = Purchase.State
EARLY = (State.DRAFT, State.SUBMITTED, State.INTEREST)
GOING_ON = (*EARLY, State.OPEN, State.FILLING)
AT_WORK = (State.INTEREST, State.OPEN, State.FILLING, State.CLOSED, State.CONFIRMED)
PANEL_MOST = 5
KINDS = {"in": "good", "held": "good", "waiting": "wait", "offered": "accent"}


def describe_person(contact: Contact) -> dict[str, Any] | None:
    """Return what the desk's panel shows: a person's pledges, newest first; None for none."""
    lines = Pledge.objects.joined().filter(participation__contact__in=contact.family_ids())
    lines = lines.select_related("purchase__action")
    rows = [
        {
            "title": line.purchase.title,
            "url": reverse("purchases:desk-purchase", args=[line.purchase.code]),
            "quantity": line.quantity,
            "standing": line.get_standing_display(),
        }
        for line in lines.order_by("-id")[:PANEL_MOST]
    ]
    return {"rows": rows} if rows else None


def list_own_things(contact: Contact, most: int) -> list[Thing]:
    """Return the purchases that a person organises, then their pledges, newest first."""
    ids = contact.family_ids()
    led = Purchase.objects.filter(organiser__in=ids).select_related("action").order_by("-id")[:most]
    words = _now("You organise it")
    found = [
        Thing(row.title, organiser_path(row), words, str(row.get_state_display()), "info", row.created) for row in led
    ]
    lines = Pledge.objects.joined().filter(participation__contact__in=ids)
    rows = lines.select_related("purchase__action", "participation__allotment").order_by("-id")[:most]
    for line in rows:
        share: Allotment | None = getattr(line.participation, "allotment", None)
        has = share or line  # the share, once it is known
        units = ngettext("%(count)s unit", "%(count)s units", has.quantity) % {"count": has.quantity}
        state = str(share.get_state_display() if share else line.get_standing_display())
        kind = KINDS.get(share.state if share else line.standing, "")
        found.append(Thing(line.purchase.title, own_path(line.participation), units, state, kind, line.at))
    return found[:most]


def public_data_of(**wanted: Action) -> PublicData | None:
    """Return the open data of the public purchase with this action or ``pledging``; None for none."""
    found = Purchase.objects.published().with_page().filter(**wanted).first()
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
    return _now("Pledges can be voided only while people may pledge: afterwards each has a share.")


def current_action(purchase: Purchase) -> Action:
    """Return the purchase's action that counts people now: of interest, or of pledges."""
    return purchase.pledging if purchase.opens_at else purchase.action


def find_counted_action(action: Action) -> Action | None:
    """Return the action that counts people now in this action's purchase; None without a purchase."""
    found = Purchase.objects.select_related("action", "pledging").filter(action=action).first()
    return current_action(found) if found is not None else None


def find_requested_action(request: AgencyRequest, code: str) -> Action | None:
    """Return the action whose open data a request asks for; None for an unknown code."""
    found = find_purchase(code)
    return current_action(found) if found else None


def watched_purchase(code: str, part: str) -> Watched:
    """Return what the fraud desk watches in a purchase: its "interest" or its "pledges" (``part``). Raise Http404."""
    found = get_purchase(code)
    parts = {"interest": (found.action, _now("Interest")), "pledges": (found.pledging, _now("Pledges"))}
    if part not in parts:
        raise Http404
    action, title = parts[part]
    return describe_watched(found, action, part, part=title)


def render_card(agency: Agency, purchase: Purchase) -> bytes:
    """Return the share picture as PNG: what is bought, the price, how many more to the next step."""
    title, now = purchase.title, numbers(purchase)
    card = ShareCard(agency, purchase, title)
    card.headline(title, 130, 62 if len(title) < 34 else 52, most=3)
    if now.price:
        card.line(now.price, HIGH - 308, 72)
        card.line(now.line, HIGH - 194, 34, pale=True)
        card.bar(HIGH - 136, now.share / now.aim)
    else:
        card.line(now.people_line, HIGH - 176, 46)
    if purchase.is_open or purchase.state == State.INTEREST:
        card.line(f"{_now('Write to us:')} {words_to_join(purchase)}", HIGH - 92, 34)
    return card.sheet.png()


def not_over(ids: Sequence[int]) -> Iterable[str]:
    """Yield the reasons why these contacts cannot be erased yet: they pledged in or lead a running purchase."""
    lines = Pledge.objects.joined().select_related("purchase__action")
    for line in lines.filter(participation__contact__in=ids, purchase__state__in=AT_WORK):
        yield _now("The purchase “%(title)s” is not over; the pledge can be given up first") % {
            "title": line.purchase.title
        }
    for purchase in Purchase.objects.filter(organiser__in=ids, state__in=AT_WORK).select_related("action"):
        yield _now("The purchase “%(title)s” is led by this person") % {"title": purchase.title}


HOLDINGS = (
    Holding(
        "pledges",
        _("What you pledged to buy"),
        ("purchases.pledge", "purchases.offervote"),
        lambda ids: Pledge.objects.filter(participation__contact__in=ids),
        {
            "at": _("When"),
            "purchase__action__code": _("Number"),
            "quantity": _("Units"),
            "standing": _("State"),
            "door": _("Channel"),
        },
        waits=not_over,
        keeps=_("Units, prices and dates, without a name: the seller's books need them for seven years."),
        order=24,
    ),
    Holding(
        "shares",
        _("What you get from purchases"),
        ("purchases.allotment",),
        lambda ids: Allotment.objects.filter(participation__contact__in=ids),
        {"purchase__action__code": _("Number"), "quantity": _("Units"), "price": _("Price"), "state": _("State")},
        keeps=_("Units, prices and dates, without a name."),
        order=25,
    ),
    Holding(
        "purchases",
        _("Purchases that you organise"),
        ("purchases.purchase",),
        lambda ids: Purchase.objects.filter(organiser__in=ids),
        {"action__code": _("Number"), "titles": _("Title"), "organiser_name": _("Name"), "state": _("State")},
        erase=erase_organiser,
        keeps=_("The purchase, without your name."),
        order=26,
    ),
    Holding(
        "purchase_news",
        _("News that you wrote as an organiser"),
        ("purchases.news",),
        lambda ids: News.objects.filter(purchase__organiser__in=ids),
        {
            "at": _("When"),
            "purchase__action__code": _("Number"),
            "texts": _("News"),
            "state": _("State"),
            "note": _("Why they were not sent"),
        },
        keeps=_("News that were sent: they stand on the purchase's page."),
        order=26,
    ),
    Holding(
        "offers",
        _("What you offered as a seller"),
        ("purchases.offer",),
        lambda ids: Offer.objects.filter(contact__in=ids),
        {"created": _("When"), "seller": _("Seller"), "terms": _("Terms"), "state": _("State")},
        keeps=_("The offer of a business, which is public."),
        order=27,
    ),
)


def name_verbs(purchase: Purchase) -> tuple[str, ...]:
    """Return what people may do with a purchase, the usual first."""
    first, second = "purchases.pledge", "purchases.interest"
    order = (second, first) if purchase.state == State.INTEREST else (first, second)
    return (*order, "purchases.cancel", "purchases.offer", "purchases.mine")


PURCHASES = Feature(
    name="purchases",
    title=_("Group purchases"),
    icon="cart",
    order=40,
    panel=describe_person,
    section=MyPageSection(
        "purchases",
        _("My group purchases"),
        "cart",
        list_own_things,
        empty=_("You have pledged nothing yet."),
        more=("purchases:list", _("All group purchases")),
        news=_("News of purchases that interest me"),
        order=50,
    ),
    kinds=(
        Kind(
            "purchase",
            public_data=lambda action: public_data_of(action=action),
            ended=lambda action: Purchase.objects.filter(action=action).exclude(state__in=EARLY).exists(),
            counted_action=find_counted_action,
        ),
        Kind(
            "pledge",
            public_data=lambda action: public_data_of(pledging=action),
            refusal=explain_refusal,
            ended=lambda action: Purchase.objects.filter(pledging=action).exclude(state__in=GOING_ON).exists(),
        ),
    ),
    holdings=HOLDINGS,
    find=find_purchase,
    draw=render_card,
    counted=find_requested_action,
    watched=watched_purchase,
    watch="<slug:code>/watch/<slug:part>/",
    public=Purchase.objects.published,
    verbs=name_verbs,
    everything=_("All group purchases"),
    listed=Purchase.objects.published,
)
