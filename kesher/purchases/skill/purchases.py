"""What conversations say about joining a group purchase, and about selling to one."""

from __future__ import annotations

import re
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.conversations.services.identity_linkage import is_within_reach
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.i18n.text_variants import choose_wording
from kesher.core.templatetags.ui import deadline, number
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.services import GO
from kesher.language import digits
from kesher.participation.services import find_participation, read_total_now
from kesher.purchases import services
from kesher.purchases.magic_links import organiser_path
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.prices import money, progress, shortage_in_words, spare_in_words
from kesher.purchases.rules import lateness_notice, may_offer, may_pledge, takes_interest
from kesher.purchases.services import Interested, Pledged
from kesher.purchases.services.confirmations import already_binding_notice, bound_notice, share_in_words
from kesher.purchases.services.news import ALIVE
from kesher.purchases.services.offers import opening_message
from kesher.verbs.declaration import Receipt

OFFERED = 8
OPEN_MOST = 3  # purchases offered to somebody who names none; a link leads to all
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")


def find_named_purchase(code: str) -> Purchase | None:
    """Return the public purchase with this short code, also one that is over; else None."""
    found = CODE.fullmatch(digits(code).strip())
    return Purchase.objects.published().of_code(found[1]) if found else None


def find_gathering_purchase(code: str) -> Purchase | None:
    """Return the purchase with this code if it gathers interest, else None."""
    found = find_named_purchase(code)
    return found if found is not None and takes_interest(found) else None


def find_any_purchase(code: str) -> Purchase | None:
    """Return any purchase with this code, drafts included, since a code may confirm a draft."""
    return Purchase.objects.of_code(digits(code).strip())


def ask_which_purchase(rows: list[Purchase], skill_name: str, question: str, none: str) -> Say:
    """Return a message that asks which of these purchases, as options; ``none`` if there are none."""
    if not rows:
        return Say(none, (Option(f"{GO}menu", _("Menu")),))
    return Say(question, tuple(Option(f"{GO}{skill_name}:{row.code}", row.title) for row in rows))


def describe_purchase(purchase: Purchase, turn: Turn) -> str:
    """Return what is bought and how far it is, in a few lines; fewer where messages are charged by part."""
    now = progress(purchase)
    ladder = "\n".join(
        _("from %(count)s: %(price)s") % {"count": number(tier.start), "price": money(tier.price)}
        for tier in purchase.tiers
    )
    taken = ngettext("%(count)s unit is pledged.", "%(count)s units are pledged.", purchase.asked)
    lines = [
        purchase.title,
        "" if turn.capabilities.part else purchase.text,
        ladder,
        f"{taken % {'count': number(purchase.asked)}} {describe_progress(purchase)}",
    ]
    if purchase.closes_at and purchase.is_open:
        day = deadline(purchase.closes_at, "short")
        lines.append(_("Until %(day)s. You pay the seller, not us.") % {"day": day})
    return "\n".join(line for line in lines if line) if now.price else purchase.title


def with_all(said: Say) -> Say:
    """Return a message with a link to all purchases."""
    return replace(said, links=((_("All group purchases"), absolute(reverse("purchases:list"))),))


def describe_outcome(purchase: Purchase) -> str:
    """Return what came of a purchase that is over: the units and their price; "" where it has no price."""
    if not purchase.price or not purchase.allotted:
        return ""
    words = ngettext(
        "In the end: %(count)s unit at %(price)s.", "In the end: %(count)s units at %(price)s each.", purchase.allotted
    )
    return words % {"count": number(purchase.allotted), "price": money(purchase.price)}


def describe_progress(purchase: Purchase) -> str:
    """Return the current price, and how many units are missing to the next one or the minimum, in words."""
    now = progress(purchase)
    parts = [_("Now %(price)s each.") % {"price": money(now.price)}] if now.price else []
    if now.more:
        known = {"count": number(now.more), "price": money(now.next_price)}
        parts.append(_("%(count)s more to %(price)s each.") % known)
    if now.lacking:
        words = ngettext("%(count)s more to the minimum.", "%(count)s more to the minimum.", now.lacking)
        parts.append(words % {"count": number(now.lacking)})
    if spare := spare_in_words(purchase):
        parts.append(f"{spare}.")
    parts.append(shortage_in_words(purchase, purchase.asked, now.units))
    return " ".join(part for part in parts if part)


