"""Chat dialogues of a purchase's members: see, give up, take a place, vote, choose a time; and start one."""

from __future__ import annotations

from functools import partial

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.channels.base import Option, Say
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.registry import skill
from kesher.dialogues.services import GO
from kesher.participation.models import Participation
from kesher.participation.services import find_participation
from kesher.purchases import services
from kesher.purchases.forms.pledges import LookForm, SlotForm, TakeForm, VoteForm, slot_title
from kesher.purchases.models import Allotment, Offer, PickupSlot, Pledge, Purchase
from kesher.purchases.participant_status import get_slot
from kesher.purchases.services.confirmations import share_in_words
from kesher.purchases.skill.purchases import (
    OFFERED,
    ask_which_purchase,
    describe_progress,
    find_named_purchase,
)

MINE_WORDS = {
    "he": ("הרכישה שלי", "הרכישות שלי", "הקנייה שלי"),
    "ar": ("مشترياتي", "شرائي", "طلبيتي"),
    "ru": ("моя покупка", "мои покупки"),
    "en": ("my purchase", "my purchases", "my pledge"),
}
PLACE_WORDS = {"he": ("מקום", "לקחת מקום"), "ar": ("مكان", "مكاني"), "ru": ("место",), "en": ("place", "take place")}
CHOOSE_WORDS = {
    "he": ("לבחור הצעה", "בחירת הצעה"),
    "ar": ("اختيار عرض", "أختار عرضا"),
    "ru": ("выбрать предложение",),
    "en": ("choose offer", "choose an offer"),
}
PICKUP_WORDS = {
    "he": ("איסוף", "מועד איסוף"),
    "ar": ("استلام", "موعد الاستلام"),
    "ru": ("получение", "выдача"),
    "en": ("pick-up", "pickup", "collect"),
}

# What a person changes of what they have.
member_skill = partial(skill, subject=find_named_purchase, needs_subject=True, changes_own=True)


def joined_purchases(turn: Turn) -> list[Purchase]:
    """Return the purchases that this person pledged in or is interested in, newest first."""
    rows = Participation.objects.filter(contact__in=turn.contact.family_ids(), state=Participation.State.COUNTED)
    actions = rows.filter(action__kind__in=["purchase", "pledge"]).values("action")
    found = Purchase.objects.published().with_page()
    mine = found.filter(Q(action__in=actions) | Q(pledging__in=actions))
    return list(mine.order_by("-id")[:OFFERED])


def waits_for_review(turn: Turn, code: str) -> str:
    """Return the message that the person's own purchase is in review; "" for anybody else's."""
    rows = Purchase.objects.with_page().filter(state=Purchase.State.DRAFT, organiser__in=turn.contact.family_ids())
    row = rows.filter(action__code=code).first()
    if row is None:
        return ""
    words = _("Your purchase “%(title)s” is number %(code)s. We read it, and write to you when it is published.")
    return words % {"title": row.title, "code": row.code}


def ask_which_joined(turn: Turn, verb: str, question: str) -> Say:
    """Return a message that asks which of the joined purchases a command is about."""
    nothing = _("You have joined no purchase from this address.")
    return ask_which_purchase(joined_purchases(turn), f"purchases.{verb}", question, nothing)


