"""Let one person act for another: both agree, for a limited time, and either may end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts import services as contacts
from kesher.contacts.addresses import format_address, mask_address
from kesher.contacts.models import Contact, Identity
from kesher.conversations.services import NotNow, best_route, conversation_of, say, writing
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import Actor, audit
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.http.throttle import allow
from kesher.records.formatting import isolate_left_to_right
from kesher.records.models import Mandate
from kesher.records.services.reminders import cancel_reminders

Side = Mandate.Side
INVITATIONS_A_DAY = 10
LONGEST_DAYS = 365
READABLE = ("tel", "mailto")  # addresses by which people know one another


def offer_mandate(
    giver: Contact, address: Address, *, level: int, scope: Sequence[str], days: int, lang: str
) -> Mandate:
    """Invite the person at the address to look at the giver's records, and return the mandate. Raise Refused."""
    return create_mandate(Side.GIVER, giver, address, level=level, scope=scope, days=days, lang=lang)


def request_mandate(taker: Contact, address: Address, *, scope: Sequence[str], days: int, lang: str) -> Mandate:
    """Ask the person at the address to let the taker see their records; return the mandate. Raise Refused."""
    return create_mandate(Side.TAKER, taker, address, level=0, scope=scope, days=days, lang=lang)


@transaction.atomic
def create_mandate(
    side: Mandate.Side, who: Contact, address: Address, *, level: int, scope: Sequence[str], days: int, lang: str
) -> Mandate:
    """Create a mandate started by ``who``, and send the invitation to the address. Raise Refused.

    It is refused for more than a year, too many a day, the person's own address, or one that we cannot write to.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("At most a year; it can be given again."))
    if not allow(f"mandate:{who.pk}", INVITATIONS_A_DAY, 86_400):
        raise Refused(_("That was a lot of invitations for one day. Please try again tomorrow."))
    invited = contacts.get_or_create_identity(address, language=lang)
    if invited.contact.root().pk == who.pk:
        raise Refused(_("This is your own address. Give the other person's."))
    mandate = Mandate.objects.create(
        agency_id=who.agency_id,
        giver=who if side == Side.GIVER else None,
        taker=who if side == Side.TAKER else None,
        begun_by=side,
        invited=invited,
        scope=list(scope),
        level=level,
        until=timezone.now() + timedelta(days=days),
    )
    audit(
        "records.begin_mandate", by=Actor("contact", who.pk, "web"), subject=mandate, side=str(side), scope=list(scope)
    )
    send_invitation(mandate, who, lang)
    return mandate


def send_invitation(mandate: Mandate, who: Contact, lang: str) -> None:
    """Send the invited person a message with the mandate's link. Raise Refused if we cannot write there."""
    invited = mandate.invited
    assert invited is not None
    with translation.override(invited.contact.root().language or lang):
        words = (
            _("%(name)s wants you to see his or her records here, and act for him or her.")
            if mandate.begun_by == Side.GIVER
            else _("%(name)s asks to see your records here and act for you. Nothing is shown before you agree.")
        ) % {"name": who.shown_name}
        link = absolute(reverse("records:mandate", args=[mandate.key]))
        what = Say(
            f"{words} {describe_sender(who)}",
            lang=invited.contact.root().language or lang,
            links=((_("Read and decide"), link),),
            subject=_("Acting for another"),
            secrets=(link,),
        )
        try:
            write_to(invited, what)
        except NotNow as refusal:
            raise Refused(_("We cannot write to this address now.")) from refusal


def describe_sender(who: Contact) -> str:
    """Return a sentence on who sends an invitation: the sender's masked proved address, if any.

    A name can be invented, a proved address cannot. It is masked: only a person who knows it recognises it.
    """
    rows = Identity.objects.filter(contact__in=who.family_ids(), scheme__in=READABLE, assurance__gte=1)
    best = rows.order_by("-assurance", "pk").first()
    if best is None:
        return _(
            "The sender proved no phone number or e-mail address here. A name proves nothing: agree only if you know"
            " who this is."
        )
    return _(
        "The sender's proved address is %(address)s. A name proves nothing: agree only if you know who this is."
    ) % {"address": isolate_left_to_right(mask_address(best.scheme, best.address))}


def typed_address(mandate: Mandate) -> str:
    """Return the address that a mandate's invitation went to: all the sender learns before the other agrees."""
    invited = mandate.invited
    return isolate_left_to_right(format_address(invited.scheme, invited.address)) if invited is not None else ""


def may_decide(mandate: Mandate, person: Contact) -> bool:
    """Return whether this person is the one who was invited to the mandate."""
    return mandate.invited is not None and mandate.invited.contact.root().pk == person.root().pk


@transaction.atomic
def accept_mandate(mandate: Mandate, person: Contact, *, level: int) -> Mandate:
    """Accept the invitation to a mandate for the invited person, and return it. Raise Refused.

    ``level``: how well the person is known now. If they are the giver, no more is ever shown.
    """
    if not may_decide(mandate, person) or level < 2:
        raise Refused(_("This invitation is for somebody else. Sign in with the address to which it came."))
    given = mandate.begun_by == Side.GIVER
    changes = {"taker": person} if given else {"giver": person, "level": level}
    if not Mandate.objects.open(arrived_at()).filter(pk=mandate.pk).update(accepted_at=timezone.now(), **changes):
        raise Refused(_("This invitation is over."))
    audit("records.accept_mandate", by=Actor("contact", person.pk, "web"), subject=mandate)
    mandate.refresh_from_db()
    notify(mandate.giver if given else mandate.taker, gettext_lazy("%(name)s agreed."), name=person.shown_name)
    return mandate


@transaction.atomic
def end_mandate(mandate: Mandate, person: Contact) -> None:
    """Decline or end a mandate for one of its sides: nothing more is shown, and reminders are cancelled.

    Raise Refused for any other person.
    """
    sides = {mandate.giver.root().pk: Side.GIVER} if mandate.giver else {}
    if mandate.taker:
        sides[mandate.taker.root().pk] = Side.TAKER
    mine = sides.get(person.root().pk)
    if mine is None and mandate.accepted_at is None and may_decide(mandate, person):
        mine = Side.TAKER if mandate.begun_by == Side.GIVER else Side.GIVER
    if mine is None:
        raise Refused(_("This is not yours to end."))
    if not Mandate.objects.filter(pk=mandate.pk, ended_at=None).update(ended_at=timezone.now(), ended_by=mine):
        return
    cancel_reminders(mandate=mandate)
    audit("records.end_mandate", by=Actor("contact", person.pk, "web"), subject=mandate, side=str(mine))
    other = mandate.taker if mine == Side.GIVER else mandate.giver
    name = person.shown_name if mandate.accepted_at is not None else typed_address(mandate)
    notify(other, gettext_lazy("%(name)s ended it: from now on nothing is shown."), name=name)


def notify(person: Contact | None, words: Promise, **values: str) -> None:
    """Send news about a mandate to one side, in their language, where they read us; nothing if no route is open."""
    route = best_route(person) if person is not None else None
    if person is None or route is None:
        return
    lang = person.language or "he"
    with translation.override(lang):
        said = f"{_('Acting for another')}: {str(words) % values}"
    try:
        with writing(conversation_of(person)) as writer:
            say(writer, route, Say(said, lang=lang))
    except NotNow:
        return
