"""Models of citizens' sign-ins (sessions), of their passkeys, and of the national logins that are set up."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, in_language
from kesher.contacts.models import Contact, Identity
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.secrets import SecretField


class SignInQuerySet(ScopedQuerySet["SignIn"]):
    """Queries for sign-ins."""

    def open(self) -> Self:
        """Return the sign-ins that were not ended; idle ones are included (see `rules.is_over`)."""
        return self.filter(ended_at=None)


class SignIn(AgencyOwned):
    """A browser in which a person is signed in. The browser stores a token, the row its digest.

    ``level``: what was proved here, on the scale of an identity's assurance; `rules.level_now` says how much of it is
    still valid. ``held``: the number may have a new owner, so nothing of the old one's is shown yet.
    """

    class Way(models.TextChoices):
        """How a person signed in."""

        CODE = "code", _("with a code")
        LINK = "link", _("with a link from a conversation")
        PASSKEY = "passkey", _("with a passkey")
        APP = "app", _("with an authenticator app")
        NATIONAL = "national", _("with the national login")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="sign_ins")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    level = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=10, choices=Way.choices)
    held = models.BooleanField(default=False)
    device = models.CharField(max_length=80, blank=True)
    proved_at = models.DateTimeField()
    started = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(SignInQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "digest"], name="sign_in_token_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="sign_in_level_1_to_3"),
        ]
        indexes = [models.Index(fields=["contact", "-id"], name="sign_in_of", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        """Return the contact's id and the level of proof."""
        return f"{self.contact_id} ({self.level})"


class Keyring(AgencyOwned):
    """The user that owns a person's passkeys and authenticator app; it has no password and no desk."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="keyring")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        pass

    def __str__(self) -> str:
        """Return whose keyring it is, by the contact's id."""
        return f"keyring of {self.contact_id}"


class NationalLogin(AgencyOwned):
    """A provider of OpenID Connect that this agency trusts to identify people (assurance 3).

    ``secrets``: {"client": the client secret, "salt": the key for digests of the provider's subject ids}.
    """

    key = models.SlugField(max_length=20)
    names = models.JSONField(default=dict)
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=200)
    secrets = SecretField(default=dict)
    scope = models.CharField(max_length=200, default="openid profile")
    acr = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "key"], name="national_login_key_once")]

    def __str__(self) -> str:
        """Return the login's name in the reader's language, else its key."""
        return in_language(self.names) or self.key
