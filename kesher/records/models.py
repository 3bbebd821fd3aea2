"""Models of record sources, consents to read them, cached readings, the access log, mandates and reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff, in_language
from kesher.contacts.models import Contact, Identity
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.db.ids import token
from kesher.core.models import Attachment
from kesher.core.secrets import SecretField


class RecordSource(AgencyOwned):
    """A system that holds records of people: its kind, its time limits, and what people read about it.

    ``names``, ``purposes`` (why it is read) and ``wordings`` (what people agree to) are {language: text}. ``version``
    counts the wordings: a consent to an older one does not hold. ``level``: how well a person must be known before
    their rows are shown. ``timeout``, ``ttl`` and ``stale_ttl`` are seconds: how long a read may take, how long a
    reading is fresh, and how long it may replace one that does not come.
    """

    code = models.SlugField(max_length=30)
    adapter = models.CharField(max_length=40)
    names = models.JSONField(default=dict)
    purposes = models.JSONField(default=dict)
    wordings = models.JSONField(default=dict)
    version = models.PositiveSmallIntegerField(default=1)
    asks_consent = models.BooleanField(default=True)
    icon = models.CharField(max_length=20, default="list")
    level = models.PositiveSmallIntegerField(default=2)
    timeout = models.FloatField(default=5.0, validators=[MinValueValidator(0.1), MaxValueValidator(30)])
    ttl = models.PositiveIntegerField(default=300)
    stale_ttl = models.PositiveIntegerField(default=86_400)
    is_active = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=100)
    settings = models.JSONField(default=dict)
    secrets = SecretField(default=dict)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "code"], name="record_source_code_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="record_source_level_1_to_3"),
            models.CheckConstraint(condition=Q(timeout__gt=0, timeout__lte=30), name="record_source_timeout"),
        ]

    def __str__(self) -> str:
        """Return the source's code."""
        return self.code

    @property
    def name(self) -> str:
        """Return the source's name in the reader's language, or its code if it has none."""
        return in_language(self.names) or self.code


class SourceHealth(AgencyOwned):
    """How the last reads of a source went: for the desk, and for other processes."""

    source = models.OneToOneField(RecordSource, on_delete=models.PROTECT, related_name="health")
    rest_until = models.DateTimeField(null=True)  # the circuit breaker is open until then
    ok_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)  # of the last failure
    error = models.CharField(max_length=200, blank=True)
    took_ms = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        pass

    def __str__(self) -> str:
        """Return the source's id, and the error's code or "ok"."""
        return f"{self.source_id} {self.code or 'ok'}"


class ReadingConsent(AgencyOwned):
    """A person's consent to read a source for them, or its withdrawal. Appended only; the newest counts."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="reading_consents")
    source = models.ForeignKey(RecordSource, on_delete=models.PROTECT, related_name="consents")
    version = models.PositiveSmallIntegerField()
    granted = models.BooleanField()
    wording = models.TextField(blank=True)
    door = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["contact", "source", "-id"], name="reading_consent_newest")]

    def __str__(self) -> str:
        """Return the source's id, and "yes" or "no"."""
        return f"{self.source_id} {'yes' if self.granted else 'no'}"


class StoredReading(AgencyOwned):
    """A reading in the cache, encrypted.

    ``key`` is a keyed digest of person, source and consent: the row alone does not show whose it is.
    """

    key = models.CharField(max_length=64)
    source = models.ForeignKey(RecordSource, on_delete=models.PROTECT, related_name="readings")
    sealed = models.TextField()
    read_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    keep_until = models.DateTimeField()

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "key"], name="stored_reading_once")]
        indexes = [models.Index(fields=["keep_until"], name="stored_reading_end")]

    def __str__(self) -> str:
        """Return the source's id and when it was read."""
        return f"{self.source_id} {self.read_at:%F %T}"


class Ward(AgencyOwned):
    """A person without an address, for whom another acts by law: a child, or an adult with a guardian.

    ``number`` is their identity number in the agency's systems, encrypted; ``digest`` finds it without revealing it.
    """

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="ward")
    number = SecretField(default=str)
    digest = models.CharField(max_length=64, blank=True)  # "" after erasure

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "digest"], name="ward_number_once", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        """Return the ward's contact id."""
        return str(self.contact_id)


class MandateQuerySet(ScopedQuerySet["Mandate"]):
    """Mandates, with filters by their state."""

    def standing(self, now: datetime) -> Self:
        """Return the mandates in force: accepted, not ended, and not past their last day."""
        return self.filter(accepted_at__isnull=False, ended_at=None, until__gt=now)

    def open(self, now: datetime) -> Self:
        """Return the mandates that are offered or requested, and wait for the other side's consent."""
        return self.filter(accepted_at=None, ended_at=None, until__gt=now)


