"""Delete the second factors of a colleague who lost them: one administrator asks, somebody else agrees.

Somebody else is a second administrator. Both have been administrators for a day, and neither let the other in: one
person with two accounts cannot be both. Where there is none, it is the person, by a link that was mailed to their own
address. The person gets a mail at each step, with a link to stop it, and so do all administrators.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.accounts.models import FactorReset, StaffAddress, StaffLink, StaffMail
from kesher.accounts.services.mfa import forget_factors, keys_of
from kesher.accounts.services.staff_mail import (
    OWN_MAILBOX_AGE,
    find_administrators,
    find_mailbox,
    has_changed_mail,
    is_mail_new,
    language_of,
    proved_mail,
    queue_mail,
)
from kesher.accounts.services.staff_passwords import COPIED, create_link, end_sessions, find_link, has_done, use_link
from kesher.agencies.base_url import absolute
from kesher.agencies.models import Role, Staff, StaffSignIn
from kesher.agencies.rules import has_right
from kesher.agencies.services import record_sign_in, serves_elsewhere, staff_actor
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.models import Audit

GOOD_FOR = timedelta(hours=72)
ADDRESS_AGE = ADMINISTRATOR_AGE = timedelta(days=1)
RESET = StaffLink.Purpose.RESET
# What makes an administrator, as the audit log says it.
MADE_ADMINISTRATOR = (
    Q(operation__in=["agencies.add_staff", "accounts.accept_invitation"], data__role=Role.ADMIN)
    | Q(operation="agencies.change_staff", data__after__role=Role.ADMIN) & ~Q(data__before__role=Role.ADMIN)
    | Q(operation="accounts.reactivate")
)
INVITED = ("accounts.invite_staff", "accounts.invite_staff_again")


def find_open_reset(person: Staff) -> FactorReset | None:
    """Return the open request to reset a colleague's second factors, or None."""
    rows = FactorReset.objects.select_related("person__user", "person__agency", "asked_by", "mail")
    return rows.filter(person=person, state=FactorReset.State.OPEN, expires_at__gt=timezone.now()).first()


def audit_of(staff: Staff) -> QuerySet[Audit]:
    """Return the audit log's rows about a member of staff."""
    return Audit.objects.filter(subject_type="agencies.staff", subject_id=str(staff.pk))


def is_new_administrator(staff: Staff) -> bool:
    """Return whether a member of staff became administrator within the last day."""
    young = timezone.now() - ADMINISTRATOR_AGE
    return audit_of(staff).filter(MADE_ADMINISTRATOR, at__gt=young).exists()


def has_let_in(who: Staff, person: Staff) -> bool:
    """Return whether ``who`` let this person in, or somebody who let them in, and so on."""
    found, new = set[int](), {person.pk}
    while new:
        found |= new
        new = {pk for one in new for pk in find_who_let_in(one)} - found
    return who.pk in found - {person.pk}


def find_who_let_in(pk: int) -> set[int]:
    """Return the ids of those who invited or added somebody, made them administrator or opened their account again."""
    rows = Audit.objects.filter(subject_type="agencies.staff", subject_id=str(pk))
    acts = rows.filter(MADE_ADMINISTRATOR | Q(operation="agencies.add_staff"))
    accepted = rows.filter(operation="accounts.accept_invitation")
    invitations = [str(number) for number in accepted.values_list("data__invitation", flat=True)]
    sent = Audit.objects.filter(subject_type="accounts.staffinvitation", subject_id__in=invitations)
    actors = [act.filter(actor_kind="staff") for act in (acts, sent.filter(operation__in=INVITED))]
    return {number for rows in actors for number in rows.values_list("actor_id", flat=True) if number} - {pk}


def are_independent(one: Staff, other: Staff) -> bool:
    """Return whether these are two, and neither let the other in."""
    return one.pk != other.pk and not has_let_in(one, other) and not has_let_in(other, one)


def other_administrators(person: Staff, asker: Staff) -> bool:
    """Return whether an active administrator besides these two could agree."""
    rows = Staff.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk__in=[person.pk, asker.pk])
    return any(not is_new_administrator(row) and are_independent(row, asker) for row in rows)


def may_agree_by_mail(person: Staff, asker: Staff) -> bool:
    """Return whether the person can agree by mail: an address of theirs, a day old, that the asker did not enter.

    Never while the agency's mailbox is new, or for a month if the asker changed it: they may read the mail.
    """
    old = timezone.now() - ADDRESS_AGE
    rows = StaffAddress.objects.filter(staff=person, proved_at__lte=old, set_at__lte=old).exclude(set_by=asker)
    if find_mailbox() is None or not rows.exists():
        return False
    return not (is_mail_new() or has_changed_mail(asker, within=OWN_MAILBOX_AGE) or serves_elsewhere(person))


