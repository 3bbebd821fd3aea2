"""Request to act for a child or a ward; a clerk checks it, and grants it for a time or refuses.

It is ended by the representative, by staff, or by the ward once they are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import Staff
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact
from kesher.contacts.services.erasure import empty_contacts
from kesher.core.audit import Actor, audit
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.files.attachments import forget_attachments
from kesher.core.http.throttle import allow
from kesher.core.models import Attachment
from kesher.core.templatetags.ui import deadline
from kesher.records.encryption import number_digest
from kesher.records.models import Mandate, Ward, WardRequest
from kesher.records.services.mandates import notify
from kesher.records.services.reminders import cancel_reminders
from kesher.records.sources.field_mapping import normalise_number

Kind, State = WardRequest.Kind, WardRequest.State
LEVEL = 2
REQUESTS_A_DAY = 5
LEAST_REASON = 10
GROWN = 18


@transaction.atomic
def ask_for_ward(
    taker: Contact,
    *,
    kind: str,
    name: str,
    number: str,
    born: date | None,
    until: date | None,
    scope: Sequence[str],
    level: int,
    proof: Attachment | None = None,
) -> WardRequest:
    """Store a request to act for a child (``born``) or a ward (``until``: the court order's end). Raise Refused.

    ``level``: how well the person who asks is known now.
    """
    if level < LEVEL:
        raise Refused(_("Confirm first that it is you."))
    grown_at, end = ward_period(kind, born, until)
    if end <= timezone.now():
        raise Refused(_("Choose a day that is still to come."))
    digest = number_digest(taker.agency_id, normalise_number(number))
    mine = {"taker__in": taker.family_ids(), "digest": digest}
    if WardRequest.objects.filter(**mine, state=State.ASKED).exists():
        raise Refused(_("You asked for this person already; it is being checked."))
    acting = Mandate.objects.standing(timezone.now()).filter(taker__in=taker.family_ids(), ward__digest=digest)
    if acting.exists():
        raise Refused(_("You act for this person already."))
    if not allow(f"ward:{taker.pk}", REQUESTS_A_DAY, 86_400):
        raise Refused(_("That was a lot of requests for one day. Please try again tomorrow."))
    row = WardRequest.objects.create(
        agency_id=taker.agency_id,
        taker=taker,
        kind=kind,
        name=" ".join(name.split()),
        number=normalise_number(number),
        digest=digest,
        grown_at=grown_at,
        until=end,
        scope=list(scope),
        level=level,
        proof=proof,
    )
    audit("records.ask_for_ward", by=Actor("contact", taker.pk, "web"), subject=row, kind=kind, scope=list(scope))
    return row


def ward_period(kind: str, born: date | None, until: date | None) -> tuple[datetime | None, datetime]:
    """Return (day when the child is 18 or None, end of the mandate). Raise Refused if a day is missing.

    A child's mandate ends on the 18th birthday or earlier; a ward's at the end of the order's last day.
    """
    if kind == Kind.CHILD:
        if born is None or born > timezone.localdate():
            raise Refused(_("Give the child's day of birth."))
        grown = start_of_day(birthday_at(born, GROWN))
        return grown, min(grown, end_of_day(until)) if until is not None else grown
    if until is None:
        raise Refused(_("Give the last day of the court's order."))
    return None, end_of_day(until)


def birthday_at(born: date, age: int) -> date:
    """Return the date of the birthday at this age; 1 March for 29 February in other years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day as an aware datetime."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """Return the last second of a day as an aware datetime."""
    return start_of_day(day + timedelta(days=1)) - timedelta(seconds=1)


@transaction.atomic
def withdraw_ward_request(row: WardRequest, taker: Contact) -> None:
    """Withdraw the person's own request to act for a ward that is not decided yet. Raise Refused."""
    if row.taker.root().pk != taker.root().pk or not settle_request(row, state=State.WITHDRAWN):
        raise Refused(_("This was decided already."))
    audit("records.withdraw_ward_request", by=Actor("contact", taker.pk, "web"), subject=row)


def settle_request(row: WardRequest, **values: object) -> bool:
    """Set a ward request's decision, and delete its identity number and proof. Return False if decided before."""
    waiting = WardRequest.objects.filter(pk=row.pk, state=State.ASKED)
    if not waiting.update(decided_at=timezone.now(), number="", **values):
        return False
    if row.proof is not None:
        forget_attachments([row.proof])
    return True


@transaction.atomic
def open_ward_request(row: WardRequest, staff: Staff) -> None:
    """Record in the audit that a clerk opens a ward request, with its identity number and proof."""
    audit("records.open_ward_request", by=Actor("staff", staff.pk, "desk"), subject=row)


@transaction.atomic
def grant_ward(row: WardRequest, staff: Staff, *, until: date | None = None) -> Mandate:
    """Grant a ward request, until the requested day or earlier, and return the new mandate. Raise Refused."""
    if row.state != State.ASKED:
        raise Refused(_("This was decided already."))
    end = min(row.until, end_of_day(until)) if until is not None else row.until
    if end <= timezone.now():
        raise Refused(_("Choose a day that is still to come."))
    ward, taker = get_or_create_ward(row), row.taker.root()
    if ward.contact.root().pk == taker.pk:
        raise Refused(_("This is the same person."))
    mandate = Mandate.objects.create(
        agency_id=row.agency_id,
        giver=ward.contact,
        taker=taker,
        ward=ward,
        begun_by=Mandate.Side.TAKER,
        scope=row.scope,
        level=row.level,
        until=end,
        accepted_at=timezone.now(),
    )
    if not settle_request(row, state=State.GRANTED, staff=staff, mandate=mandate, until=end):
        raise Refused(_("This was decided already."))
    audit("records.grant_ward", by=Actor("staff", staff.pk, "desk"), subject=mandate, request=row.pk)
    day = deadline(end, "short")
    notify(taker, gettext_lazy("your request was granted, until %(day)s."), day=day)
    return mandate


def get_or_create_ward(row: WardRequest) -> Ward:
    """Return the ward with the request's identity number, or create one with a contact."""
    found = Ward.objects.filter(digest=row.digest).select_related("contact__merged_into").first()
    if found is not None:
        return found
    person = Contact.objects.create(agency_id=row.agency_id, name=row.name[:120], language=row.taker.language)
    return Ward.objects.create(agency_id=row.agency_id, contact=person, number=row.number, digest=row.digest)


def clean_reason(words: str) -> str:
    """Return a clerk's reason in one line. Raise Refused if it is too short."""
    why = " ".join(words.split())[:200]
    if len(why) < LEAST_REASON:
        raise Refused(_("Write why, in a few words. This person reads it."))
    return why


@transaction.atomic
def refuse_ward(row: WardRequest, staff: Staff, *, reason: str) -> None:
    """Refuse a ward request, with a reason that the person who asked reads. Raise Refused."""
    why = clean_reason(reason)
    if not settle_request(row, state=State.REFUSED, staff=staff, reason=why):
        raise Refused(_("This was decided already."))
    audit("records.refuse_ward", by=Actor("staff", staff.pk, "desk"), subject=row, reason=why)
    notify(row.taker.root(), gettext_lazy("your request was not granted: %(why)s"), why=why)


@transaction.atomic
def revoke_ward(mandate: Mandate, staff: Staff, *, reason: str) -> None:
    """End a ward's mandate for the staff, with a reason. Raise Refused."""
    why = clean_reason(reason)
    standing = Mandate.objects.filter(pk=mandate.pk, ward__isnull=False, ended_at=None)
    if not standing.update(ended_at=timezone.now(), ended_by=Mandate.Side.STAFF, ended_why=why):
        raise Refused(_("It was ended already."))
    cancel_reminders(mandate=mandate)
    audit("records.revoke_ward", by=Actor("staff", staff.pk, "desk"), subject=mandate, reason=why)
    notify(mandate.taker, gettext_lazy("it was ended: %(why)s"), why=why)


@transaction.atomic
def give_ward_address(ward: Ward, address: Address, staff: Staff) -> Contact:
    """Store the ward's own address: who proves it sees the ward's mandates and looks, and may end them.

    Raise Refused if the address belongs to a representative.
    """
    person = contacts.get_or_create_identity(address).contact.root()
    takers = Mandate.objects.filter(ward=ward).select_related("taker__merged_into")
    if person.pk in {row.taker.root().pk for row in takers if row.taker is not None}:
        raise Refused(_("This is the address of somebody who acts for this person."))
    by = Actor("staff", staff.pk, "desk")
    contacts.merge_contacts(person, ward.contact, reason="ward", evidence={"ward": ward.pk}, by=by)
    audit("records.give_ward_address", by=by, subject=ward)
    return person


@transaction.atomic
def erase_wards(ids: Sequence[int]) -> None:
    """Erase the wards among these people, and the wards that only they act for, and withdraw their requests.

    Mandates have been ended by `erase_records`.
    """
    acting = Mandate.objects.standing(timezone.now()).filter(ward__isnull=False)
    left = Ward.objects.filter(mandates__taker__in=ids).exclude(pk__in=acting.values("ward"))
    gone = Ward.objects.filter(Q(contact__in=ids) | Q(pk__in=list(left.values_list("pk", flat=True))))
    empty_contacts([row.contact_id for row in gone if not row.contact.identities.exists()])
    gone.update(number="", digest="")
    mine = WardRequest.objects.filter(taker__in=ids)
    for row in mine.filter(state=State.ASKED).select_related("proof"):
        settle_request(row, state=State.WITHDRAWN)
    WardRequest.objects.filter(mandate__giver__in=ids).update(name="", number="", digest="")
    mine.update(name="", number="", digest="")
    audit("records.erase_wards", by=Actor("system"), people=len(ids))
