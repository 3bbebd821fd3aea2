"""Models of people as one agency knows them: contacts, addresses, consents, merges, codes and erasures."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kesher.agencies.models import AgencyOwned
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.db.ids import token
from kesher.core.http.arrival_time import arrived_at


class ContactQuerySet(ScopedQuerySet["Contact"]):
    """Queries for contacts."""

    def people(self) -> Self:
        """Return one contact for each person: those that were not merged into another."""
        return self.filter(merged_into__isnull=True)


class Contact(AgencyOwned):
    """A person; they may have no name and no phone number.

    A merge never deletes a contact: it sets ``merged_into``.
    """

    class Status(models.TextChoices):
        """Whether a contact is active, blocked or erased."""

        ACTIVE = "active"
        BLOCKED = "blocked"
        ERASED = "erased"

    key = models.CharField(max_length=24, default=token, unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="absorbed", db_index=False
    )
    noticed_at = models.DateTimeField(null=True)  # when the privacy notice was given
    prefs = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(ContactQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=models.F("id")), name="contact_not_merged_into_self"),
        ]
        indexes = [
            models.Index(fields=["agency", "name"], name="contact_name"),
            # Partial, since few contacts are merged: SQLite would not use a full index with so many equal NULLs.
            models.Index(fields=["merged_into"], name="contact_absorbed", condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        """Return the person's name, else the contact's key."""
        return self.name or self.key

    @property
    def shown_name(self) -> str:
        """Return the contact's name, or a text for an unnamed person."""
        return self.name or _("Unnamed person")

    def root(self) -> Contact:
        """Return the contact into which this one was merged in the end, or itself."""
        contact = self
        while contact.merged_into_id is not None:
            assert contact.merged_into is not None
            contact = contact.merged_into
        return contact

    def family_ids(self) -> list[int]:
        """Return the ids of all contacts that are this person: the root and all that were merged into it."""
        root = self.root()
        ids = [root.pk]
        if "absorbed" in getattr(root, "_prefetched_objects_cache", {}) and not root.absorbed.all():
            return ids
        fresh = ids
        while fresh := list(Contact.objects.filter(merged_into__in=fresh).values_list("pk", flat=True)):
            ids = [*ids, *fresh]
        return ids


class Identity(AgencyOwned):
    """An address of a person, and how well it is known that it is theirs.

    ``assurance``: 0 claimed, 1 the channel vouches, 2 a one-time code came back, 3 a national login.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="identities")
    scheme = models.CharField(max_length=16)
    address = models.CharField(max_length=254)
    display = models.CharField(max_length=120, blank=True)
    assurance = models.PositiveSmallIntegerField(default=0)
    verified_at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["agency", "scheme", "address"], name="identity_address_once"),
            models.CheckConstraint(condition=Q(assurance__lte=3), name="identity_assurance_0_to_3"),
        ]

    def __str__(self) -> str:
        """Return the scheme and the address: "tel:+972501234567"."""
        return f"{self.scheme}:{self.address}"


class Consent(AgencyOwned):
    """What an identity agreed to or refused for one purpose.

    Rows are appended, and the newest is valid. ``granted`` None: a refusal was taken back, and nothing was agreed to.
    """

    class Purpose(models.TextChoices):
        """The purpose of a message."""

        SERVICE = "service"  # answers about the person's own open case
        INFORMATION = "information"  # updates about what the person joined
        PROMOTION = "promotion"
        OPINION = "opinion"  # messages meant to influence views (Communications Law s.30A)

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    granted = models.BooleanField(null=True)
    source = models.CharField(max_length=40)
    wording = models.CharField(max_length=300, blank=True)
    # The contact that said it, where it was written for all addresses of merged contacts.
    said_by = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["identity", "purpose", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        """Return the purpose, and "yes", "no" or "open"."""
        return f"{self.purpose} {'open' if self.granted is None else 'yes' if self.granted else 'no'}"


class Merge(AgencyOwned):
    """A merge of two contacts of one person: suggested, done, refused or undone.

    No row moves. Undoing clears the pointer; what came since goes to the contact whose address it came from (see
    `MergeEvent`).
    """

    class State(models.TextChoices):
        """The state of a merge."""

        SUGGESTED = "suggested"
        DONE = "done"
        REFUSED = "refused"
        UNDONE = "undone"

    kept = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="merges_kept")
    absorbed = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="merges_absorbed")
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=40)
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["kept", "absorbed"], name="merge_open_once", condition=Q(state__in=["suggested", "done"])
            ),
            models.UniqueConstraint(fields=["absorbed"], name="merge_absorbed_once", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        """Return the ids of the absorbed and the kept contact, and the merge's state."""
        return f"{self.absorbed_id} → {self.kept_id} ({self.state})"


