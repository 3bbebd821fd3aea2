"""What citizens do with group purchases: say that they are interested, pledge, give up, sell, organise one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.channels.base import Say
from kesher.contacts.service_caller import Call
from kesher.contacts.services import WrongCode, find_identity
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import REGISTRY, skill
from kesher.purchases import services
from kesher.purchases.forms.offer_dialogue import OfferStepForm, WithdrawOfferForm
from kesher.purchases.forms.offers import SellerOfferForm
from kesher.purchases.forms.pledges import (
    AddressForm,
    ConfirmForm,
    GiveUpForm,
    InterestStepForm,
    PledgeForm,
    PledgeStepForm,
    StartForm,
    StartStepForm,
)
from kesher.purchases.magic_links import get_sealed_offer, links_of_person, organiser_links, own_links, seal_offer
from kesher.purchases.models import Purchase
from kesher.purchases.prices import decimal_amount, progress
from kesher.purchases.rules import ORGANISER_LEVEL
from kesher.purchases.services import Interested, Pledged
from kesher.purchases.services.address_verification import PLEDGE_FIELDS, pledge_fields
from kesher.purchases.services.pledge_journal import JOIN
from kesher.purchases.skill.facts import list_facts
from kesher.purchases.skill.participants import introduce_giving_up
from kesher.purchases.skill.purchases import (
    find_any_purchase,
    find_code_address,
    find_gathering_purchase,
    find_named_purchase,
    giving_up_receipt,
    interest_receipt,
    introduce_interest,
    introduce_offering,
    introduce_pledging,
    introduce_withdrawing,
    offer_receipt,
    pledge_receipt,
    start_receipt,
    withdrawal_receipt,
)
from kesher.verbs.conversation_door import ask_code, make_skill
from kesher.verbs.declaration import Confirming, Receipt, Verb, register
from kesher.verbs.services import execute, receipt_message

type Known = Mapping[str, Any]


def by_code(
    wish: str,
    execute: Callable[[Any, Call, Known], Any],
    prepare: Callable[[Purchase, Known], Any] = lambda purchase, _known: purchase,
    keep: Callable[[Any, Known], Known] = lambda _result, _answers: {},
    data: Callable[[Any], Known] = lambda _result: {},
) -> Confirming:
    """Return how a code confirms the request of this name: by ``execute``, with what was kept until then.

    ``prepare`` finds, before the code is used, what ``execute`` is about, if it is not the purchase.
    """

    def confirm(purchase: Purchase, call: Call, code: str, /, **known: Any) -> Any:
        """Use the code, and carry the request out. Raise Refused."""
        about = prepare(purchase, known)
        with services.prove_by_code(purchase, wish, call, code, known) as proved:
            return execute(about, proved, known)

    return Confirming(
        name="purchases.confirm",
        title=_("Confirm with a code"),
        purpose=JOIN,
        subject=find_any_purchase,
        execute=confirm,
        about=lambda purchase: f"{purchase.code}:{wish}",
        keep=lambda result, answers: {"wish": wish, **keep(result, answers)},
        data=lambda result: {"state": "pending", **data(result)},
        sent=_("We sent a code to %(address)s. Write it here; it counts only then."),
    )


def participation_data(done: Interested | Pledged) -> dict[str, Any]:
    """Return, as JSON data, a person's receipt and the links by which anybody may change what they have."""
    row = done.participation
    return {"receipt": row.receipt, "new": done.new, "links": own_links(row)}


def pledge_data(made: Pledged) -> dict[str, Any]:
    """Return a stored pledge, and the price that it leads to, as JSON data."""
    share = made.share
    return {
        "state": made.line.standing,
        **participation_data(made),
        "quantity": share.quantity if share is not None else made.line.quantity,
        "price_is_final": made.purchase.price is not None,
        "units": made.purchase.asked,
        "unit_price": decimal_amount(progress(made.purchase).price),
    }


INTEREST = Verb(
    name="purchases.interest",
    title=_("I am interested"),
    intents={
        "he": ("מתעניינים", "מעוניין", "מעוניינת", "מעוניינים", "התעניינות"),
        "ar": ("مهتم", "مهتمة", "مهتمون", "اهتمام"),
        "ru": ("интересно", "мне интересно", "интерес"),
        "en": ("interested", "i am interested", "interest"),
    },
    subject=find_gathering_purchase,
    needs_subject=True,
    number_rank=-1,
    icon="star",
    form=AddressForm,
    conversation_form=InterestStepForm,
    introduce=introduce_interest,
    facts=list_facts,
    find_address=find_code_address,
    execute=services.register_interest,
    receipt=interest_receipt,
    data=lambda done: {"state": "counted", **participation_data(done)},
    confirming=by_code("interest", lambda purchase, call, _known: services.register_interest(purchase, call)),
)