def refuse_part(person: Staff, who: Staff) -> None:
    """Raise Refused if this administrator may have no part in the reset of a colleague's second factors."""
    if person.pk == who.pk:
        raise Refused(_("Your own keys you change on your own page."))
    if serves_elsewhere(person):
        raise Refused(
            _("This person also works for another agency, which has to agree. Ask them to use a recovery code.")
        )
    if has_done(who, person, COPIED):
        raise Refused(_("You passed a link for this person's password on. Another administrator has to do this."))
    if is_new_administrator(who):
        raise Refused(_("You have been an administrator for less than a day. Wait, or ask another administrator."))


@transaction.atomic
def ask_factor_reset(person: Staff, *, by: Staff) -> FactorReset:
    """Ask to delete a colleague's second factors, and tell them by mail. Raise Refused if nobody else could agree."""
    refuse_part(person, by)
    if not keys_of(person.user):
        raise Refused(_("There is no key. The next sign-in sets one up."))
    person = Staff.objects.select_for_update(of=("self",)).select_related("user", "agency").get(pk=person.pk)
    if find_open_reset(person):
        raise Refused(_("This was asked for already. Another administrator has to agree."))
    alone = not other_administrators(person, by)
    if alone and not may_agree_by_mail(person, by):
        raise Refused(
            _(
                "Nobody else can agree. It takes an administrator of a day or more whom you did not invite, and who "
                "did not invite you; or a mail address that this person confirmed a day ago, and a mailbox as old that "
                "you have not changed for a month."
            )
        )
    FactorReset.objects.filter(person=person, state="open").update(state="stopped", decided_at=timezone.now())
    now = timezone.now()
    row = FactorReset.objects.create(
        agency_id=person.agency_id, person=person, asked_by=by, asked_at=now, expires_at=now + GOOD_FOR
    )
    row.mail = mail_reset(row)
    row.save(update_fields=["mail"])
    tell_administrators(row)
    audit("accounts.ask_factor_reset", by=staff_actor(by), subject=person, reset=row.pk)
    return row


def mail_reset(row: FactorReset) -> StaffMail | None:
    """Queue the mail that tells a person of the request, with a link to answer it; None without an address."""
    person, mail = row.person, proved_mail(row.person)
    if not mail or find_mailbox() is None:
        return None
    key = create_link(person, RESET, mail=mail, good_for=GOOD_FOR)
    StaffLink.objects.filter(staff=person, purpose=RESET, used_at=None).update(reset=row)
    url = absolute(reverse("accounts:staff_reset_answer", args=[key]))
    with translation.override(lang := language_of(person)):
        text = _(
            "Hello %(name)s,\n\n%(by)s asks that your second step at %(agency)s is deleted, because you lost your "
            "phone or key. Here you can stop this:\n\n%(url)s"
        ) % {"name": person.name, "by": row.asked_by.name, "agency": person.agency.name, "url": url}
        return queue_mail(mail, _("Your second step is to be deleted"), text, lang=lang)


@transaction.atomic
def confirm_factor_reset(row: FactorReset, *, by: Staff) -> None:
    """Agree, as another administrator, to delete a colleague's second factors.

    Raise Refused for the one who asked, and for one who let the asker in or was let in by them.
    """
    refuse_part(row.person, by)
    if row.asked_by_id == by.pk:
        raise Refused(_("You asked for this yourself. Another administrator has to agree."))
    if not are_independent(by, row.asked_by):
        raise Refused(_("One of you invited the other or gave them this role. Somebody else has to agree."))
    finish(row, by=by, actor=staff_actor(by))
    audit("accounts.confirm_factor_reset", by=staff_actor(by), subject=row.person, reset=row.pk)


@transaction.atomic
def agree_by_mail(key: str) -> Staff:
    """Agree to the reset of one's own second factors, by the key of the mailed link, and return the person.

    Only where no second administrator could agree. Raise Refused if the mail has not gone out, the address is younger
    than a day or was entered by the administrator who asked, or the link is not valid any more.
    """
    link = find_link(key, RESET)
    row = link.reset if link else None
    if link is None or row is None:
        raise Refused(_("This link has been used or has expired. Ask your administrator."))
    sent = row.mail is not None and row.mail.state == StaffMail.State.SENT
    alone = not other_administrators(row.person, row.asked_by)
    if not (
        alone and sent and row.mail and row.mail.recipient == link.mail and may_agree_by_mail(row.person, row.asked_by)
    ):
        raise Refused(_("Another administrator has to agree to this."))
    use_link(link)
    finish(row, by=row.person, actor=staff_actor(row.person))
    audit("accounts.agree_to_factor_reset", by=staff_actor(row.person), subject=row.person, reset=row.pk)
    return row.person


