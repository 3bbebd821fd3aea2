"""Erase the keys and sign-ins of a person whose data is erased."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from kesher.accounts.models import Keyring, SignIn
from kesher.core.audit import SYSTEM, audit


@transaction.atomic
def erase_keys(ids: Sequence[int]) -> None:
    """End all sign-ins of these contacts, delete their passkeys and apps, and deactivate their users."""
    rows = SignIn.objects.filter(contact__in=ids)
    rows.filter(ended_at=None).update(ended_at=timezone.now())
    rows.update(device="")
    users = list(Keyring.objects.filter(contact__in=ids).values_list("user", flat=True))
    Authenticator.objects.filter(user__in=users).delete()
    User.objects.filter(pk__in=users).update(is_active=False)
    audit("accounts.erase_keys", by=SYSTEM, people=len(ids))