def introduce_interest(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the purchase, or ask which. Raise Refused where no interest is taken."""
    if purchase is None:
        rows = list(Purchase.objects.filter(state="interest").with_page().order_by("-id")[:OPEN_MOST])
        question, none = _("What are you interested in?"), _("Nothing gathers interest now.")
        return with_all(ask_which_purchase(rows, "purchases.interest", question, none))
    if not takes_interest(purchase):
        raise Refused(_("There is an offer already. To join, write: buy %(code)s") % {"code": purchase.code})
    mine = find_participation(purchase.action, turn.contact)
    if mine is not None and mine.state == "counted":
        raise Refused(
            _("You are on the list for “%(title)s”. We will tell you of every offer.") % {"title": purchase.title}
        )
    text = "" if turn.capabilities.part else purchase.text
    people = count_in_words(purchase)
    return Say("\n".join(line for line in (purchase.title, text, people) if line), lang=turn.lang)


def count_in_words(purchase: Purchase) -> str:
    """Return how many people are interested in the purchase, in words."""
    people = read_total_now(purchase.action)
    words = ngettext("%(count)s person is interested.", "%(count)s people are interested.", people)
    return words % {"count": number(people)} if people else _("Be the first.")


def introduce_pledging(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the price steps and progress. Raise Refused where no pledges are taken."""
    if purchase is None:
        rows = list(Purchase.objects.filter(state="open").with_page().newest()[:OPEN_MOST])
        question, none = _("What do you want to buy together?"), _("There is no open group purchase now.")
        return with_all(ask_which_purchase(rows, "purchases.pledge", question, none))
    if purchase.state == Purchase.State.INTEREST:
        words = _("There is no offer for “%(title)s” yet. To hear of it, write: interested %(code)s")
        raise Refused(words % {"title": purchase.title, "code": purchase.code})
    if not may_pledge(purchase):
        words = _("“%(title)s”: %(state)s. No more pledges are taken.")
        if purchase.is_counting:
            words = _("“%(title)s”: no more pledges are taken.")
        state = words % {"title": purchase.title, "state": purchase.get_state_display()} + lateness_notice(purchase)
        raise Refused(" ".join(part for part in (state, describe_outcome(purchase)) if part))
    mine = services.find_pledge(purchase, turn.contact)
    text = describe_purchase(purchase, turn)
    if mine is not None:
        had = ngettext("You have pledged %(count)s unit.", "You have pledged %(count)s units.", mine.quantity)
        text = f"{text}\n{had % {'count': mine.quantity}}"
    return Say(text, lang=turn.lang, links=((_("More about it"), purchase.page_url),))


def introduce_offering(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on what is wanted and offered so far. Raise Refused where no offers are taken."""
    if purchase is None:
        rows = list(Purchase.objects.filter(state__in=["interest", "open"]).with_page().newest()[:OFFERED])
        question, none = _("For which purchase is your offer?"), _("No purchase takes offers now.")
        return ask_which_purchase(rows, "purchases.offer", question, none)
    if not may_offer(purchase):
        raise Refused(_("This purchase takes no offers now."))
    wanted = describe_progress(purchase) if purchase.is_open else count_in_words(purchase)
    text = "" if turn.capabilities.part else purchase.text
    lines = [purchase.title, text, wanted, describe_lowest_price(purchase), describe_own_offer(turn, purchase)]
    return Say(
        "\n".join(line for line in lines if line), lang=turn.lang, links=((_("More about it"), purchase.page_url),)
    )


def describe_lowest_price(purchase: Purchase) -> str:
    """Return the lowest price offered so far, in words; "" where there is no offer."""
    prices = [(offer.ladder[-1], offer) for offer in purchase.offers.shown() if offer.is_good]
    if not prices:
        return ""
    tier, offer = min(prices, key=lambda pair: pair[0].price)
    known = {"seller": offer.seller, "price": money(tier.price), "count": number(tier.start)}
    return _("The lowest price so far: %(price)s each from %(count)s units (%(seller)s).") % known


def describe_own_offer(turn: Turn, purchase: Purchase) -> str:
    """Return the state of this seller's newest offer in words; "" where they made none."""
    mine = purchase.offers.filter(contact__in=turn.contact.family_ids()).order_by("-id").first()
    return _("Your last offer: %(state)s") % {"state": mine.get_state_display()} if mine is not None else ""


def introduce_withdrawing(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the offer to withdraw, or ask of which purchase. Raise Refused without one."""
    mine = Offer.objects.filter(contact__in=turn.contact.family_ids(), state__in=ALIVE)
    if purchase is None:
        rows = list(Purchase.objects.filter(pk__in=mine.values("purchase")).with_page().newest()[:OFFERED])
        question, none = (
            _("Which offer do you want to withdraw?"),
            _("You have no offer here that could be taken back."),
        )
        return ask_which_purchase(rows, "purchases.unoffer", question, none)
    if turn.assurance >= 1 and not mine.filter(purchase=purchase).exists():
        raise Refused(_("You have no offer here that could be taken back."))
    return Say("\n".join(line for line in (purchase.title, describe_own_offer(turn, purchase)) if line), lang=turn.lang)


def find_own_address(turn: Turn) -> Address | None:
    """Return an address of this person that a code can reach: the current one, else a phone, else any."""
    mine = [turn.identity] if turn.identity is not None else []
    mine += list(turn.contact.identities.filter(scheme="tel").order_by("-assurance", "id"))
    mine += list(turn.contact.identities.order_by("-assurance", "id"))
    found = next((row for row in mine if is_within_reach(row)), None)
    return Address(found.scheme, found.address) if found else None


def find_code_address(turn: Turn, purchase: Purchase | None) -> Address:
    """Return an address of this person that a code can go to. Raise Refused where they have none."""
    if (found := find_own_address(turn)) is not None:
        return found
    if purchase is not None:
        words = choose_wording(
            _("Write to us from your phone or your e-mail, or join here: %(link)s"),
            _("That cannot be done in a call. Please join on our website, or press 0 to talk to a person."),
        )
        raise Refused(words % {"link": purchase.page_url})
    raise Refused(_("Write to us from your phone or your e-mail."))


def interest_receipt(done: Interested) -> Receipt:
    """Return what confirms an interest in a purchase."""
    purchase = done.purchase
    words = _("Thank you, you are on the list for “%(title)s”. We will tell you of every offer; you decide then.")
    text = f"{words % {'title': purchase.title}} {count_in_words(purchase)}"
    if purchase.is_open:  # a message sent before there was an offer is handled after it
        text = f"{text}\n{opening_message(purchase)}"
    return Receipt(text=text, links=((_("Share it"), purchase.page_url),))


def pledge_receipt(done: Pledged) -> Receipt:
    """Return what confirms a pledge: units, price, how to undo it, the page to share."""
    row, line, share = done.purchase, done.line, done.share
    known = {"count": line.quantity, "title": row.title, "code": row.code, "receipt": line.participation.receipt}
    if share is not None:
        parts = (share_in_words(row.title, share), _("Your receipt: %(receipt)s.") % known, bound_notice())
        return Receipt(text="\n".join(parts), links=((_("More about it"), row.page_url),))
    if line.standing == line.Standing.WAITING:
        words = _("You are on the waiting list for “%(title)s”. When a place is free, we write to you.") % known
        return Receipt(text=words, links=((_("More about it"), row.page_url),))
    words = ngettext(
        "You have pledged %(count)s unit of “%(title)s”. Your receipt: %(receipt)s.",
        "You have pledged %(count)s units of “%(title)s”. Your receipt: %(receipt)s.",
        line.quantity,
    )
    waits = services.still_waiting_notice(line.missing)
    text = "\n".join(part for part in (words % known, waits, describe_progress(row), describe_ways_back(row)) if part)
    return Receipt(text=text, links=((_("Share it"), row.page_url),))


def describe_ways_back(row: Purchase) -> str:
    """Return how to change or give up a pledge, or that it binds already, in words."""
    if row.is_open:
        words = _("To change it, write: buy %(code)s. To give it up: cancel purchase %(code)s")
        return words % {"code": row.code}
    more = _("To take more, write: buy %(code)s") % {"code": row.code}
    return f"{already_binding_notice()} {more}" if row.is_filling else bound_notice()


def start_receipt(purchase: Purchase) -> Receipt:
    """Return what confirms that a purchase was submitted, with the organiser's own page."""
    words = _("Thank you. We look at “%(title)s” and publish it under the number %(code)s; we write to you then.")
    own = absolute(organiser_path(purchase))
    known = {"title": purchase.title, "code": purchase.code}
    return Receipt(text=words % known, links=((_("Your own page: keep it"), own),), secrets=(own,))


def offer_receipt(offer: Offer) -> Receipt:
    """Return what confirms that an offer waits for its review."""
    words = _("Thank you. We look at your offer for “%(title)s”, and you hear from us here whether it is published.")
    return Receipt(text=words % {"title": offer.purchase.title})


def withdrawal_receipt(done: tuple[Purchase, int]) -> Receipt:
    """Return what confirms how many offers were withdrawn from a purchase."""
    purchase, count = done
    words = ngettext(
        "Your offer for “%(title)s” is taken back.", "Your %(count)s offers for “%(title)s” are taken back.", count
    )
    return Receipt(text=words % {"count": count, "title": purchase.title})


def giving_up_receipt(what: str) -> Receipt:
    """Return what confirms what was given up: pledge, share, place or turn in the line."""
    said = {"line": _("You are off the waiting list."), "share": _("Your share goes to the next in line.")}
    return Receipt(text=said.get(what, _("Your pledge was withdrawn. You owe nothing.")))
