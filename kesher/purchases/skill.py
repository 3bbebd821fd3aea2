"""Chat dialogues for joining a group purchase: interest, pledge, and the codes that confirm them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_identity
from kesher.conversations.services.identity_linkage import is_within_reach
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.core.templatetags.ui import deadline, number
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.dialogues.services import GO, begin_skill
from kesher.language import digits
from kesher.participation.services import find_participation, read_total_now
from kesher.purchases import services
from kesher.purchases.forms import ConfirmForm, InterestForm, PledgeForm
from kesher.purchases.magic_links import get_sealed_offer, organiser_path
from kesher.purchases.models import Purchase
from kesher.purchases.pending_code import PledgeFields, pledge_fields
from kesher.purchases.prices import money, progress, shortage_in_words, spare_in_words
from kesher.purchases.rules import lateness_notice, may_pledge, takes_interest
from kesher.purchases.services import Pledged
from kesher.purchases.services.confirmations import already_binding_notice, bound_notice, share_in_words
from kesher.purchases.services.offers import opening_message

OFFERED = 8
CODE = re.compile(r"\D{0,12}(\d{4,8})\D{0,20}")

INTEREST_WORDS = {
    "he": ("מתעניינים", "מעוניין", "מעוניינת", "מעוניינים", "התעניינות"),
    "ar": ("مهتم", "مهتمة", "مهتمون", "اهتمام"),
    "ru": ("интересно", "мне интересно", "интерес"),
    "en": ("interested", "i am interested", "interest"),
}
BUY_WORDS = {
    "he": ("לקנות", "קנייה", "רכישה", "רכישות", "לקנות יחד", "להצטרף לרכישה", "רכישה קבוצתית"),
    "ar": ("شراء", "أشتري", "شراء جماعي", "الشراء"),
    "ru": ("купить", "покупка", "покупки", "совместная покупка"),
    "en": ("buy", "purchase", "purchases", "buy together", "pledge"),
}


def find_named_purchase(code: str) -> Purchase | None:
    """Return the public purchase with this short code, also one that is over; else None."""
    found = CODE.fullmatch(digits(code).strip())
    if found is None:
        return None
    return Purchase.objects.published().with_page().filter(action__code=found[1]).first()


def find_gathering_purchase(code: str) -> Purchase | None:
    """Return the purchase with this code if it gathers interest, else None."""
    found = find_named_purchase(code)
    return found if found is not None and takes_interest(found) else None


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


def before_interest(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the purchase, or ask which. Raise Refused where no interest is taken."""
    if purchase is None:
        rows = list(Purchase.objects.filter(state="interest").with_page().order_by("-id")[:OFFERED])
        question, none = _("What are you interested in?"), _("Nothing gathers interest now.")
        return ask_which_purchase(rows, "purchases.interest", question, none)
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


