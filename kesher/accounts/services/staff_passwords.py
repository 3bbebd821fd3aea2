"""Replace a lost password of a member of staff by a link, and store their mail address."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.accounts.models import StaffAddress, StaffLink
from kesher.accounts.services.mfa import keys_of
from kesher.accounts.services.staff_mail import (
    find_administrators,
    find_mailbox,
    has_changed_mail,
    is_mail_new,
    language_of,
    proved_mail,
    queue_mail,
)
from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.services import record_sign_in, serves_elsewhere, set_password, staff_actor
from kesher.agencies.staff_login import AGENCY, WAITING
from kesher.core.audit import audit
from kesher.core.db.ids import token, token_digest
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.models import Audit

GOOD_FOR = timedelta(hours=1)
A_DAY = 86_400
USABLE_MOST, ADDRESSES_A_DAY, LOST_A_DAY, LOST_A_DAY_OF_ALL = 3, 6, 12, 200
BETWEEN_LINKS = timedelta(minutes=10)
COPIED = "accounts.copy_password_link"
# Whoever did one of these could get into an account without a second factor by a password that they chose.
TOOK_FACTORS = ("accounts.ask_factor_reset", "accounts.confirm_factor_reset", "accounts.off_board")


def create_link(staff: Staff, purpose: StaffLink.Purpose, *, mail: str, good_for: timedelta = GOOD_FOR) -> str:
    """Store a single-use link and return its key; former links for the same purpose open nothing more.

    Links for a password that were mailed stay: a stranger who asks for one must not end that of the owner.
    """
    former = StaffLink.objects.filter(staff=staff, purpose=purpose, used_at=None)
    if purpose != StaffLink.Purpose.PASSWORD:
        former.delete()
    elif not mail:
        former.filter(mail="").delete()
    key = token(32)
    StaffLink.objects.create(
        agency_id=staff.agency_id,
        staff=staff,
        purpose=purpose,
        digest=token_digest(key),
        mail=mail,
        expires_at=timezone.now() + good_for,
    )
    return key


def find_link(key: str, purpose: StaffLink.Purpose) -> StaffLink | None:
    """Return the unused link of a key, for a person who works here, with an address that is still theirs; or None.

    A link for a password is good for this agency only: None for a user who also works for another one.
    """
    rows = StaffLink.objects.select_related("staff__user", "staff__agency", "reset__asked_by")
    row = rows.filter(
        digest=token_digest(key), purpose=purpose, used_at=None, expires_at__gt=timezone.now(), staff__is_active=True
    ).first()
    sent_to_owner = row is not None and row.mail and purpose != StaffLink.Purpose.ADDRESS
    if row is None or (sent_to_owner and not StaffAddress.objects.filter(staff=row.staff, mail=row.mail).exists()):
        return None
    if purpose == StaffLink.Purpose.PASSWORD and serves_elsewhere(row.staff):
        return None
    return row


def use_link(row: StaffLink) -> None:
    """Mark a link as used. Raise Refused if it was used meanwhile."""
    if not StaffLink.objects.filter(pk=row.pk, used_at=None).update(used_at=timezone.now()):
        raise Refused(_("This link has been used. Ask for a new one."))


@transaction.atomic
def ask_for_password(mail: str) -> None:
    """Queue a mail with a link for a new password, if the address was proved by somebody who works only here.

    Nothing is returned, and nothing is raised over the limits: the page answers the same in every case. Nothing is sent
    within ten minutes, or while three links can be used: whoever asks too often, the owner always has one. Without a
    second step, nothing is sent from a new mailbox: whoever reads the link would set one up, and be in.
    """
    known = StaffAddress.objects.select_related("staff__agency").filter(
        mail__iexact=mail.strip(), proved_at__isnull=False, staff__is_active=True
    )
    row = known.first()
    if row is None or find_mailbox() is None or serves_elsewhere(row.staff):
        return
    if is_mail_new() and not keys_of(row.staff.user):
        return
    now = timezone.now()
    usable = StaffLink.objects.filter(staff=row.staff, purpose=StaffLink.Purpose.PASSWORD, mail=row.mail, used_at=None)
    times = sorted(usable.filter(expires_at__gt=now).values_list("expires_at", flat=True))
    if len(times) >= USABLE_MOST or (times and times[-1] > now + GOOD_FOR - BETWEEN_LINKS):
        return
    if allow(f"lost-of:{row.staff_id}", LOST_A_DAY, A_DAY) and allow(f"lost:{row.agency_id}", LOST_A_DAY_OF_ALL, A_DAY):
        mail_password_link(row.staff, row.mail)
        audit("accounts.ask_for_password", by=staff_actor(row.staff), subject=row.staff)


def mail_password_link(staff: Staff, mail: str) -> None:
    """Queue a mail with a new link for a new password."""
    url = absolute(reverse("accounts:staff_password", args=[create_link(staff, StaffLink.Purpose.PASSWORD, mail=mail)]))
    lang = language_of(staff)
    with translation.override(lang):
        text = _(
            "Hello %(name)s,\n\nopen this link within an hour to choose a new password for %(agency)s:\n\n%(url)s\n\n"
            "Your user name is %(username)s. The link works once. If you did not ask for it, do nothing: your "
            "password stays as it is."
        )
        words = {"name": staff.name, "agency": staff.agency.name, "url": url, "username": staff.user.username}
        queue_mail(mail, _("A new password"), text % words, lang=lang)


@transaction.atomic
def offer_password(person: Staff, *, by: Staff) -> str:
    """Send a colleague a link for a new password; without mail, return its URL for the administrator to pass on.

    Raise Refused for oneself without mail, for a person who also works for another agency, and for one whom no second
    factor protects: whoever reads the link would set one up, and be in.
    """
    mail = proved_mail(person) if find_mailbox() is not None else ""
    if person.pk == by.pk and not mail:
        raise Refused(_("Your own password you change on your own page."))
    if serves_elsewhere(person):
        raise Refused(_("This person also works for another agency, and has to change the password alone."))
    if not keys_of(person.user):
        raise Refused(
            _(
                "This person has no second step, so nobody else may ask for the link. They ask for it themselves at "
                "the sign-in, or you close the account and another administrator opens it again."
            )
        )
    return send_or_copy(person, mail, by=by)


def offer_first_password(person: Staff, *, by: Staff) -> str:
    """Do the same for an account that was opened again, which has neither a password nor a second factor.

    Raise Refused if ``by`` had a part in closing it and sees the link, also because the mailbox is theirs.
    """
    mail = proved_mail(person) if find_mailbox() is not None else ""
    if mail and is_mail_new():
        raise Refused(_("The mailbox or the site's address was changed today. Try again tomorrow."))
    if (not mail or has_changed_mail(by)) and has_done(by, person, *TOOK_FACTORS):
        raise Refused(_("You had a part in removing the second step. Ask another administrator for this link."))
    return send_or_copy(person, mail, by=by)


def send_or_copy(person: Staff, mail: str, *, by: Staff) -> str:
    """Queue the mail with a new link for a password and return ""; without an address, return the link's URL."""
    if mail:
        mail_password_link(person, mail)
        audit("accounts.send_password_link", by=staff_actor(by), subject=person)
        return ""
    audit(COPIED, by=staff_actor(by), subject=person)
    return absolute(reverse("accounts:staff_password", args=[create_link(person, StaffLink.Purpose.PASSWORD, mail="")]))


