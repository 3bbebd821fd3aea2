"""Model of a chat form in progress: the raw answers, the question shown and the keys of its options."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token

CODE_LETTERS = 7
HINT = "_"  # begins names of what an opening sentence said beside answers: likely topics, a second request
PICKED_UP = "picked_up"  # our mark among the answers of a form begun elsewhere: somebody else may have written them


def pickup_code() -> str:
    """Return a random code, short enough to type, by which one unfinished form is continued elsewhere."""
    return token(CODE_LETTERS)


class DialogueSession(AgencyOwned):
    """The state of a dialogue. It belongs to the person, not to the channel.

    ``skill`` "" is a plain menu. ``prompt``: {"options": [{key, title, synonyms}], "shown": {typed key: option key},
    "nonce", "page", "say"}: "2" means what *this* person saw.
    """

    class State(models.TextChoices):
        """Whether the dialogue runs, waits or is over."""

        ACTIVE = "active"
        PARKED = "parked"
        DONE = "done"
        CANCELLED = "cancelled"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="sessions")
    key = models.CharField(max_length=24, default=token, unique=True)
    code = models.CharField(max_length=10, default=pickup_code)
    skill = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    step = models.CharField(max_length=60, blank=True)
    answers = models.JSONField(default=dict)
    prompt = models.JSONField(default=dict)
    misses = models.PositiveSmallIntegerField(default=0)
    door = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    @property
    def given(self) -> dict[str, Any]:
        """Return the answers without our own mark and hints, as they are counted and shown."""
        return {name: value for name, value in self.answers.items() if name != PICKED_UP and name[:1] != HINT}

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["contact"], name="session_active_once", condition=Q(state="active")),
            models.UniqueConstraint(fields=["agency", "code"], name="session_code_once"),
        ]
        indexes = [models.Index(fields=["contact", "state", "-id"], name="session_newest")]

    def __str__(self) -> str:
        """Return the skill ("menu" for none) and the step that was asked."""
        return f"{self.skill or 'menu'} {self.step}"