@skill(
    "purchases.interest",
    title=gettext_lazy("I am interested"),
    form=InterestForm,
    intents=INTEREST_WORDS,
    subject=find_gathering_purchase,
    intro=before_interest,
    icon="star",
    needs_subject=True,
)
def interest(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Register interest at once from a known address; else send a code and ask for it."""
    known = turn.identity is not None and turn.assurance >= 1
    call = call_of(turn) if known else call_from_address(turn, purchase, answers.get("address"))
    done = services.register_interest(purchase, call)
    return interest_receipt(purchase) if known else ask_again(turn, purchase, "interest", done.identity, {})


def interest_receipt(purchase: Purchase) -> Say:
    """Return the chat message that confirms an interest in a purchase."""
    words = _("Thank you, you are on the list for “%(title)s”. We will tell you of every offer; you decide then.")
    text = f"{words % {'title': purchase.title}} {count_in_words(purchase)}"
    if purchase.is_open:  # a message sent before there was an offer is handled after it
        text = f"{text}\n{opening_message(purchase)}"
    return Say(text, links=((_("Pass it on"), purchase.page_url),))


def before_pledging(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the price steps and progress. Raise Refused where no pledges are taken."""
    if purchase is None:
        rows = list(Purchase.objects.filter(state="open").with_page().newest()[:OFFERED])
        question, none = _("What do you want to buy together?"), _("There is no open group purchase now.")
        return ask_which_purchase(rows, "purchases.pledge", question, none)
    if purchase.state == Purchase.State.INTEREST:
        words = _("There is no offer for “%(title)s” yet. To hear of it, write: interested %(code)s")
        raise Refused(words % {"title": purchase.title, "code": purchase.code})
    if not may_pledge(purchase):
        words = _("“%(title)s”: %(state)s. No more pledges are taken.")
        if purchase.is_counting:
            words = _("“%(title)s”: no more pledges are taken.")
        raise Refused(
            words % {"title": purchase.title, "state": purchase.get_state_display()} + lateness_notice(purchase)
        )
    mine = services.find_pledge(purchase, turn.contact)
    text = describe_purchase(purchase, turn)
    if mine is not None:
        had = ngettext("You have pledged %(count)s unit.", "You have pledged %(count)s units.", mine.quantity)
        text = f"{text}\n{had % {'count': mine.quantity}}"
    return Say(text, lang=turn.lang, links=((_("More about it"), purchase.page_url),))


@skill(
    "purchases.pledge",
    table_row="buy together",
    title=gettext_lazy("Buy together"),
    form=PledgeForm,
    intents=BUY_WORDS,
    subject=find_named_purchase,
    intro=before_pledging,
    menu=30,
    icon="cart",
    needs_subject=True,
)
def pledge(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Store a pledge at once from a sufficiently proved address; else send a code and ask for it."""
    fields = pledge_fields(answers)
    known = turn.identity is not None and turn.assurance >= purchase.proof
    call = call_of(turn) if known else call_from_address(turn, purchase, answers.get("address"))
    done = services.pledge_units(purchase, call, **fields)
    return ask_again(turn, purchase, "pledge", done.identity, fields) if done.is_pending else pledge_receipt(done)


def call_of(turn: Turn) -> Call:
    """Return a Call for the person who writes in this conversation."""
    return Call(door=turn.door, lang=turn.lang, identity=turn.identity, contact=turn.contact, level=turn.assurance)


def call_from_address(turn: Turn, purchase: Purchase, address: Address | None) -> Call:
    """Return a Call by an unproved address: the given one, else one known of the person.

    Raise Refused where they have none that a code can be sent to.
    """
    given = address or own_address(turn)
    if given is None:
        words = _("Write to us from your phone or your e-mail, or join here: %(link)s")
        raise Refused(words % {"link": purchase.page_url})
    return Call(door=turn.door, lang=turn.lang, address=given)


def pledge_receipt(done: Pledged) -> Say:
    """Return the chat message that confirms a pledge: units, price, how to undo it, the page to share."""
    row, line, share = done.purchase, done.line, done.share
    known = {"count": line.quantity, "title": row.title, "code": row.code, "receipt": line.participation.receipt}
    if share is not None:
        parts = (share_in_words(row.title, share), _("Your receipt: %(receipt)s.") % known, bound_notice())
        return Say("\n".join(parts), links=((_("More about it"), row.page_url),))
    if line.standing == line.Standing.WAITING:
        words = _("You are on the waiting list for “%(title)s”. When a place is free, we write to you.") % known
        return Say(words, links=((_("More about it"), row.page_url),))
    words = ngettext(
        "You have pledged %(count)s unit of “%(title)s”. Your receipt: %(receipt)s.",
        "You have pledged %(count)s units of “%(title)s”. Your receipt: %(receipt)s.",
        line.quantity,
    )
    waits = services.still_waiting_notice(line.missing)
    text = "\n".join(part for part in (words % known, waits, describe_progress(row), describe_ways_back(row)) if part)
    return Say(text, links=((_("Pass it on"), row.page_url),))


def describe_ways_back(row: Purchase) -> str:
    """Return how to change or give up a pledge, or that it binds already, in words."""
    if row.is_open:
        words = _("To change it, write: buy %(code)s. To give it up: cancel purchase %(code)s")
        return words % {"code": row.code}
    more = _("To take more, write: buy %(code)s") % {"code": row.code}
    return f"{already_binding_notice()} {more}" if row.is_filling else bound_notice()


def own_address(turn: Turn) -> Address | None:
    """Return an address of this person that a code can reach: the current one, else a phone, else any."""
    mine = [turn.identity] if turn.identity is not None else []
    mine += list(turn.contact.identities.filter(scheme="tel").order_by("-assurance", "id"))
    mine += list(turn.contact.identities.order_by("-assurance", "id"))
    found = next((row for row in mine if is_within_reach(row)), None)
    return Address(found.scheme, found.address) if found else None


def send_code(
    turn: Turn, purchase: Purchase, wish: str, address: Address | None, known: Mapping[str, Any]
) -> Say | list[Say]:
    """Send a code for a request, and return messages that ask for it."""
    identity = services.request_code(purchase, wish, call_from_address(turn, purchase, address), known=known)
    return ask_again(turn, purchase, wish, identity, known)


def ask_again(
    turn: Turn,
    purchase: Purchase,
    wish: str,
    identity: Identity,
    known: Mapping[str, Any] | PledgeFields,
    lead: str = "",
) -> Say | list[Say]:
    """Return messages that ask for a request's code; ``lead`` replaces the text that it was sent."""
    told = _("We sent a code to %(address)s. Write it here: only then it counts.")
    text = lead or told % {"address": mask_address(identity.scheme, identity.address)}
    raw = {name: "on" if value is True else str(value or "") for name, value in known.items()}
    blank = dict.fromkeys(("quantity", "tolerance", "point", "wait", "offer"), "")
    answers = {**blank, **raw, "wish": wish, "address": identity.address}
    confirming = REGISTRY["purchases.confirm"]
    asked = begin_skill(confirming, turn, code=purchase.code, answers=answers)
    # A page cannot ask on: the link that was sent does the rest, or the code, typed where it arrived.
    return [Say(text, lang=turn.lang), *(asked if turn.identity is not None else [])]


def find_any_purchase(code: str) -> Purchase | None:
    """Return any purchase with this code, drafts included, since a code may confirm a draft."""
    return Purchase.objects.with_page().filter(action__code=digits(code).strip()[:8]).first()


@skill(
    "purchases.confirm",
    title=gettext_lazy("Confirm with a code"),
    form=ConfirmForm,
    subject=find_any_purchase,
    commits=False,
)
def confirm(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Carry out the waiting request by the typed code; ask again for a wrong one.

    It must not raise: a try that is rolled back would not be counted.
    """
    identity = find_identity(answers["address"])
    assert identity is not None  # it was known when the code went out
    wish = answers["wish"]
    known = {name: answers.get(name) for name in ("quantity", "tolerance", "point", "wait", "offer")}
    try:
        moment = services.use_code(purchase, wish, identity, answers["code"], door=turn.door, known=known)
    except Refused as refusal:
        return ask_again(turn, purchase, wish, identity, known, lead=refusal.message)
    with arrival(moment):
        return carry_out_confirmed(turn, purchase, identity, wish, known, answers)


def carry_out_confirmed(
    turn: Turn, purchase: Purchase, identity: Identity, wish: str, known: dict[str, Any], answers: Answers
) -> Say | list[Say]:
    """Carry out the request that a code confirmed, and return its confirming message."""
    call = Call(door=turn.door, lang=turn.lang, identity=identity, level=identity.assurance, confirmed=True)
    if wish == "pledge":
        return pledge_receipt(services.pledge_units(purchase, call, **pledge_fields(known)))
    if wish == "start":
        services.submit_purchase(purchase, identity, by=turn.actor)
        return start_receipt(purchase)
    if wish == "offer":
        services.submit_offer(get_sealed_offer(purchase, answers["offer"]), identity.contact, by=turn.actor)
        return offer_receipt(purchase)
    if wish == "unoffer":
        return withdrawal_receipt(purchase, services.withdraw_offers(purchase, identity.contact, by=turn.actor))
    services.register_interest(purchase, call)
    return interest_receipt(purchase)


def start_receipt(purchase: Purchase) -> Say:
    """Return the chat message that a purchase was submitted, with the organiser's own page."""
    words = _("Thank you. We look at “%(title)s” and publish it under the number %(code)s; we write to you then.")
    own = absolute(organiser_path(purchase))
    known = {"title": purchase.title, "code": purchase.code}
    return Say(words % known, links=((_("Your own page: keep it"), own),), secrets=(own,))


def offer_receipt(purchase: Purchase) -> Say:
    """Return the chat message that an offer waits for its review."""
    words = _("Thank you. We look at your offer for “%(title)s”, and you hear from us here whether it is published.")
    return Say(words % {"title": purchase.title})


def withdrawal_receipt(purchase: Purchase, count: int) -> Say:
    """Return the chat message on how many offers were withdrawn."""
    words = ngettext(
        "Your offer for “%(title)s” is taken back.", "Your %(count)s offers for “%(title)s” are taken back.", count
    )
    return Say(words % {"count": count, "title": purchase.title})