def has_done(actor: Staff, person: Staff, *operations: str) -> bool:
    """Return whether a member of staff did one of these operations on a colleague, as the audit log says."""
    rows = Audit.objects.filter(operation__in=operations, subject_type="agencies.staff", subject_id=str(person.pk))
    return rows.filter(actor_kind="staff", actor_id=actor.pk).exists()


@transaction.atomic
def choose_password(key: str, password: str) -> Staff:
    """Store a new password, which the form has checked, by the key of a link; end all sessions, and tell the person.

    Raise Refused if the link is not valid any more.
    """
    row = find_link(key, StaffLink.Purpose.PASSWORD)
    if row is None:
        raise Refused(_("This link has been used or has expired. Ask for a new one."))
    use_link(row)
    set_password(row.staff.user, password, by=staff_actor(row.staff))
    revoke_links(row.staff)
    end_sessions(row.staff.user)
    tell_password_changed(row.staff)
    audit("accounts.choose_password", by=staff_actor(row.staff), subject=row.staff)
    return row.staff


@transaction.atomic
def change_own_password(staff: Staff, password: str, *, session_key: str) -> None:
    """Store a new password, which the form has checked, by somebody who knew the one before, and tell them.

    All their sessions end but the one with this key.
    """
    set_password(staff.user, password, by=staff_actor(staff))
    revoke_links(staff)
    end_sessions(staff.user, but=session_key)
    tell_password_changed(staff)


def revoke_links(staff: Staff) -> None:
    """Delete the unused links for a password or an address: whoever had the former password may have asked for them."""
    purposes = [StaffLink.Purpose.PASSWORD, StaffLink.Purpose.ADDRESS]
    StaffLink.objects.filter(staff=staff, purpose__in=purposes, used_at=None).delete()


def tell_password_changed(staff: Staff) -> None:
    """Queue a mail to a member of staff that says that their password was changed."""
    mail = proved_mail(staff)
    if not mail or find_mailbox() is None:
        return
    with translation.override(lang := language_of(staff)):
        text = _(
            "Hello %(name)s,\n\nyour password at %(agency)s was changed. If it was not you, tell your administrator "
            "at once."
        ) % {"name": staff.name, "agency": staff.agency.name}
        queue_mail(mail, _("Your password was changed"), text, lang=lang)


