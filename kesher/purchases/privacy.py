"""Register pledges, shares and organised purchases as personal data to export and to erase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.purchases.models import Allotment, News, Offer, Pledge, Purchase
from kesher.purchases.services.erasure import erase_organiser

AT_WORK = ("interest", "open", "filling", "closed", "confirmed")


def not_over(ids: Sequence[int]) -> Iterable[str]:
    """Yield the reasons why these contacts cannot be erased yet: they pledged in or lead a running purchase."""
    lines = Pledge.objects.joined().select_related("purchase__action")
    for line in lines.filter(participation__contact__in=ids, purchase__state__in=AT_WORK):
        yield gettext("The purchase “%(title)s” is not over; the pledge can be given up first") % {
            "title": line.purchase.title
        }
    for purchase in Purchase.objects.filter(organiser__in=ids, state__in=AT_WORK).select_related("action"):
        yield gettext("The purchase “%(title)s” is led by this person") % {"title": purchase.title}


def register_all() -> None:
    """Register pledges, shares and the like as personal data; called once, when the apps are ready."""
    register(
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
        )
    )
    register(
        Holding(
            "shares",
            _("What you get from purchases"),
            ("purchases.allotment",),
            lambda ids: Allotment.objects.filter(participation__contact__in=ids),
            {"purchase__action__code": _("Number"), "quantity": _("Units"), "price": _("Price"), "state": _("State")},
            keeps=_("Units, prices and dates, without a name."),
            order=25,
        )
    )
    register_led()
    register(
        Holding(
            "offers",
            _("What you offered as a seller"),
            ("purchases.offer",),
            lambda ids: Offer.objects.filter(contact__in=ids),
            {"created": _("When"), "seller": _("Seller"), "terms": _("Terms"), "state": _("State")},
            keeps=_("The offer of a business, which is public."),
            order=27,
        )
    )


def register_led() -> None:
    """Register organised purchases and their news as personal data of the organiser."""
    register(
        Holding(
            "purchases",
            _("Purchases that you organise"),
            ("purchases.purchase",),
            lambda ids: Purchase.objects.filter(organiser__in=ids),
            {"action__code": _("Number"), "titles": _("Title"), "organiser_name": _("Name"), "state": _("State")},
            erase=erase_organiser,
            keeps=_("The purchase, without your name."),
            order=26,
        )
    )
    register(
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
        )
    )