PLEDGE = Verb(
    name="purchases.pledge",
    title=_("Buy together"),
    intents={
        "he": ("לקנות", "קנייה", "רכישה", "רכישות", "לקנות יחד", "להצטרף לרכישה", "רכישה קבוצתית"),
        "ar": ("شراء", "أشتري", "شراء جماعي", "الشراء"),
        "ru": ("купить", "покупка", "покупки", "совместная покупка"),
        "en": ("buy", "purchase", "purchases", "buy together", "pledge"),
    },
    subject=find_named_purchase,
    needs_subject=True,
    number_rank=-1,
    table_row="buy together",
    menu=30,
    icon="cart",
    form=PledgeForm,
    conversation_form=PledgeStepForm,
    introduce=introduce_pledging,
    facts=list_facts,
    level=lambda purchase: purchase.proof,
    find_address=find_code_address,
    execute=services.pledge_units,
    receipt=pledge_receipt,
    data=pledge_data,
    confirming=by_code(
        "pledge",
        lambda purchase, call, known: services.pledge_units(purchase, call, **pledge_fields(known)),
        keep=lambda _made, answers: {name: answers[name] for name in PLEDGE_FIELDS if answers.get(name)},
    ),
)


def give_up(purchase: Purchase, call: Call) -> str:
    """Give up what a person has in a purchase, and return what it was; to an unproved address, send a code first."""
    if call.address is not None:
        services.request_code(purchase, "give_up", call)
        return ""
    return services.withdraw_pledge(purchase, call)


CANCEL = Verb(
    name="purchases.cancel",
    title=_("Withdraw a pledge"),
    intents={
        "he": (
            *("לבטל רכישה", "ביטול רכישה", "לבטל קנייה", "לבטל התחייבות", "לצאת מרשימת ההמתנה", "יציאה מרשימת ההמתנה"),
            *("לבטל התעניינות", "ביטול התעניינות"),
        ),
        "ar": (
            *("إلغاء الشراء", "الغاء الشراء", "مغادرة قائمة الانتظار", "الخروج من قائمة الانتظار"),
            *("إلغاء الاهتمام", "الغاء الاهتمام"),
        ),
        "ru": ("отменить покупку", "отказаться от покупки", "выйти из очереди", "отменить интерес"),
        "en": ("cancel purchase", "cancel pledge", "leave waiting list", "leave the waiting list", "cancel interest"),
    },
    subject=find_named_purchase,
    needs_subject=True,
    icon="undo",
    form=AddressForm,
    conversation_form=GiveUpForm,
    introduce=introduce_giving_up,
    facts=list_facts,
    execute=give_up,
    receipt=giving_up_receipt,
    data=lambda what: {"state": "given_up", "what": what} if what else {"state": "none"},
    confirming=by_code("give_up", lambda purchase, call, _known: give_up(purchase, call)),
    changes_own=True,
)


def find_links(purchase: Purchase, call: Call) -> Known:
    """Return the links to a person's own pages of a purchase; to an unproved address, send a code first."""
    if call.identity is None or call.address is not None:
        services.request_code(purchase, "mine", call)
        return {}
    return links_of_person(purchase, call.identity)


MINE = Verb(
    name="purchases.mine",
    title=_("My purchases"),
    subject=find_named_purchase,
    needs_subject=True,
    icon="cart",
    form=AddressForm,
    execute=find_links,
    receipt=lambda _links: Receipt(text=""),  # a conversation shows what there is, and sends no links
    data=lambda links: {"state": "known", "links": links} if links else {"state": "none"},
    confirming=by_code("mine", lambda purchase, call, _known: find_links(purchase, call)),
)

OFFER = Verb(
    name="purchases.offer",
    title=_("Make an offer"),
    # Some of these words also propose something in a contest: the number tells the two apart.
    intents={
        "he": ("הצעה", "הצעת מחיר", "הצעת ספק", "הצעה נגדית", "להגיש הצעה"),
        "ar": ("عرض", "عرض سعر", "تقديم عرض", "عرض مضاد"),
        "ru": ("предложение", "предложение продавца", "встречное предложение", "предложить цену"),
        "en": ("offer", "make an offer", "make offer", "counter-offer", "counteroffer"),
    },
    subject=find_named_purchase,
    needs_subject=True,
    icon="cart",
    form=SellerOfferForm,
    conversation_form=OfferStepForm,
    introduce=introduce_offering,
    find_address=lambda turn, _purchase: find_code_address(turn, None),
    execute=services.propose_offer,
    receipt=offer_receipt,
    data=lambda offer: {"state": offer.state},
    confirming=by_code(
        "offer",
        lambda offer, call, _known: services.submit_offer(offer, call),
        prepare=lambda purchase, known: get_sealed_offer(purchase, known.get("offer")),
        keep=lambda made, _answers: {"offer": seal_offer(made)},
        data=lambda made: {"offer": seal_offer(made)} if made is not None else {},
    ),
    per_network=True,
)