def end_sessions(user: User, agency_id: int | None = None, *, but: str = "") -> int:
    """Delete a user's sessions of the desk, but for the one with the key ``but``, and return how many.

    Also those that wait for the second step. Only those of one agency if it is given.
    """
    ended = []
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(500):
        data = session.get_decoded()
        here = agency_id is None or data.get(AGENCY, agency_id) == agency_id
        theirs = data.get("_auth_user_id") == str(user.pk) or data.get(WAITING, {}).get("user") == user.pk
        if theirs and here and session.pk != but:
            ended.append(session.pk)
    return Session.objects.filter(pk__in=ended).delete()[0]


@transaction.atomic
def disown_sign_in(staff: Staff, session_key: str, *, network: str, browser: str) -> int:
    """End a person's other sessions and links, because a sign-in in the log was not theirs; return how many ended.

    ``session_key`` is that of the browser in which they say so.
    """
    revoke_links(staff)
    ended = end_sessions(staff.user, but=session_key)
    record_sign_in(StaffSignIn.Outcome.DISOWNED, staff, network=network, browser=browser)
    audit("accounts.disown_sign_in", by=staff_actor(staff), subject=staff, ended=ended)
    tell_of_disowned(staff)
    return ended


def tell_of_disowned(staff: Staff) -> None:
    """Queue a mail to each administrator that says that a sign-in was not this person's."""
    words = {"name": staff.name, "agency": staff.agency.name, "url": absolute(reverse("accounts:staff_sign_ins"))}
    for mail, lang in find_administrators(but=staff.pk):
        with translation.override(lang):
            text = _(
                "Hello,\n\n%(name)s says that a sign-in to their account at %(agency)s was not theirs. Their other "
                "browsers are signed out, and they were asked to choose a new password. The log of sign-ins:\n\n%(url)s"
            )
            queue_mail(mail, _("A sign-in that was not a colleague's"), text % words, lang=lang)


@transaction.atomic
def set_own_address(staff: Staff, mail: str) -> None:
    """Send a link to a mail address that a member of staff entered for themselves; it is theirs once they open it.

    Until then the former one stays, and is told. Nothing is sent to a colleague's address, and nobody learns that it
    is one. Raise Refused if no mail can be sent, or over the day's limit.
    """
    mail = mail.strip().lower()
    if find_mailbox() is None:
        raise Refused(_("We have no outgoing mail yet. An administrator connects it among the channels."))
    if not allow(f"own-address:{staff.pk}", ADDRESSES_A_DAY, A_DAY):
        raise Refused(_("Too many tries. Please try again tomorrow."))
    former, lang = proved_mail(staff), language_of(staff)
    audit("accounts.set_staff_address", by=staff_actor(staff), subject=staff)
    if StaffAddress.objects.filter(mail=mail, proved_at__isnull=False).exclude(staff=staff).exists():
        return
    if not former:
        store_address(staff, mail)
    key = create_link(staff, StaffLink.Purpose.ADDRESS, mail=mail)
    url = absolute(reverse("accounts:staff_address_proof", args=[key]))
    with translation.override(lang):
        text = _("Hello %(name)s,\n\nopen this link within an hour to confirm that this is your address:\n\n%(url)s")
        queue_mail(mail, _("Is this your address?"), text % {"name": staff.name, "url": url}, lang=lang)
        if former and former != mail:
            words = _("Hello %(name)s,\n\nanother mail address was entered for your account at %(agency)s. If it was "
                      "not you, tell your administrator at once.")  # fmt: skip
            words %= {"name": staff.name, "agency": staff.agency.name}
            queue_mail(former, _("Your mail address was changed"), words, lang=lang)


@transaction.atomic
def store_address(staff: Staff, mail: str, *, proved_at: datetime | None = None) -> None:
    """Store a mail address that a member of staff entered for themselves, in place of the one before."""
    values = {"mail": mail.lower(), "set_by": staff, "set_at": timezone.now(), "proved_at": proved_at}
    StaffAddress.objects.update_or_create(
        staff=staff, defaults=values, create_defaults={**values, "agency_id": staff.agency_id}
    )
    audit("accounts.store_address", by=staff_actor(staff), subject=staff, proved=proved_at is not None)


def find_waiting_mail(staff: Staff) -> str:
    """Return the address to which a link went that a member of staff has not opened yet, or ""."""
    rows = StaffLink.objects.filter(staff=staff, purpose=StaffLink.Purpose.ADDRESS, used_at=None)
    row = rows.filter(expires_at__gt=timezone.now()).first()
    return row.mail if row else ""


@transaction.atomic
def prove_own_address(key: str) -> None:
    """Store that the address of a link belongs to its person. Raise Refused if it is not valid, or a colleague's."""
    row = find_link(key, StaffLink.Purpose.ADDRESS)
    if row is None:
        raise Refused(_("This link has been used or has expired. Enter your address again."))
    use_link(row)
    try:
        with transaction.atomic():
            store_address(row.staff, row.mail, proved_at=timezone.now())
    except IntegrityError as error:
        raise Refused(_("A colleague has this address. Enter your own one.")) from error
    audit("accounts.prove_staff_address", by=staff_actor(row.staff), subject=row.staff)
