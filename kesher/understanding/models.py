"""Messages that were not understood, or wrongly, what staff say that they meant, and how often what was done."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import ScopedManager


class Heard(AgencyOwned):
    """A message for review: its masked text, what was done about it, and what it meant.

    Once a member of staff said what it meant, it is an example from which the agency's model learns.
    """

    class State(models.TextChoices):
        """Where it stands in the review."""

        OPEN = "open", _("To review")
        EXAMPLE = "example", _("Example")
        DISMISSED = "dismissed", _("No example")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+")
    text = models.CharField(max_length=300)
    lang = models.CharField(max_length=2)
    channel = models.CharField(max_length=20)
    action = models.CharField(max_length=12)
    guess = models.CharField(max_length=120, blank=True)  # the verb or answer that was the most probable
    probability = models.FloatField(default=0)
    wrong = models.BooleanField(default=False)  # the person said that it did not help
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    meant = models.CharField(max_length=120, blank=True)
    reviewed_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="example") | ~models.Q(meant=""), name="heard_example_means_something"
            ),
        ]
        indexes = [models.Index(fields=["agency", "state", "-created"], name="heard_to_review")]

    def __str__(self) -> str:
        """Return the masked message."""
        return self.text


class ActionCount(AgencyOwned):
    """How many messages of a day, a language and a channel led to an action; nobody's, and without words."""

    day = models.DateField()
    lang = models.CharField(max_length=2)
    channel = models.CharField(max_length=20)
    action = models.CharField(max_length=12)
    times = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "day", "lang", "channel", "action"], name="action_counted_once"),
        ]

    def __str__(self) -> str:
        """Return the day, the action and the count."""
        return f"{self.day} {self.action} {self.times}"
