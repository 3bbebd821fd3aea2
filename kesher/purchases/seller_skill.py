"""Chat dialogues of sellers: make, improve and withdraw an offer."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.core.errors import Refused
from kesher.core.templatetags.ui import number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import skill
from kesher.purchases import services
from kesher.purchases.magic_links import seal_offer
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.offer_dialogue_form import OfferInTalkForm, TakeOfferBackForm, steps_in
from kesher.purchases.prices import money
from kesher.purchases.rules import may_offer
from kesher.purchases.services.seller_notifications import ALIVE
from kesher.purchases.skill import (
    OFFERED,
    ask_which_purchase,
    count_in_words,
    describe_progress,
    find_named_purchase,
    offer_receipt,
    own_address,
    send_code,
    withdrawal_receipt,
)

# Some of these words also propose something in a contest: the number tells the two apart.
OFFER_WORDS = {
    "he": ("הצעה", "הצעת מחיר", "הצעת ספק", "הצעה נגדית", "להגיש הצעה"),
    "ar": ("عرض", "عرض سعر", "تقديم عرض", "عرض مضاد"),
    "ru": ("предложение", "предложение продавца", "встречное предложение", "предложить цену"),
    "en": ("offer", "make an offer", "make offer", "counter-offer", "counteroffer"),
}
WITHDRAW_WORDS = {
    "he": ("למשוך הצעה", "משיכת הצעה", "לבטל הצעה", "ביטול הצעה"),
    "ar": ("سحب عرض", "سحب العرض", "إلغاء عرض"),
    "ru": ("отозвать предложение", "снять предложение"),
    "en": ("withdraw offer", "withdraw my offer", "take offer back"),
}


def before_offering(turn: Turn, purchase: Purchase | None) -> Say | None:
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


@skill(
    "purchases.offer",
    title=gettext_lazy("Make an offer"),
    form=OfferInTalkForm,
    intents=OFFER_WORDS,
    subject=find_named_purchase,
    intro=before_offering,
    icon="cart",
    needs_subject=True,
)
def offer(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Make an offer in a conversation; it goes to review at once from a known seller, else a code is sent."""
    known = turn.identity is not None and turn.assurance >= 1
    address = None if known else answers.get("address") or own_address(turn)
    if not known and address is None:
        raise Refused(_("Write to us from your phone or your e-mail."))
    given = {name: answers[name] for name in ("registration", *OfferInTalkForm.LIMITS) if name in answers}
    made = services.make_offer(
        purchase, seller=answers["seller"], ladder=steps_in(answers), terms={turn.lang: answers["terms"]},
        language=turn.lang, contact=turn.contact.root() if known else None, by=turn.actor,
        state=Offer.State.PROPOSED if known else Offer.State.PENDING, **given,
    )  # fmt: skip
    if known:
        return offer_receipt(purchase)
    return send_code(turn, purchase, "offer", address, {"offer": seal_offer(made)})


def before_taking_back(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the offer to withdraw, or ask of which purchase. Raise Refused without one."""
    mine = Offer.objects.filter(contact__in=turn.contact.family_ids(), state__in=ALIVE)
    if purchase is None:
        rows = list(Purchase.objects.filter(pk__in=mine.values("purchase")).with_page().newest()[:OFFERED])
        question, none = _("Which offer do you take back?"), _("You have no offer here that could be taken back.")
        return ask_which_purchase(rows, "purchases.unoffer", question, none)
    if turn.assurance >= 1 and not mine.filter(purchase=purchase).exists():
        raise Refused(_("You have no offer here that could be taken back."))
    return Say("\n".join(line for line in (purchase.title, describe_own_offer(turn, purchase)) if line), lang=turn.lang)


@skill(
    "purchases.unoffer",
    title=gettext_lazy("Take an offer back"),
    form=TakeOfferBackForm,
    intents=WITHDRAW_WORDS,
    subject=find_named_purchase,
    intro=before_taking_back,
    icon="undo",
    needs_subject=True,
    changes_own=True,
)
def unoffer(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Withdraw a seller's offers in a conversation; from an unproved address, send a code first."""
    if turn.identity is not None and turn.assurance >= 1:
        return withdrawal_receipt(purchase, services.withdraw_offers(purchase, turn.contact, by=turn.actor))
    return send_code(turn, purchase, "unoffer", own_address(turn), {})
