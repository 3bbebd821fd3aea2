"""What people ask about a group purchase, and the answers."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.i18n.text_variants import choose_wording
from kesher.core.templatetags.ui import deadline, number
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.facts import AUTHOR, COUNT, ENDS, GOAL, PICKUP, PRICE, PRIVACY, UNDO, Fact
from kesher.purchases.models import Purchase
from kesher.purchases.prices import money
from kesher.purchases.services.confirmations import already_binding_notice, bound_notice
from kesher.purchases.skill.purchases import count_in_words, describe_progress


def list_facts(turn: Turn, purchase: Purchase) -> list[Fact]:
    """Return what people ask about a purchase, and the answers."""
    return [
        Fact(ENDS, describe_end(purchase)),
        Fact(
            COUNT, count_in_words(purchase) if purchase.state == Purchase.State.INTEREST else describe_units(purchase)
        ),
        Fact(GOAL, describe_progress(purchase) or _("There is no offer yet, so no minimum either.")),
        Fact(PRICE, describe_prices(purchase)),
        Fact(PICKUP, describe_pickup(purchase)),
        Fact(AUTHOR, describe_organiser(purchase)),
        Fact(PRIVACY, _("The page shows numbers only: nobody's name, number or address.")),
        Fact(UNDO, describe_undo(purchase)),
    ]


def describe_end(purchase: Purchase) -> str:
    """Return in words until when one may join a purchase, or where it stands."""
    if purchase.closes_at and purchase.is_open:
        return _("You can join until %(day)s.") % {"day": deadline(purchase.closes_at)}
    return f"{purchase.get_state_display()}."


def describe_units(purchase: Purchase) -> str:
    """Return in words how many units are pledged, and how many are missing."""
    taken = ngettext("%(count)s unit is pledged.", "%(count)s units are pledged.", purchase.asked)
    return f"{taken % {'count': number(purchase.asked)}} {describe_progress(purchase)}".strip()


def describe_prices(purchase: Purchase) -> str:
    """Return in words what a unit costs, by how many are pledged together."""
    if not purchase.tiers:
        return _("There is no offer yet, so no price either.")
    steps = [
        _("from %(count)s: %(price)s") % {"count": number(tier.start), "price": money(tier.price)}
        for tier in purchase.tiers
    ]
    return "\n".join([*steps, describe_progress(purchase)])


def describe_pickup(purchase: Purchase) -> str:
    """Return in words where the units are handed out."""
    places = [row.name for row in purchase.points.filter(is_active=True).order_by("id")]
    if not places:
        return _("Where and when you collect it is not known yet. We write to you.")
    return _("You collect it here: %(places)s. We write to you when the times are known.") % {
        "places": ", ".join(places)
    }


def describe_organiser(purchase: Purchase) -> str:
    """Return in words who organises a purchase, as its page says."""
    return _("%(name)s organises this purchase.") % {"name": purchase.organiser_name or purchase.agency.name}


def describe_undo(purchase: Purchase) -> str:
    """Return in words how one gives up what one has, or that it binds."""
    if purchase.is_open:
        words = choose_wording(
            _("Until it closes you may withdraw: write “cancel purchase %(code)s”."),
            _("Until it closes you may withdraw."),
        )
        return words % {"code": purchase.code}
    if purchase.state == Purchase.State.INTEREST:
        words = choose_wording(
            _("You are not committing to anything. To leave the list, write “cancel interest %(code)s”."),
            _("You are not committing to anything."),
        )
        return words % {"code": purchase.code}
    return already_binding_notice() if purchase.is_filling else bound_notice()