class MergeEvent(AgencyOwned):
    """An event while a person was several contacts, in order; undoing a merge is computed from these.

    ``contact``: whose address it came from or went to; the contact that was shown where it was neither. ``data`` holds
    keys, states and times, and no text but a name. The rows are deleted when their contact is merged with no other any
    more, or is erased.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["contact", "id"], name="merge_event_contact")]

    def __str__(self) -> str:
        """Return the contact's id and the kind of event."""
        return f"{self.contact_id} {self.kind}"


class Proof(AgencyOwned):
    """A one-time code that was sent to an address; a person who types it back, from where they asked, has both."""

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="proofs")
    asked_by = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="proofs", null=True)
    purpose = models.CharField(max_length=20)
    subject = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64)
    network = models.CharField(max_length=16, blank=True)  # a digest of who asked for it; cleared with ``wish``
    tries = models.PositiveSmallIntegerField(default=0)
    tries_elsewhere = models.PositiveSmallIntegerField(default=0)  # from other networks than the one that asked
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(default=arrived_at)  # when the request for it reached us; deadlines use it
    wish = models.CharField(max_length=64, blank=True)  # a digest of the request; cleared when the code is used

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [
            models.Index(fields=["identity", "purpose", "-id"], name="proof_newest"),
            models.Index(fields=["purpose", "subject", "expires"], name="proof_open", condition=Q(used_at=None)),
        ]

    def __str__(self) -> str:
        """Return the code's purpose and the id of the address that it proves."""
        return f"{self.purpose} {self.identity_id}"


class UnprovedAddress(AgencyOwned):
    """An address to which a request caused messages, and whose owner has not proved it yet.

    ``network``: a digest of who asked, good only for comparing; "" where only the agency's limit applies. ``mailbox``:
    a digest of where it arrives, the same for all spellings. ``costs``: whether a message to it costs money.
    `services.unverified_addresses` counts these rows and deletes them after two days.
    """

    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="unproved")
    network = models.CharField(max_length=16, blank=True)
    mailbox = models.CharField(max_length=16, blank=True)
    costs = models.BooleanField(default=True)
    messages = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "unproved addresses"
        indexes = [
            models.Index(fields=["agency", "last_at"], name="unproved_agency", condition=Q(proved_at=None)),
            models.Index(fields=["network", "last_at"], name="unproved_network", condition=Q(proved_at=None)),
            models.Index(fields=["mailbox", "last_at"], name="unproved_mailbox", condition=Q(proved_at=None)),
            models.Index(fields=["network", "proved_at"], name="proved_network", condition=Q(proved_at__isnull=False)),
            models.Index(fields=["last_at"], name="unproved_old"),
        ]

    def __str__(self) -> str:
        """Return the id of the address and how many messages went there."""
        return f"{self.identity_id} {self.messages}"


class Erasure(AgencyOwned):
    """A person's request to be erased.

    It is done after a time in which they may change their mind, or decided by staff where something of theirs is still
    open.
    """

    class State(models.TextChoices):
        """The state of a request to be erased."""

        ASKED = "asked", _lazy("Asked")
        REVIEW = "review", _lazy("Somebody looks at it")
        CANCELLED = "cancelled", _lazy("Taken back")
        DONE = "done", _lazy("Done")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="erasures")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    reasons = models.JSONField(default=list)  # why it waits for a decision by staff
    note = models.CharField(max_length=300, blank=True)  # what staff wrote to the person
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], name="erasure_open_once", condition=Q(state__in=["asked", "review"])
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="erasure_due", condition=Q(state="asked")),
            models.Index(fields=["agency", "id"], name="erasure_review", condition=Q(state="review")),
        ]

    def __str__(self) -> str:
        """Return the contact's id and the state of the erasure."""
        return f"{self.contact_id} {self.state}"


class AddressRequest(AgencyOwned):
    """Something that was asked for an address which may be unknown here, and which the worker does a moment later.

    The page stores the same row for each address, so that its time does not tell whose it is. ``kind``: see
    `services/address_requests.py`. ``network``: the digest by which the requester is counted.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    scheme = models.CharField(max_length=12)
    address = models.CharField(max_length=254)
    door = models.CharField(max_length=30)
    lang = models.CharField(max_length=8)
    network = models.CharField(max_length=16, blank=True)
    asked_at = models.DateTimeField(default=arrived_at)

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return what is asked for, and about what."""
        return f"{self.kind} {self.subject}"
