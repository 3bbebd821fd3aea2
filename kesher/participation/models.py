"""Models shared by petitions, contests and purchases: actions, participations and exact tallies."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned, Staff
from kesher.contacts.models import Contact, Identity
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token
from kesher.core.http.arrival_time import arrived_at

# A row that a standing mass voiding holds: its person is not counted anew.
BARRED = Q(state="void", voiding__isnull=False)
# Rows that occupy a person's place in an action: at most one for each address.
HELD = Q(state__in=["pending", "counted"]) | BARRED


class Action(AgencyOwned):
    """Something to take part in, with a short code that can be typed on any phone."""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=8)
    secret = models.CharField(max_length=40, default=token)
    is_open = models.BooleanField(default=False)
    is_cut = models.BooleanField(default=False)  # the choices were deleted from the rows; only the tallies have them
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="action_code_once")]

    def __str__(self) -> str:
        """Return the action's short code."""
        return self.code

    @property
    def stream(self) -> str:
        """Return the name of the stream of live events about this action."""
        return f"action:{self.pk}"


class Participation(AgencyOwned):
    """One person's participation in one action.

    Rows are appended. When the state of a row changes, deltas are written, never a counter.

    ``level`` is how well the person was known: 0 claimed, 1 an address of theirs answered, 2 a one-time code, 3 a
    national login. Pending rows and rows of level 0 are in no public count.
    """

    class State(models.TextChoices):
        """The state of a participation; only a counted row is in the tallies."""

        PENDING = "pending"
        COUNTED = "counted"
        WITHDRAWN = "withdrawn"
        VOID = "void"
        SUPERSEDED = "superseded"
        EXPIRED = "expired"

    # No separate indexes on action and contact: those below begin with them, and each index slows every signature.
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="participations", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="participations", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="participations")
    person_key = models.BinaryField(max_length=32)
    receipt = models.CharField(max_length=12)
    level = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=30)
    area = models.CharField(max_length=40, blank=True)
    value = models.TextField(blank=True)  # what was chosen: keys separated by blanks, each counted
    name = models.CharField(max_length=120, blank=True)
    show_name = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices)
    created = models.DateTimeField(auto_now_add=True)
    confirmed = models.DateTimeField(null=True)
    # The network of the request: an HMAC of its prefix under the action's key, emptied after NET_DAYS.
    net = models.CharField(max_length=16, blank=True)
    # After a merge of two people with a row each: the row that stayed, and the level that it had by itself.
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    own_level = models.PositiveSmallIntegerField(null=True)
    voiding = models.ForeignKey("Voiding", on_delete=models.PROTECT, null=True, related_name="rows", db_index=False)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["action", "person_key"],
                name="participation_person_once",
                condition=HELD,
            ),
            models.UniqueConstraint(
                fields=["action", "contact"],
                name="participation_contact_once",
                condition=Q(state="counted") | BARRED,
            ),
            models.UniqueConstraint(fields=["action", "receipt"], name="participation_receipt_once"),
        ]
        indexes = [
            models.Index(fields=["contact", "-id"], name="participation_mine"),
            models.Index(fields=["action", "-id"], name="participation_newest"),
            # The newest signers who show their names, on the page of a petition with millions of rows.
            models.Index(
                fields=["action", "-id"],
                name="participation_named",
                condition=Q(state="counted", show_name=True),
            ),
            models.Index(fields=["created"], name="participation_pending", condition=Q(state="pending")),
            models.Index(fields=["voiding"], name="participation_voided", condition=Q(voiding__isnull=False)),
            models.Index(fields=["created"], name="participation_net", condition=~Q(net="")),
        ]

    def __str__(self) -> str:
        """Return the action's id, and the participation's receipt and state."""
        return f"{self.action_id} {self.receipt} {self.state}"


class KeptKey(AgencyOwned):
    """A mark on the row of an erased person while one can still take part in the action.

    The row's `person_key` stays until the action is over, so that the same address is not counted twice, and is then
    deleted.
    """

    row = models.OneToOneField(Participation, on_delete=models.CASCADE, related_name="kept_key")

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return the id of the participation."""
        return f"{self.row_id}"


class CodeDue(AgencyOwned):
    """A code, or a confirmation (``counted``), that is still to be sent to the owner of a row.

    The page writes it, and the worker sends it, so that many signers need not wait for messages to be written.
    """

    row = models.OneToOneField(Participation, on_delete=models.CASCADE, related_name="code_due")
    lang = models.CharField(max_length=8)
    updates = models.BooleanField(default=False)
    counted = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=arrived_at)

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return the id of the participation."""
        return f"{self.row_id}"


