"""Start a group purchase, review it, and change its state by a person's decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.conversations.services import confirm_commitment
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.errors import Refused
from kesher.core.i18n.person_names import NAME_MOST, name_or_empty
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.initiatives.services import publish_picture
from kesher.participation.models import Action
from kesher.participation.services import create_action
from kesher.purchases.models import TITLE_MAX, Purchase
from kesher.purchases.rules import may_organise
from kesher.purchases.services.address_verification import identity_of, request_code
from kesher.purchases.services.confirmations import start_confirmation
from kesher.purchases.services.distribution import call_off_shares
from kesher.purchases.services.news import (
    NEWS,
    announce_cancellation,
    interested_people,
    message_organiser,
    message_people,
    organiser_of,
    pledgers,
    record_step,
    without_organiser,
)
from kesher.purchases.services.pledge_journal import lock_purchase, person_actor
from kesher.purchases.states import is_transition

State = Purchase.State
Texts = Mapping[str, str]
# Transitions that a person decides, and their states; opening and closing have services of their own.
STEPS = {
    "submit": State.SUBMITTED,
    "publish": State.INTEREST,
    "confirm": State.CONFIRMED,
    "fulfil": State.FULFILLED,
    "cancel": State.CANCELLED,
}


@transaction.atomic
def start_purchase(
    *,
    titles: Texts,
    texts: Texts | None = None,
    payments: Texts | None = None,
    language: str = "he",
    organiser: Contact | None = None,
    organiser_name: str = "",
    declared: str = Purchase.Declared.NONE,
    declaration: str = "",
    tie: str = Purchase.Tie.FIRST,
    proof: int = 1,
    picture: Attachment | None = None,
    picture_alt: str | None = None,
    code: str = "",
    by: Actor,
) -> Purchase:
    """Create a purchase as a draft with a short code, for a citizen who organises it or for the agency.

    ``organiser`` None: the agency itself. An organiser with an interest in the seller or the sale must state it. Raise
    Refused, or IntegrityError for a code that is taken.
    """
    check_texts(language, titles, declared, declaration)
    agency_id = current_agency_id()
    purchase = Purchase(
        action=create_action(agency_id, "purchase", code),
        pledging=create_action(agency_id, "pledge"),
        titles=dict(titles),
        texts=dict(texts or {}),
        payments=dict(payments or {}),
        language=language,
        organiser=organiser.root() if organiser else None,
        organiser_name=name_or_empty(organiser_name, NAME_MOST),
        declared=declared,
        declaration=declaration.strip()[:300],
        tie=tie,
        proof=proof,
        picture=publish_picture(picture, picture_alt),
    )
    purchase.index_words()
    purchase.save()
    audit("purchases.start", by=by, subject=purchase, declared=declared)
    return purchase


def check_texts(language: str, titles: Texts, declared: str, declaration: str) -> None:
    """Raise Refused where the title or the declaration is missing or too long."""
    if not titles.get(language, "").strip():
        raise Refused(_("A purchase needs a title in the language it was written in."))
    if any(len(title) > TITLE_MAX for title in titles.values()):
        raise Refused(_("A title may have at most %(most)s letters.") % {"most": TITLE_MAX})
    if declared == Purchase.Declared.STATED and not declaration.strip():
        raise Refused(_("Say in a few words which interest you have."))


@transaction.atomic
def edit_purchase(purchase: Purchase, *, staff: Staff, picture_alt: str | None = None, **values: Any) -> Purchase:
    """Change texts, picture or declaration of a purchase. Raise Refused.

    The tie rule and the proof that pledgers need change only before pledging begins.
    """
    fixed = {"tie", "proof"} & {name for name, value in values.items() if getattr(purchase, name) != value}
    if fixed and purchase.opens_at is not None:
        raise Refused(_("Pledging has begun: the rules cannot be changed any more."))
    for name, value in values.items():
        setattr(purchase, name, value)
    publish_picture(purchase.picture, picture_alt)
    check_texts(purchase.language, purchase.titles, purchase.declared, purchase.declaration)
    purchase.index_words()
    purchase.save(update_fields=[*values, "search_keys", "changed"])
    audit("purchases.edit", by=staff_actor(staff), subject=purchase, fields=sorted(values))
    publish(purchase.action.stream)
    return purchase


@transaction.atomic
def submit_purchase(purchase: Purchase, identity: Identity, *, by: Actor) -> Purchase:
    """Submit an organiser's draft to staff for review. Raise Refused where their phone is not proved."""
    if not may_organise(identity):
        raise Refused(_("Whoever organises a purchase must prove a phone number with a code."), code="proof")
    if purchase.organiser_id is None:
        purchase.organiser = identity.contact.root()
        purchase.save(update_fields=["organiser", "changed"])
    return make_transition(purchase, "submit", by=by)


