"""Off-board a member of staff: hand over what they hold, close their account, and open it again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.accounts.models import FactorReset, StaffInvitation, StaffLink, StaffSubject
from kesher.accounts.services.factor_resets import are_independent, audit_of, is_new_administrator
from kesher.accounts.services.mfa import forget_factors
from kesher.accounts.services.staff_invitations import withdraw_invitations_of
from kesher.accounts.services.staff_mail import has_changed_mail
from kesher.accounts.services.staff_passwords import end_sessions, offer_first_password
from kesher.agencies.models import Role, Staff
from kesher.agencies.services import serves_elsewhere, staff_actor
from kesher.cases import services as cases
from kesher.cases.models import Case, Draft
from kesher.core.audit import audit
from kesher.core.errors import Refused


@dataclass(frozen=True, slots=True)
class HeldWork:
    """How much a member of staff holds."""

    conversations: int
    cases: int
    drafts: int
    invitations: int


def count_held_work(person: Staff) -> HeldWork:
    """Return how many conversations that need somebody, open cases, drafts and invitations a member of staff has."""
    invitations = StaffInvitation.objects.filter(invited_by=person, accepted_at=None, withdrawn_at=None)
    return HeldWork(
        cases.held_conversations(person).count(),
        Case.objects.filter(assignee=person).open().count(),
        Draft.objects.filter(staff=person).count(),
        invitations.count(),
    )


@transaction.atomic
def off_board(person: Staff, *, to: Staff | None, by: Staff) -> None:
    """Close a colleague's account and give what they hold to ``to`` (None: back to the queue), all at once.

    Sessions, second factors, links, teams and the invitations that they sent end. A user who also works for another
    agency keeps password and second factors there. Raise Refused for oneself, the last administrator, or somebody who
    left.
    """
    # All administrators are locked, so that two of them cannot close each other's accounts at the same time.
    admins = [
        row.pk for row in Staff.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    ]
    person = Staff.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    if person.pk == by.pk:
        raise Refused(_("Your own account another administrator closes."))
    if not person.is_active:
        raise Refused(_("This account is closed already."))
    if admins == [person.pk]:
        raise Refused(_("Somebody has to stay administrator. Make somebody else one first."))
    if to is not None and (to.pk == person.pk or not to.is_active):
        raise Refused(_("Choose a colleague who works here."))
    held = count_held_work(person)
    hand_over_everything(person, to, by=by)
    withdraw_invitations_of(person, by=by)
    StaffLink.objects.filter(staff=person, used_at=None).delete()
    StaffSubject.objects.filter(staff=person).delete()
    FactorReset.objects.filter(person=person, state=FactorReset.State.OPEN).update(
        state=FactorReset.State.STOPPED, decided_at=timezone.now()
    )
    person.teams.clear()
    person.is_active = False
    person.save(update_fields=["is_active"])
    if not serves_elsewhere(person):
        forget_factors(person.user, by=staff_actor(by))
        person.user.set_unusable_password()
        person.user.save(update_fields=["password"])
    end_sessions(person.user, person.agency_id)
    work = {"conversations": held.conversations, "cases": held.cases, "drafts": held.drafts}
    audit("accounts.off_board", by=staff_actor(by), subject=person, to=to.pk if to else None, **work)


def hand_over_everything(person: Staff, to: Staff | None, *, by: Staff) -> None:
    """Give a colleague's conversations and open cases to ``to``, or to nobody; drafts, which only they read, end.

    What needs nobody, often of years, is released by one statement; so is what changed meanwhile.
    """
    for conversation in cases.held_conversations(person).select_related("contact").order_by("pk"):
        cases.hand_over(conversation, to, expected=person, staff=by)
    for case in Case.objects.filter(assignee=person).open().order_by("pk"):
        cases.take_case(case, to, expected=person, staff=by)
    cases.release_ended(person, by=by)
    cases.discard_drafts_of(person)


@transaction.atomic
def reactivate(person: Staff, *, by: Staff) -> str:
    """Open a former colleague's account again; they choose a password and set a second step up anew.

    Return the link for the password if it cannot be mailed, "" if it was. Raise Refused if they work here, or if the
    link would let the administrator who closed the account into it.
    """
    person = Staff.objects.select_for_update(of=("self",)).select_related("user", "agency").get(pk=person.pk)
    if person.is_active:
        raise Refused(_("This account is open already."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    audit("accounts.reactivate", by=staff_actor(by), subject=person)
    if serves_elsewhere(person):
        return ""
    url = offer_first_password(person, by=by)
    if url or has_changed_mail(by):
        refuse_dependent(person, by)
    return url


def refuse_dependent(person: Staff, by: Staff) -> None:
    """Raise Refused if ``by``, who may read the link, and who closed this account may be one person."""
    row = audit_of(person).filter(operation="accounts.off_board").order_by("-pk").first()
    closer = Staff.objects.filter(pk=row.actor_id).first() if row and row.actor_id else None
    if closer is None:
        return
    if is_new_administrator(by):
        raise Refused(_("You have been an administrator for less than a day. Wait, or ask another administrator."))
    if not are_independent(by, closer):
        raise Refused(_("You and who closed the account: one invited the other. Somebody else has to open it again."))