def before_looking(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return the question which joined purchase to show, where none was named; else None."""
    return ask_which_joined(turn, "mine", _("Which purchase?")) if purchase is None else None


@skill(
    "purchases.mine",
    title=gettext_lazy("My purchases"),
    form=LookForm,
    intents=MINE_WORDS,
    commands=[word for words in MINE_WORDS.values() for word in words],
    unread=waits_for_review,
    subject=find_named_purchase,
    intro=before_looking,
    icon="cart",
    needs_subject=True,
    commits=False,
)
def mine(turn: Turn, purchase: Purchase, answers: Answers) -> Say:
    """Return a message with a person's pledge or share and their options; the pick-up code only to a known address."""
    share = services.find_share(purchase, turn.contact)
    if share is not None:
        return describe_share(turn, purchase, share)
    line = services.find_pledge(purchase, turn.contact)
    code = purchase.code
    if line is None:
        interested = find_participation(purchase.action, turn.contact) is not None
        words = (
            _("You are interested in “%(title)s”.") if interested else _("You have not joined “%(title)s” from here.")
        )
        choices = [("vote", _("Choose an offer")), ("cancel", _("Take me off the list"))] if interested else []
        more = [Option(f"{GO}purchases.{verb}:{code}", title) for verb, title in choices]
        return Say(words % {"title": purchase.title}, tuple(more), links=((_("More about it"), purchase.page_url),))
    options = []
    if line.standing == Pledge.Standing.OFFERED:
        options.append(Option(f"{GO}purchases.place:{code}", _("Take the place")))
    if purchase.is_open:
        options.append(Option(f"{GO}purchases.pledge:{code}", _("Change")))
    if line.standing == Pledge.Standing.WAITING:
        options.append(leave_list_option(code))
    elif purchase.is_open:
        options.append(Option(f"{GO}purchases.cancel:{code}", _("Give up")))
    return Say(describe_pledge(purchase, line), tuple(options), links=((_("More about it"), purchase.page_url),))


def describe_pledge(purchase: Purchase, line: Pledge) -> str:
    """Return a pledge in words: units, standing and price."""
    had = ngettext("%(title)s: %(count)s unit.", "%(title)s: %(count)s units.", line.quantity)
    words = had % {"title": purchase.title, "count": line.quantity}
    parts = [
        words,
        f"{line.get_standing_display()}.",
        services.still_waiting_notice(line.missing),
        describe_progress(purchase),
    ]
    return " ".join(part for part in parts if part)


def describe_share(turn: Turn, purchase: Purchase, share: Allotment) -> Say:
    """Return a message with a share: units, cost, place and time; the pick-up code only to a known address."""
    if share.state in (Allotment.State.WAITING, Allotment.State.GIVEN_UP):
        waits = share.state == Allotment.State.WAITING
        options = [leave_list_option(purchase.code)] if waits else []
        return Say(f"{purchase.title}: {share.get_state_display()}", tuple(options))
    lines = [share_in_words(purchase.title, share)]
    code = purchase.code
    options = []
    secrets: tuple[str, ...] = ()
    if share.state == Allotment.State.OFFERED:
        options.append(Option(f"{GO}purchases.place:{code}", _("Take the place")))
    elif turn.assurance >= 1 and purchase.state != Purchase.State.CLOSED:
        lines.append(_("Your pick-up code: %(code)s") % {"code": share.code})
        secrets = (share.code,)
    if share.slot:
        lines.append(slot_title(share.slot))
    elif share.state == Allotment.State.HELD and purchase.state == Purchase.State.CONFIRMED:
        options.append(Option(f"{GO}purchases.pickup:{code}", _("Choose a pick-up time")))
    return Say("\n".join(lines), tuple(options), secrets=secrets)


def leave_list_option(code: str) -> Option:
    """Return the chat option that takes the person off the purchase's waiting list."""
    return Option(f"{GO}purchases.cancel:{code}", _("Leave the waiting list"))


def introduce_giving_up(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on what would be given up, or ask which purchase. Raise Refused where it is too late."""
    if purchase is None:
        return ask_which_joined(turn, "cancel", _("Which pledge do you want to withdraw?"))
    share = services.find_share(purchase, turn.contact)
    line = services.find_pledge(purchase, turn.contact)
    if line is None and find_participation(purchase.action, turn.contact) is not None:
        return Say(purchase.title, lang=turn.lang)
    if line is None or (share is not None and share.state == Allotment.State.GIVEN_UP):
        raise Refused(_("You have not joined “%(title)s” from here.") % {"title": purchase.title})
    if share is not None:
        services.check_may_pass_on(purchase, share)
        return Say(f"{purchase.title}: {share.get_state_display()}", lang=turn.lang)
    services.check_may_give_up(purchase, line)
    return Say(describe_pledge(purchase, line), lang=turn.lang)


@member_skill(
    "purchases.place", title=gettext_lazy("Take a free place"), form=TakeForm, intents=PLACE_WORDS, icon="check"
)
def place(turn: Turn, purchase: Purchase, answers: Answers) -> Say:
    """Accept or decline the units reserved for a person, or leave the waiting list, as they answered."""
    if answers["take"] == "decline":
        services.decline_place(purchase, turn.call)
        return Say(_("The next in line is asked. You keep your turn."))
    if answers["take"] == "leave_line":
        services.leave_waiting_list(purchase, turn.call)
        return Say(_("You are off the waiting list for “%(title)s”.") % {"title": purchase.title})
    units = services.accept_place(purchase, turn.call)
    words = ngettext("The place is yours: %(count)s unit.", "The place is yours: %(count)s units.", units)
    row = services.find_share(purchase, turn.contact) or services.find_pledge(purchase, turn.contact)
    parts = [
        words % {"count": units},
        services.still_waiting_notice(row.missing) if row else "",
        describe_progress(purchase),
    ]
    return Say(" ".join(part for part in parts if part))


def before_choosing(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message with the purchase whose offers are voted on. Raise Refused where there is none."""
    if purchase is None:
        return ask_which_joined(turn, "vote", _("Which purchase?"))
    if not any(offer.is_good for offer in purchase.offers.shown()):
        raise Refused(_("There is no offer to choose from yet."))
    return Say(purchase.title, lang=turn.lang, links=((_("Compare"), purchase.page_url),))


@member_skill(
    "purchases.vote",
    title=gettext_lazy("Choose an offer"),
    form=VoteForm,
    intents=CHOOSE_WORDS,
    intro=before_choosing,
    icon="star",
)
def vote(turn: Turn, purchase: Purchase, answers: Answers) -> Say:
    """Save a member's vote for an offer. Raise Refused for people who did not join the purchase."""
    member = find_participation(purchase.pledging, turn.contact) or find_participation(purchase.action, turn.contact)
    if member is None:
        raise Refused(_("Say first that you are interested; then you may choose among the offers."))
    offer = Offer.objects.get(purchase=purchase, pk=answers["offer"])
    services.vote_for_offer(offer, member, by=turn.actor)
    return Say(_("You chose %(seller)s. You may change that until one offer is taken.") % {"seller": offer.seller})


def before_pickup(turn: Turn, purchase: Purchase | None) -> Say | None:
    """Return a message on the purchase to collect from. Raise Refused where there is no share or no time."""
    if purchase is None:
        return ask_which_joined(turn, "pickup", _("Which purchase?"))
    share = services.find_share(purchase, turn.contact)
    if share is None or share.state != Allotment.State.HELD:
        raise Refused(_("You have nothing to collect from “%(title)s”.") % {"title": purchase.title})
    if not PickupSlot.objects.filter(point__purchase=purchase, ends__gt=arrived_at()).exists():
        raise Refused(_("The pick-up times are not known yet. We will write to you."))
    return Say(purchase.title, lang=turn.lang)


@member_skill(
    "purchases.pickup",
    title=gettext_lazy("Choose a pick-up time"),
    form=SlotForm,
    intents=PICKUP_WORDS,
    intro=before_pickup,
    icon="calendar",
)
def pickup(turn: Turn, purchase: Purchase, answers: Answers) -> Say:
    """Save the person's pick-up time, and return a message with their share."""
    share = services.find_share(purchase, turn.contact)
    slot = get_slot(purchase, answers["slot"])
    assert share is not None  # checked by the intro
    return describe_share(turn, purchase, services.choose_slot(share, slot, by=turn.actor))