def organise_purchase(
    call: Call, *, title: str, text: str, declared: str, declaration: str = "", name: str = ""
) -> Purchase:
    """Create a citizen's draft, and submit it to staff or send a code to a phone that is not proved. Raise Refused."""
    person = identity_of(call).contact.root()
    purchase = start_purchase(
        titles={call.lang: title},
        texts={call.lang: text},
        language=call.lang,
        organiser=person,
        organiser_name=name,
        declared=declared,
        declaration=declaration,
        by=Actor("contact", person.pk, call.door),
    )
    if call.identity is None:
        request_code(purchase, "start", call)
        return purchase
    return submit_own_purchase(purchase, call)


def submit_own_purchase(purchase: Purchase, call: Call) -> Purchase:
    """Submit the draft of a proved organiser, and send a confirmation once. Raise Refused."""
    identity, waited = call.identity, purchase.state == State.DRAFT
    assert identity is not None
    done = submit_purchase(purchase, identity, by=person_actor(identity, call.door))
    if waited:
        confirm_commitment(identity, lambda: start_confirmation(done, identity), door=call.door)
    return done


@transaction.atomic
def make_transition(
    purchase: Purchase, transition: str, *, staff: Staff | None = None, by: Actor | None = None, reason: str = ""
) -> Purchase:
    """Submit, publish, confirm, fulfil or cancel a purchase, and message its members.

    Raise Refused where `states` has no such transition.
    """
    row = lock_purchase(purchase)
    after = STEPS.get(transition)
    if after is None or not is_transition(row.state, transition, after):
        raise Refused(_("This cannot be done with the purchase now. Reload the page to see where it stands."))
    if transition == "cancel" and not reason.strip():
        raise Refused(_("Say why it is called off; members will read it."))
    before, now = row.state, timezone.now()
    row.state = after
    if transition == "publish":
        row.published_at = now
    if transition == "cancel":
        row.reason = reason.strip()[:300]
    row.save()
    Action.objects.filter(pk=row.action_id).update(is_open=after == State.INTEREST)
    if after != State.INTEREST:
        Action.objects.filter(pk=row.pledging_id).update(is_open=False)
    record_step(row, transition, before=before, after=after, staff=staff)
    audit("purchases.move", by=by or staff_actor(staff), subject=row, step=transition, before=before, after=after)
    publish(row.action.stream)
    announce_step(row, transition, before, staff)
    if transition == "cancel":
        call_off_shares(row)  # after the messages, which people on the waiting list get, too
    return row


def announce_step(row: Purchase, transition: str, before: str, staff: Staff | None) -> None:
    """Message members of an order or a cancellation, and the organiser also of the review's outcome."""
    if transition == "publish":
        message_organiser(row, lambda: published_message(row), staff=staff)
    if transition == "confirm":
        message_people(pledgers(row), row, lambda: ordered_message(row), staff=staff)
        if staff is not None and not pledgers(row).filter(pk__in=organiser_of(row).values("pk")).exists():
            message_organiser(row, lambda: ordered_message(row), staff=staff)
    if transition == "cancel" and staff is not None:
        message_organiser(row, lambda: cancelled_message(row), staff=staff)
    if transition == "cancel" and before not in (State.DRAFT, State.SUBMITTED):
        message_people(without_organiser(pledgers(row), row), row, lambda: cancelled_message(row), staff=staff)
        if before == State.INTEREST:
            message_people(
                without_organiser(interested_people(row), row), row, lambda: cancelled_message(row), purpose=NEWS
            )
        announce_cancellation(row, staff=staff)


def published_message(row: Purchase) -> str:
    """Return the message to the organiser that their purchase is published."""
    words = _("It is on the page. Whoever is interested says so there, or writes to us: buy %(code)s")
    return words % {"code": row.code}


def cancelled_message(row: Purchase) -> str:
    """Return the message to members that a purchase was cancelled, with the reason."""
    return _("This purchase was called off: %(why)s") % {"why": row.reason}


def ordered_message(row: Purchase) -> str:
    """Return the message to members that the goods are ordered."""
    return _("The goods are ordered. For your pick-up code and time, write: my purchase %(code)s") % {"code": row.code}
