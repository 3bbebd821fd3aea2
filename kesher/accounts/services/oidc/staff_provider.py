"""Single sign-on of staff by the agency's own identity provider (OpenID Connect).

An administrator could set up a provider of their own, and come from there as any colleague. So the provider stands for
the password only: our second step is asked. It is left out where a second administrator agreed, who neither let the
first one in nor was let in by them, and only if the provider says of this very sign-in that there was a second step.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.accounts.models import StaffAddress, StaffProvider, StaffSubject
from kesher.accounts.services.factor_resets import are_independent, is_new_administrator
from kesher.accounts.services.oidc.provider_values import set_provider_values
from kesher.accounts.services.staff_mail import find_administrators, find_mailbox, language_of, proved_mail, queue_mail
from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.agencies.services import staff_actor
from kesher.core.audit import audit
from kesher.core.errors import Refused

SCOPE = "openid email profile"
AGREED_ON = ("issuer", "client_id", "acr", "asks_second")  # an agreement is for these values
SEVERAL_FACTORS = "mfa"  # RFC 8176


@transaction.atomic
def save_staff_provider(*, client_secret: str, by: Staff, **fields: Any) -> StaffProvider:
    """Create or change the identity provider of the agency's staff; an empty ``client_secret`` leaves the old one.

    Another provider or client knows nobody: whom the one before knew is forgotten. Raise Refused if the secret is
    missing.
    """
    row = StaffProvider.objects.select_for_update(of=("self",)).first() or StaffProvider(scope=SCOPE)
    before = [getattr(row, name) for name in AGREED_ON]
    moved = set_provider_values(row, client_secret, **fields)
    changed = before != [getattr(row, name) for name in AGREED_ON]
    if changed:
        row.changed_by, row.changed_at, row.agreed_by = by, timezone.now(), None
    row.save()
    forgotten = StaffSubject.objects.all().delete()[0] if moved else 0
    audit(
        "accounts.set_up_staff_provider",
        by=staff_actor(by),
        subject=row,
        issuer=row.issuer,
        is_active=row.is_active,
        asks_second=row.asks_second,
        forgotten=forgotten,
    )
    if changed:
        tell_administrators(row, by)
    return row


@transaction.atomic
def agree_to_second_step(as_of: str, *, by: Staff) -> None:
    """Agree, as another administrator, that the provider's second step replaces ours.

    ``as_of`` is the version that the administrator saw. Raise Refused if it changed since, or if they may not agree.
    """
    row = StaffProvider.objects.select_for_update(of=("self",)).select_related("changed_by").get()
    if not row.waits_for_agreement or row.version != as_of:
        raise Refused(_("This was changed meanwhile. Look at it again."))
    if row.changed_by is None or row.changed_by_id == by.pk:
        raise Refused(_("You asked for this yourself. Another administrator has to agree."))
    if not has_right(row.changed_by, "change_staff"):
        raise Refused(_("Who asked for this is no administrator any more. Save the form yourself, and ask another."))
    if is_new_administrator(by) or is_new_administrator(row.changed_by):
        raise Refused(_("One of you has been an administrator for less than a day. Try again tomorrow."))
    if not are_independent(by, row.changed_by):
        raise Refused(_("One of you invited the other or gave them this role. Somebody else has to agree."))
    row.agreed_by = by
    row.save(update_fields=["agreed_by"])
    audit("accounts.agree_to_second_step", by=staff_actor(by), subject=row, asked_by=row.changed_by_id)
    tell_administrators(row, by)


def tell_administrators(row: StaffProvider, by: Staff) -> None:
    """Queue a mail to each other administrator that says that the single sign-on was changed."""
    url = absolute(reverse("accounts:staff_provider_edit"))
    for mail, lang in find_administrators(but=by.pk):
        with translation.override(lang):
            text = _(
                "Hello,\n\n%(by)s changed how staff of %(agency)s sign in (single sign-on, provider %(provider)s). Do "
                "you doubt it? Here you can look at it and switch it off:\n\n%(url)s"
            )
            words = {"by": by.name, "agency": by.agency.name, "provider": row.name, "url": url}
            queue_mail(mail, _("Single sign-on was changed"), text % words, lang=lang)


@transaction.atomic
def find_staff(provider: StaffProvider, claims: dict[str, Any]) -> Staff:
    """Return the member of staff whom these checked claims are about, whether or not they still work here.

    The first time it is whoever proved the mail address that the provider vouches for; then it is the same person at
    the provider, whatever their address becomes. Raise Refused if it is nobody: no account is made here.
    """
    subject = provider.digest(str(claims["sub"]))
    known = StaffSubject.objects.select_related("staff__user").filter(issuer=provider.issuer, subject=subject).first()
    return known.staff if known else bind_staff(provider, subject, claims)


def bind_staff(provider: StaffProvider, subject: str, claims: dict[str, Any]) -> Staff:
    """Store who this person at the provider is here, by their proved mail address, and return them. Raise Refused."""
    found = find_by_mail(claims)
    if found is None:
        raise Refused(
            _(
                "Nobody who works here has confirmed the mail address that your provider names. Sign in with your "
                "password and confirm it under “My mail address”, or ask an administrator for an invitation."
            )
        )
    other = Refused(
        _(
            "Your account here belongs to another account at the provider. Sign in with your password, or ask an "
            "administrator to separate the two."
        )
    )
    if StaffSubject.objects.filter(staff=found, issuer=provider.issuer).exists():
        raise other
    try:
        with transaction.atomic():
            row = StaffSubject.objects.create(
                agency_id=found.agency_id, staff=found, issuer=provider.issuer, subject=subject
            )
    except IntegrityError:
        raise other from None
    audit("accounts.bind_staff", by=staff_actor(found), subject=found, binding=row.pk)
    tell_bound(found, provider)
    return found


def tell_bound(staff: Staff, provider: StaffProvider) -> None:
    """Queue a mail to a member of staff that says that an account at the provider now stands for their password."""
    mail = proved_mail(staff)
    if not mail or find_mailbox() is None:
        return
    with translation.override(lang := language_of(staff)):
        text = _(
            "Hello %(name)s,\n\nfrom now on your account at %(provider)s stands for your password at %(agency)s. If "
            "it was not you who signed in, tell your administrator at once."
        ) % {"name": staff.name, "provider": provider.name, "agency": staff.agency.name}
        queue_mail(mail, _("A new way to sign in"), text, lang=lang)


def find_by_mail(claims: dict[str, Any]) -> Staff | None:
    """Return who works here and proved the mail address of these claims, if the provider says that it checked it.

    Addresses with other than ASCII letters are nobody's: some of them turn into another address in small letters.
    """
    mail, checked = str(claims.get("email") or "").strip(), claims.get("email_verified")
    if not (mail and mail.isascii() and (checked is True or checked == "true")):
        return None
    rows = StaffAddress.objects.select_related("staff__user").filter(
        mail__iexact=mail, proved_at__isnull=False, staff__is_active=True, staff__user__is_active=True
    )
    found = list(rows[:2])
    return found[0].staff if len(found) == 1 else None


def is_second_proved(provider: StaffProvider, claims: dict[str, Any]) -> bool:
    """Return whether the provider's second step replaces ours, and these checked claims say that there was one.

    They say so by ``amr``, or by one of the levels (``acr``) that the agency accepts.
    """
    methods = claims.get("amr")
    said = isinstance(methods, list) and SEVERAL_FACTORS in methods
    reached = str(claims.get("acr") or "") in provider.acr.split()
    return provider.replaces_second and (said or reached)


@transaction.atomic
def unbind_staff(row: StaffSubject, *, by: Staff) -> None:
    """Forget who a colleague is at the provider; the next sign-in finds them by their proved mail address again."""
    audit("accounts.unbind_staff", by=staff_actor(by), subject=row.staff, binding=row.pk)
    row.delete()
