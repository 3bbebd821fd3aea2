"""Models of citizens' sign-ins and keys, of national logins, and of what staff need to get and keep an account."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Role, Staff, Team, in_language
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


class IdentityProvider(AgencyOwned):
    """What we know of a provider of OpenID Connect.

    ``secrets``: {"client": the client secret, "salt": the key for digests of the provider's subject ids}.
    """

    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=200)
    secrets = SecretField(default=dict)
    scope = models.CharField(max_length=200, default="openid profile")
    acr = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta(AgencyOwned.Meta):
        abstract = True

    def digest(self, subject: str) -> str:
        """Return the keyed digest under which a person at this provider is stored.

        Some providers identify people by their number in the population register, which must not be readable.
        """
        return hmac.new(str(self.secrets["salt"]).encode(), subject.encode(), sha256).hexdigest()[:40]


class NationalLogin(IdentityProvider):
    """A provider that this agency trusts to identify citizens (assurance 3)."""

    key = models.SlugField(max_length=20)
    names = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta(IdentityProvider.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "key"], name="national_login_key_once")]

    def __str__(self) -> str:
        """Return the login's name in the reader's language, else its key."""
        return in_language(self.names) or self.key


class StaffProvider(IdentityProvider):
    """The agency's own identity provider, by which its staff sign in (single sign-on).

    ``asks_second``: the provider's second step replaces ours, once ``agreed_by`` agreed to what ``changed_by`` set up.
    """

    name = models.CharField(max_length=60)
    asks_second = models.BooleanField(default=False)
    changed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    agreed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ScopedManager()

    class Meta(IdentityProvider.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency"], name="staff_provider_once"),
            models.CheckConstraint(condition=~Q(agreed_by=F("changed_by")), name="staff_provider_by_two"),
        ]

    def __str__(self) -> str:
        """Return the provider's name."""
        return self.name

    @property
    def replaces_second(self) -> bool:
        """Whether the provider's second step replaces ours, as two administrators want."""
        return self.asks_second and self.agreed_by_id is not None

    @property
    def waits_for_agreement(self) -> bool:
        """Whether another administrator has to agree before the provider's second step replaces ours."""
        return self.asks_second and self.agreed_by_id is None

    @property
    def version(self) -> str:
        """What an agreement names, so that nobody agrees to what they did not see."""
        return self.changed_at.isoformat()


class StaffSubject(AgencyOwned):
    """Who a member of staff is at an identity provider: the digest of their subject at this issuer."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    issuer = models.URLField(max_length=300)
    subject = models.CharField(max_length=40)
    bound_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "issuer", "subject"], name="staff_subject_once"),
            models.UniqueConstraint(fields=["staff", "issuer"], name="staff_subject_of_one"),
        ]

    def __str__(self) -> str:
        """Return whose it is, by their id."""
        return f"staff {self.staff_id}"


class StaffMail(AgencyOwned):
    """A mail to a member of staff, which the sending process sends by the agency's mailbox.

    ``content``: {"subject", "text"}, emptied once it was sent or given up, since it may have a link that
    opens something.
    """

    class State(models.TextChoices):
        """What became of it."""

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    recipient = models.EmailField()
    language = models.CharField(max_length=8)
    content = SecretField(default=dict)
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["due_at"], name="staff_mail_due", condition=Q(state="queued"))]

    def __str__(self) -> str:
        """Return its id and its state."""
        return f"{self.pk} {self.state}"


class StaffInvitation(AgencyOwned):
    """An invitation to work at the desk. The invited person's link has a token, the row its digest."""

    name = models.CharField(max_length=120)
    mail = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CLERK)
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    languages = models.JSONField(default=list)
    language = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    sent_mail = models.ForeignKey(StaffMail, on_delete=models.SET_NULL, null=True, related_name="+")  # the newest
    by_mail = models.BooleanField(default=True)  # False: the administrator copied the link, so no address is proved
    invited_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "digest"], name="staff_invitation_token_once"),
            models.UniqueConstraint(
                fields=["agency", "mail"],
                name="staff_invitation_open_once",
                condition=Q(accepted_at=None, withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        """Return who is invited."""
        return self.name


class StaffAddress(AgencyOwned):
    """The mail address of a member of staff: ``set_by`` entered it; it is theirs once ``proved_at`` is set.

    One that was proved stays until its owner proves another, and is nobody else's. Entering one claims nothing.
    """

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="+")
    mail = models.EmailField()
    set_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "mail"], name="staff_address_once", condition=Q(proved_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        """Return whose address it is, by their id."""
        return f"address of {self.staff_id}"


class StaffLink(AgencyOwned):
    """A single-use link for a member of staff; the link has a token, the row its digest.

    ``mail``: the address that it was sent to; "" if an administrator copied it. A link to an address that its owner
    replaced opens nothing.
    """

    class Purpose(models.TextChoices):
        """What it is for."""

        PASSWORD = "password"  # noqa: S105  # a purpose
        ADDRESS = "address"
        RESET = "reset"  # say yes to, or stop, the reset of one's second step

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    digest = models.CharField(max_length=64)
    mail = models.EmailField(blank=True)
    reset = models.ForeignKey("FactorReset", on_delete=models.CASCADE, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "digest"], name="staff_link_token_once")]

    def __str__(self) -> str:
        """Return what it is for."""
        return self.purpose


class FactorReset(AgencyOwned):
    """The wish of an administrator that a colleague's second factors are deleted; somebody else has to agree."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open"
        DONE = "done"
        STOPPED = "stopped"

    person = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    mail = models.ForeignKey(StaffMail, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["person"], name="factor_reset_open_once", condition=Q(state="open")),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="factor_reset_by_two"),
        ]

    def __str__(self) -> str:
        """Return whose second factors, by their id, and the state."""
        return f"{self.person_id} {self.state}"