def finish(row: FactorReset, *, by: Staff, actor: Actor) -> None:
    """Delete the second factors, end the person's sessions and tell them. Raise Refused if it is not open any more."""
    now = timezone.now()
    if not has_right(row.asked_by, "change_staff"):
        raise Refused(_("Who asked for this is no administrator any more. Ask again."))
    rows = FactorReset.objects.filter(pk=row.pk, state=FactorReset.State.OPEN, expires_at__gt=now)
    if not rows.update(state=FactorReset.State.DONE, decided_at=now, decided_by=by):
        raise Refused(_("This was decided already, or is too old. Ask again."))
    forget_factors(row.person.user, by=actor)
    end_sessions(row.person.user)
    record_sign_in(StaffSignIn.Outcome.FACTOR_RESET, row.person)
    # A link for the password that was asked for before would now open the account alone.
    StaffLink.objects.filter(staff=row.person, purpose=StaffLink.Purpose.PASSWORD, used_at=None).delete()
    row.refresh_from_db(fields=["state"])
    tell(row.person, done=True)
    tell_administrators(row)


@transaction.atomic
def stop_factor_reset(row: FactorReset, *, by: Staff) -> None:
    """Stop a request to reset second factors. Raise Refused if it was decided."""
    rows = FactorReset.objects.filter(pk=row.pk, state=FactorReset.State.OPEN)
    if not rows.update(state=FactorReset.State.STOPPED, decided_at=timezone.now()):
        raise Refused(_("This was decided already, or is too old. Ask again."))
    StaffLink.objects.filter(reset=row, used_at=None).delete()
    audit("accounts.stop_factor_reset", by=staff_actor(by), subject=row.person, reset=row.pk)
    row.refresh_from_db(fields=["state"])
    tell(row.person, done=False)
    tell_administrators(row)


def stop_by_mail(key: str) -> None:
    """Stop the reset of one's own second factors, by the key of the mailed link. Raise Refused if it is not valid."""
    link = find_link(key, RESET)
    if link is None or link.reset is None:
        raise Refused(_("This link has been used or has expired. Ask your administrator."))
    stop_factor_reset(link.reset, by=link.staff)


def tell(person: Staff, *, done: bool) -> None:
    """Queue a mail that tells a person that their second factors were deleted, or that this was stopped."""
    mail = proved_mail(person)
    if not mail or find_mailbox() is None:
        return
    with translation.override(lang := language_of(person)):
        deleted = _(
            "Hello %(name)s,\n\nyour second step at %(agency)s was deleted. The next sign-in sets a new one up. If you "
            "did not want this, tell another administrator at once."
        )
        stopped = _("Hello %(name)s,\n\nyour second step at %(agency)s stays as it is. Nothing was deleted.")
        text = (deleted if done else stopped) % {"name": person.name, "agency": person.agency.name}
        queue_mail(mail, _("Your second step"), text, lang=lang)


def tell_administrators(row: FactorReset) -> None:
    """Queue a mail to each administrator that says where the reset of a colleague's second factors stands."""
    words = {
        "asker": row.asked_by.name,
        "name": row.person.name,
        "agency": row.person.agency.name,
        "url": absolute(reverse("accounts:staff_forget", args=[row.person_id])),
    }
    for mail, lang in find_administrators(but=row.person_id):
        with translation.override(lang):
            text = {
                FactorReset.State.OPEN: _(
                    "Hello,\n\n%(asker)s asks that the second step of %(name)s at %(agency)s is deleted. Do you doubt "
                    "it? Here you can stop it:\n\n%(url)s"
                ),
                FactorReset.State.DONE: _(
                    "Hello,\n\nthe second step of %(name)s at %(agency)s was deleted; %(asker)s had asked for it. Do "
                    "you doubt it? Here you find the account:\n\n%(url)s"
                ),
                FactorReset.State.STOPPED: _(
                    "Hello,\n\nthe second step of %(name)s at %(agency)s stays as it is; %(asker)s had asked to delete "
                    "it. Here you find the account:\n\n%(url)s"
                ),
            }[FactorReset.State(row.state)]
            queue_mail(mail, _("The second step of a colleague"), text % words, lang=lang)