class CountDelta(AgencyOwned):
    """One change of the count, written in the transaction that changed a row; the worker adds it to the tallies.

    Its columns are the breakdowns. ``fresh``: somebody took part just now (a change of level or a void is not fresh).
    ``confirms``: the row that was counted at once and whose owner gets a confirmation in ``lang``; this costs no
    further query.
    """

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=30)
    area = models.CharField(max_length=40, blank=True)
    value = models.TextField(blank=True)
    source = models.CharField(max_length=80, blank=True)  # "tel:+97255555", "mail:example.org"; for bursts
    net = models.CharField(max_length=16, blank=True)
    fresh = models.BooleanField(default=False)
    n = models.SmallIntegerField()
    confirms = models.ForeignKey(Participation, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    lang = models.CharField(max_length=8, blank=True)

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return the action's id, the channel and the change with its sign."""
        return f"{self.action_id} {self.channel} {self.n:+d}"


class Tally(AgencyOwned):
    """The sum of the deltas so far, by one key of one breakdown: what public pages read.

    An unknown area is a row too, so breakdowns add up. ``dimension``: total, level, channel, area, value; and those of
    `tallies.CROSSES`, whose keys look like "2|sms".
    """

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="tallies", db_index=False)
    dimension = models.CharField(max_length=16)
    key = models.CharField(max_length=60, blank=True)
    n = models.IntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["action", "dimension", "key"], name="tally_key_once")]

    def __str__(self) -> str:
        """Return the action's id, the dimension and the count."""
        return f"{self.action_id} {self.dimension} {self.n}"


class Pulse(AgencyOwned):
    """The new participations of an action in one hour, by one dimension: minute, area, channel, source or network.

    ``counts`` is {key: n}. Of sources and networks only the most frequent are kept (see `burst_detection.py`), each too
    low by at most ``dropped``. Trends, charts and burst detection read pulses, never the rows.
    """

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="pulses", db_index=False)
    start = models.DateTimeField()
    dimension = models.CharField(max_length=8)  # minute, area, channel, source, net
    counts = models.JSONField(default=dict)
    dropped = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["action", "start", "dimension"], name="pulse_hour_once")]
        indexes = [models.Index(fields=["start"], name="pulse_hours")]

    def __str__(self) -> str:
        """Return the action's id, the hour and the dimension."""
        return f"{self.action_id} {self.start:%Y-%m-%d %H} {self.dimension}"


class Alert(AgencyOwned):
    """An area, a source or a network that grew out of proportion, for staff to look at."""

    class State(models.TextChoices):
        """The state of an alert: open, dismissed as harmless, or acted upon."""

        OPEN = "open"
        DISMISSED = "dismissed"
        ACTED = "acted"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    dimension = models.CharField(max_length=8)  # area, source, net
    key = models.CharField(max_length=80)
    start = models.DateTimeField()  # the hour
    seen = models.PositiveIntegerField()
    expected = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["action", "dimension", "key", "start"], name="alert_once_an_hour")
        ]
        indexes = [models.Index(fields=["agency", "state", "-id"], name="alert_open")]

    def __str__(self) -> str:
        """Return the action's id, the dimension, the key and the count that was seen."""
        return f"{self.action_id} {self.dimension} {self.key} {self.seen}"


class Voiding(AgencyOwned):
    """Many rows voided by one condition, with a reason; done in the background and reversible as a whole."""

    class State(models.TextChoices):
        """The state of a voiding: running, done, being reversed or reversed."""

        RUNNING = "running"
        DONE = "done"
        REVERSING = "reversing"
        REVERSED = "reversed"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="voidings")
    condition = models.JSONField(default=dict)  # see `services.void.Condition`
    reason = models.CharField(max_length=200)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    found = models.PositiveIntegerField(default=0)  # how many matched when it began
    last = models.BigIntegerField(default=0)  # the id of the last row that was done
    done = models.PositiveIntegerField(default=0)
    back = models.PositiveIntegerField(default=0)  # how many count again after a reversal
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [
            models.Index(fields=["state"], name="voiding_at_work", condition=Q(state__in=["running", "reversing"]))
        ]

    def __str__(self) -> str:
        """Return the action's id, the state, and how many of the rows are done."""
        return f"{self.action_id} {self.state} {self.done}/{self.found}"