class Mandate(AgencyOwned):
    """The permission for one person (``taker``) to look at another's (``giver``) records until a day.

    Both agree to it, and either may start or end it. For a ward it is granted by staff from a `WardRequest`, and staff
    may also end it, with a reason. ``scope`` has the codes of the sources. ``level`` is how well the giver was known
    when they agreed; for a ward, how well the taker was known when they asked.
    """

    class Side(models.TextChoices):
        """Who started or ended a mandate."""

        GIVER = "giver", _("whose things they are")
        TAKER = "taker", _("who looks")
        STAFF = "staff", _("the public body")

    key = models.CharField(max_length=24, default=token, unique=True)
    giver = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="mandates_given", null=True)
    taker = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="mandates_taken", null=True)
    begun_by = models.CharField(max_length=5, choices=Side.choices)
    invited = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+", null=True)
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="mandates", null=True)
    scope = models.JSONField(default=list)
    level = models.PositiveSmallIntegerField(default=0)
    until = models.DateTimeField()
    created = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=5, choices=Side.choices, blank=True)
    ended_why = models.CharField(max_length=200, blank=True)

    objects = ScopedManager.from_queryset(MandateQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None)
                | (Q(giver__isnull=False) & Q(taker__isnull=False) & ~Q(giver=F("taker"))),
                name="mandate_has_two_people",
            ),
            models.CheckConstraint(condition=Q(level__lte=3), name="mandate_level"),
            models.CheckConstraint(
                condition=Q(ward=None, invited__isnull=False)
                | Q(ward__isnull=False, invited=None, accepted_at__isnull=False),
                name="mandate_is_agreed_to_or_granted",
            ),
            models.CheckConstraint(
                condition=~Q(ended_by="staff") | (Q(ward__isnull=False) & ~Q(ended_why="")),
                name="mandate_staff_ends_a_wards_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        """Return the mandate's key."""
        return self.key


class WardRequest(AgencyOwned):
    """A request to act for a child or a ward, which a clerk grants or refuses with a reason.

    ``name`` and ``number`` are the ward's, encrypted; the number and the proof are deleted when it is decided.
    ``grown_at``: when a child turns 18.
    """

    class Kind(models.TextChoices):
        """For whom the request is."""

        CHILD = "child", _("A child of mine")
        WARD = "ward", _("A ward, by a court's order")

    class State(models.TextChoices):
        """The state of the request."""

        ASKED = "asked", _("is being checked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("not granted")
        WITHDRAWN = "withdrawn", _("taken back")

    key = models.CharField(max_length=24, default=token, unique=True)
    taker = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="ward_requests")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = SecretField(default=str)
    number = SecretField(default=str)
    digest = models.CharField(max_length=64)
    grown_at = models.DateTimeField(null=True)
    until = models.DateTimeField()
    scope = models.JSONField(default=list)
    level = models.PositiveSmallIntegerField()
    proof = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    created = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=200, blank=True)
    mandate = models.OneToOneField(Mandate, on_delete=models.PROTECT, related_name="request", null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["taker", "digest"], name="ward_request_open_once", condition=Q(state="asked")
            ),
            models.CheckConstraint(condition=Q(level__gte=2, level__lte=3), name="ward_request_level_2_or_3"),
            models.CheckConstraint(
                condition=Q(kind="ward", grown_at=None) | Q(kind="child", until__lte=F("grown_at")),
                name="ward_request_a_child_until_18",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "withdrawn"], mandate=None, staff=None)
                | Q(state="granted", mandate__isnull=False, staff__isnull=False)
                | (Q(state="refused", mandate=None, staff__isnull=False) & ~Q(reason="")),
                name="ward_request_is_decided_by_staff",
            ),
        ]
        indexes = [models.Index(fields=["agency", "id"], name="ward_request_open", condition=Q(state="asked"))]

    def __str__(self) -> str:
        """Return the kind of ward and the request's state."""
        return f"{self.kind} {self.state}"


class Look(AgencyOwned):
    """An entry of the access log: the person, their representative, or a member of staff with a reason saw records."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="looks")
    viewer = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", null=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="looks", null=True)
    reason = models.CharField(max_length=200, blank=True)
    sources = models.JSONField(default=list)
    door = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(viewer__isnull=False, staff=None) | (Q(viewer=None, staff__isnull=False) & ~Q(reason="")),
                name="look_has_one_viewer_and_staff_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["contact", "-id"], name="look_newest")]

    def __str__(self) -> str:
        """Return the contact's id and when somebody looked."""
        return f"{self.contact_id} {self.at:%F %T}"


class Reminder(AgencyOwned):
    """A reminder that a person asked for, sent where they read us.

    ``source`` is the code of the row's source; ``mandate`` the one by which the row was seen, if it is another's.
    """

    class State(models.TextChoices):
        """The state of a reminder."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        UNSENT = "unsent", _("could not be sent")
        CANCELLED = "cancelled", _("cancelled")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="reminders")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="reminders", null=True)
    source = models.CharField(max_length=30, blank=True)
    words = SecretField(default=str)
    lang = models.CharField(max_length=8)
    send_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["send_at"], name="reminder_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        """Return when the reminder is due, and its state."""
        return f"{self.send_at:%F %T} {self.state}"


class Lookup(AgencyOwned):
    """A question in a conversation ("what do I owe?") that the worker answers there when the sources have answered."""

    class State(models.TextChoices):
        """The state of a lookup."""

        NEW = "new"
        TAKEN = "taken"
        DONE = "done"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=20)
    lang = models.CharField(max_length=8)
    level = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=5, choices=State.choices, default=State.NEW)
    created = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["id"], name="lookup_open", condition=Q(state__in=["new", "taken"]))]

    def __str__(self) -> str:
        """Return the contact's id and the state of the question."""
        return f"{self.contact_id} {self.state}"
