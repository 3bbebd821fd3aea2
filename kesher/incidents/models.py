"""Models of incidents: one thing that many people write about, the people and cases of it, and its notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff
from kesher.cases.models import Case
from kesher.contacts.models import Contact
from kesher.conversations.models import Broadcast, Message
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.incidents.event_kinds import TITLES

TITLE_MOST = 120
WORDS_MOST = 200


class IncidentQuerySet(ScopedQuerySet["Incident"]):
    """Incidents, as the desk and the bot read them."""

    def current(self) -> Self:
        """Return the incidents that are not past: suspected and open ones."""
        return self.filter(state__in=[Incident.State.SUSPECTED, Incident.State.OPEN])

    def noticed(self, now: datetime) -> Self:
        """Return the open incidents with a notice that has not ended."""
        return self.filter(state=Incident.State.OPEN, notice_until__gt=now)

    def counted(self) -> Self:
        """Return the incidents with ``people_count``, each person once, ``began`` and ``newest``: when they wrote."""
        belongs = Q(people__state=IncidentPerson.State.IN)
        person = Coalesce("people__contact__merged_into", "people__contact")
        return self.annotate(
            people_count=Count(person, filter=belongs, distinct=True),
            began=Min("people__wrote_at", filter=belongs),
            newest=Max("people__wrote_at", filter=belongs),
        )


class Incident(AgencyOwned):
    """One thing that many people write about. `states.py` has its transitions.

    ``kind``: a key of `event_kinds.TITLES`, which is its name unless a clerk wrote a ``title``; ``words``: the most
    telling of its messages. ``profile``: by what later messages about it are recognised (`clusters.py`). ``notice`` and
    ``closing``: {language: text}; the notice is said until ``notice_until`` to everybody who writes about it,
    ``closing`` once to all of its people when it is over, by ``broadcast``. ``merged_into``: the incident that it
    turned out to be.
    """

    class State(models.TextChoices):
        """The states of an incident: ``suspected`` is a cluster of messages that no clerk has looked at."""

        SUSPECTED = "suspected", _("Suspected")
        OPEN = "open", pgettext_lazy("incident", "Open")
        OVER = "over", pgettext_lazy("incident", "Over")
        DISMISSED = "dismissed", _("No incident")

    kind = models.CharField(max_length=24, blank=True)
    title = models.CharField(max_length=TITLE_MOST, blank=True)
    words = models.CharField(max_length=WORDS_MOST, blank=True)
    place = models.CharField(max_length=TITLE_MOST, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.SUSPECTED)
    profile = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    over_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    over_at = models.DateTimeField(null=True)
    notice = models.JSONField(default=dict)
    notice_until = models.DateTimeField(null=True)
    notice_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    notice_at = models.DateTimeField(null=True)
    closing = models.JSONField(default=dict)
    broadcast = models.OneToOneField(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="absorbed")

    objects = ScopedManager.from_queryset(IncidentQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(title="", kind=""), name="incident_has_title"),
            models.CheckConstraint(condition=~Q(state="open") | Q(opened_at__isnull=False), name="incident_was_opened"),
            models.CheckConstraint(
                condition=Q(state="over", over_at__isnull=False) | (~Q(state="over") & Q(over_at=None)),
                name="incident_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(state="dismissed", dismissed_at__isnull=False)
                | (~Q(state="dismissed") & Q(dismissed_at=None)),
                name="incident_dismissed_at",
            ),
            models.CheckConstraint(
                condition=Q(notice_until=None, notice_at=None)
                | Q(notice_until__isnull=False, notice_at__isnull=False, opened_at__isnull=False),
                name="incident_notice_ends",
            ),
            models.CheckConstraint(condition=Q(broadcast=None) | Q(state="over"), name="incident_message_when_over"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="dismissed"), name="incident_merged_is_dismissed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "-created_at"],
                name="incident_current",
                condition=Q(state__in=["suspected", "open"]),
            ),
            models.Index(fields=["agency", "-created_at", "-id"], name="incident_newest"),
        ]

    def __str__(self) -> str:
        """Return what it is about."""
        return self.name

    @property
    def name(self) -> str:
        """Return what it is about: in a clerk's words, else by its kind in the reader's language."""
        return self.title or str(TITLES.get(self.kind, self.kind))

    @property
    def stream(self) -> str:
        """Return the name of the incident's stream of live events."""
        return f"incident:{self.pk}"

    def is_noticed(self, now: datetime) -> bool:
        """Return whether its notice is said at this time."""
        return self.state == self.State.OPEN and self.notice_until is not None and self.notice_until > now


class IncidentPerson(AgencyOwned):
    """One person of an incident: a contact as it wrote, before any merge, so that undoing a merge changes nothing.

    ``message``: their first message about it, None where they reported on a page or were attached by hand.
    """

    class State(models.TextChoices):
        """Whether they belong to it: by their words, or not, as they (left) or a clerk said."""

        IN = "in", _("Part of it")
        LEFT = "left", _("Said that it is not it")
        REMOVED = "removed", _("Taken out")
        SPLIT = "split", _("In another incident")

    class How(models.TextChoices):
        """Who attached them."""

        AUTOMATIC = "automatic", _("by their words")
        BY_HAND = "by_hand", _("by hand")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    how = models.CharField(max_length=9, choices=How.choices, default=How.AUTOMATIC)
    state = models.CharField(max_length=7, choices=State.choices, default=State.IN)
    wrote_at = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True)  # when the bot last told them the notice

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "incident people"
        constraints = [models.UniqueConstraint(fields=["incident", "contact"], name="incident_person_once")]
        indexes = [models.Index(fields=["incident", "state", "wrote_at"], name="incident_people")]

    def __str__(self) -> str:
        """Return the ids of the incident and the contact, and the state."""
        return f"{self.incident_id} {self.contact_id} {self.state}"


class IncidentCase(AgencyOwned):
    """One case (request or report) of an incident."""

    class State(models.TextChoices):
        """Whether it belongs to it."""

        IN = "in", _("Part of it")
        REMOVED = "removed", _("Taken out")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=9, choices=IncidentPerson.How.choices, default=IncidentPerson.How.AUTOMATIC)
    state = models.CharField(max_length=7, choices=State.choices, default=State.IN)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["incident", "case"], name="incident_case_once")]

    def __str__(self) -> str:
        """Return the ids of the incident and the case, and the state."""
        return f"{self.incident_id} {self.case_id} {self.state}"


Texts = Mapping[str, str]  # {language: text}
