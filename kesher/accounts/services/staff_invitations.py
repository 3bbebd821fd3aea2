"""Invite people to the desk by mail, and create their accounts when they accept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.accounts.models import StaffAddress, StaffInvitation, StaffMail
from kesher.accounts.services.staff_mail import find_mailbox, queue_mail
from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff, Team
from kesher.agencies.rules import has_right
from kesher.agencies.services import staff_actor
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.ids import token, token_digest
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow

GOOD_FOR = timedelta(hours=72)
A_DAY = 86_400
MAILS_A_DAY = 100  # of the agency
MAILS_A_DAY_TO_ONE = 5


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its link, which is shown to the administrator only if no mail can be sent."""

    invitation: StaffInvitation
    url: str = field(repr=False)


@transaction.atomic
def invite_staff(
    *, name: str, mail: str, role: str, teams: Iterable[Team], languages: list[str], language: str, by: Staff
) -> Invited:
    """Invite a person to work at the desk, and queue the mail in ``language``.

    Raise Refused if the address belongs to somebody here, or is invited, or over the day's limit.
    """
    mail = mail.lower()
    refuse_known_address(mail)
    row = StaffInvitation(
        agency_id=current_agency_id(),
        name=name,
        mail=mail,
        role=role,
        languages=languages,
        language=language,
        invited_by=by,
    )
    try:
        with transaction.atomic():
            invited = renew_link(row)
    except IntegrityError as error:
        raise Refused(_("This address is invited already. Send the invitation again, or withdraw it.")) from error
    row.teams.set(teams)
    audit("accounts.invite_staff", by=staff_actor(by), subject=row, role=role)
    return invited


def refuse_known_address(mail: str) -> None:
    """Raise Refused if a member of staff of this agency, present or former, proved that this address is theirs."""
    known = StaffAddress.objects.select_related("staff").filter(mail__iexact=mail, proved_at__isnull=False).first()
    if known is None:
        return
    words = (
        _("%(name)s works here already, with this address.")
        if known.staff.is_active
        else _("%(name)s worked here with this address. Open their page among our staff, and let them in again.")
    )
    raise Refused(words % {"name": known.staff.name})


def renew_link(row: StaffInvitation) -> Invited:
    """Store a new link for an invitation, queue the mail with it, and return it; former links open nothing more."""
    if not allow(f"invite:{row.agency_id}", MAILS_A_DAY, A_DAY) or not allow(
        f"invite:{row.agency_id}:{row.mail}", MAILS_A_DAY_TO_ONE, A_DAY
    ):
        raise Refused(_("Too many invitations were sent today. Please try again tomorrow."))
    key, now = token(32), timezone.now()
    row.digest, row.sent_at, row.expires_at = token_digest(key), now, now + GOOD_FOR
    row.by_mail = find_mailbox() is not None
    url = absolute(reverse("accounts:staff_join", args=[key]))
    row.sent_mail = queue_invitation_mail(row, url) if row.by_mail else None
    row.save()
    return Invited(row, url)


def queue_invitation_mail(row: StaffInvitation, url: str) -> StaffMail:
    """Queue the mail with an invitation's link, in the invited person's language, and return it."""
    with translation.override(row.language):
        agency = row.invited_by.agency.name
        text = _(
            "Hello %(name)s,\n\n%(by)s invites you to answer people at %(agency)s. Open this link within three days, "
            "and choose a user name and a password:\n\n%(url)s\n\nThe link works once. If you do not know about this, "
            "do nothing."
        )
        words = text % {"name": row.name, "by": row.invited_by.name, "agency": agency, "url": url}
        return queue_mail(row.mail, _("Your account at %(agency)s") % {"agency": agency}, words, lang=row.language)


def open_invitations() -> list[StaffInvitation]:
    """Return the agency's invitations that were neither accepted nor withdrawn, newest first."""
    rows = StaffInvitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("sent_mail")
    rows = rows.prefetch_related("teams")
    return list(rows.order_by("-sent_at", "-pk"))


@transaction.atomic
def send_invitation_again(row: StaffInvitation, *, by: Staff) -> Invited:
    """Give an open invitation a new link for three days and queue its mail; who asked becomes the one who invites."""
    row = lock_open(row)
    row.invited_by = by
    invited = renew_link(row)
    audit("accounts.invite_staff_again", by=staff_actor(by), subject=row)
    return invited


@transaction.atomic
def withdraw_invitation(row: StaffInvitation, *, by: Staff) -> None:
    """Withdraw an open invitation: its link opens nothing more."""
    row = lock_open(row)
    row.withdrawn_at = timezone.now()
    row.save(update_fields=["withdrawn_at"])
    audit("accounts.withdraw_invitation", by=staff_actor(by), subject=row)


def lock_open(row: StaffInvitation) -> StaffInvitation:
    """Return an open invitation, locked. Raise Refused if it was accepted or withdrawn."""
    rows = StaffInvitation.objects.select_for_update(of=("self",)).select_related("invited_by__agency")
    found = rows.filter(pk=row.pk, accepted_at=None, withdrawn_at=None).first()
    if found is None:
        raise Refused(_("This invitation was accepted or withdrawn meanwhile."))
    return found


def find_invitation(key: str) -> StaffInvitation | None:
    """Return the open invitation of a link's key; None if it expired, or if who invited may not do so any more."""
    rows = StaffInvitation.objects.select_related("invited_by__agency")
    found = rows.filter(
        digest=token_digest(key), accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    ).first()
    return found if found and has_right(found.invited_by, "change_staff") else None


@transaction.atomic
def accept_invitation(key: str, *, username: str, password: str) -> Staff:
    """Create the account of an invited person, with a password that the form has checked, and return it.

    Raise Refused if the link is not valid any more, or the user name is taken.
    """
    row = find_invitation(key)
    if row is None:
        raise Refused(_("This invitation is not valid any more. Ask your administrator to send it again."))
    row = lock_open(row)
    if row.digest != token_digest(key):  # the link was replaced between the two queries
        raise Refused(_("This invitation is not valid any more. Ask your administrator to send it again."))
    refuse_known_address(row.mail)
    now = timezone.now()
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(_("Somebody signs in with this name already. Choose another one."))
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password=password)
    except IntegrityError as error:
        raise Refused(_("Somebody signs in with this name already. Choose another one.")) from error
    staff = Staff.objects.create(
        agency_id=row.agency_id, user=user, name=row.name, role=row.role, languages=row.languages
    )
    staff.teams.set(row.teams.all())
    StaffAddress.objects.create(
        agency_id=row.agency_id,
        staff=staff,
        mail=row.mail,
        set_by=row.invited_by,
        set_at=now,
        proved_at=now if row.by_mail else None,
    )
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    audit("accounts.accept_invitation", by=staff_actor(staff), subject=staff, invitation=row.pk, role=row.role)
    return staff


@transaction.atomic
def withdraw_invitations_of(person: Staff, *, by: Staff) -> int:
    """Withdraw the open invitations that a member of staff sent, and return how many."""
    rows = list(StaffInvitation.objects.filter(invited_by=person, accepted_at=None, withdrawn_at=None))
    for row in rows:
        withdraw_invitation(row, by=by)
    return len(rows)