def take_offers_back(purchase: Purchase, call: Call) -> tuple[Purchase, int]:
    """Withdraw a seller's offers, and return of what and how many; to an unproved address, send a code first."""
    if call.address is not None:
        services.request_code(purchase, "unoffer", call)
        return purchase, 0
    contact = call.person()
    return purchase, services.withdraw_offers(purchase, contact, by=call.actor(contact))


UNOFFER = Verb(
    name="purchases.unoffer",
    title=_("Withdraw an offer"),
    intents={
        "he": ("למשוך הצעה", "משיכת הצעה", "לבטל הצעה", "ביטול הצעה"),
        "ar": ("سحب عرض", "سحب العرض", "إلغاء عرض"),
        "ru": ("отозвать предложение", "снять предложение"),
        "en": ("withdraw offer", "withdraw my offer", "take offer back"),
    },
    subject=find_named_purchase,
    needs_subject=True,
    icon="undo",
    form=AddressForm,
    conversation_form=WithdrawOfferForm,
    introduce=introduce_withdrawing,
    find_address=find_code_address,
    execute=take_offers_back,
    receipt=withdrawal_receipt,
    data=lambda done: {"state": "withdrawn", "offers": done[1]},
    confirming=by_code("unoffer", lambda purchase, call, _known: take_offers_back(purchase, call)),
    changes_own=True,
)

START = Verb(
    name="purchases.start",
    title=_("Organise a group purchase"),
    intents={
        "he": ("לארגן רכישה", "רכישה חדשה"),
        "ar": ("تنظيم شراء", "شراء جديد"),
        "ru": ("организовать покупку", "новая покупка"),
        "en": ("start a purchase", "organise a purchase", "new purchase"),
    },
    icon="handshake",
    form=StartForm,
    conversation_form=StartStepForm,
    level=lambda _nothing: ORGANISER_LEVEL,
    find_address=find_code_address,
    execute=services.organise_purchase,
    receipt=start_receipt,
    data=lambda row: {"id": int(row.code), "state": row.state, "links": organiser_links(row)},
    confirming=by_code(
        "start",
        lambda purchase, call, _known: services.submit_own_purchase(purchase, call),
        data=lambda row: {"id": int(row.code), "state": row.state},
    ),
    per_network=True,
)
WISHES = {
    "interest": INTEREST,
    "pledge": PLEDGE,
    "give_up": CANCEL,
    "offer": OFFER,
    "unoffer": UNOFFER,
    "start": START,
    "mine": MINE,
}
register(*WISHES.values())


def send_code_again(wish: str, purchase: Purchase, call: Call, known: Known) -> None:
    """Send another code for a request that waits. Raise Refused."""
    if wish in ("offer", "start"):  # it is stored, until its code comes
        services.request_code(purchase, wish, call, known=known)
    else:
        execute(WISHES[wish], purchase, call, pledge_fields(known))


@skill(
    "purchases.confirm",
    title=_("Confirm with a code"),
    form=ConfirmForm,
    subject=find_any_purchase,
    commits=False,
)
def confirm(turn: Turn, purchase: Purchase, answers: Answers) -> Say | list[Say]:
    """Carry out the waiting request by the typed code; ask again for a wrong one.

    A wrong code must not raise: a try that is rolled back would not be counted.
    """
    verb = WISHES[answers["wish"]]
    assert verb.confirming is not None
    call = Call(door=turn.door, lang=turn.lang, identity=find_identity(answers["address"]))
    known = {name: value for name, value in answers.items() if name not in ("address", "code")}
    try:
        return receipt_message(verb, verb.confirming.execute(purchase, call, answers["code"], **known))
    except WrongCode as refusal:
        raw = {name: value for name, value in turn.raw.items() if name != "code"}
        return ask_code(turn, "purchases.confirm", purchase.code, refusal.message, raw)


def lose_interest(purchase: Purchase, call: Call) -> bool:
    """Withdraw a person's interest in a purchase; return whether there was one."""
    return services.withdraw_interest(purchase, call)


def cancel(turn: Turn, purchase: Purchase, answers: Answers) -> Say:
    """Give up what the person has, or their interest; no code is asked for, since only they see what they have."""
    call, known = turn.call, {"title": purchase.title}
    what = give_up(purchase, call)
    if what == "line":
        return Say(_now("You are off the waiting list for “%(title)s”.") % known)
    if not what and lose_interest(purchase, call):
        return Say(_now("You are off the list for “%(title)s”.") % known)
    return Say(_now("Your pledge for “%(title)s” was withdrawn. You owe nothing.") % known)


REGISTRY.add(replace(make_skill(CANCEL), run=cancel))
