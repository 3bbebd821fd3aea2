"""Model of what somebody asked for, and that waits for the code sent to their address."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token


class PendingRequest(AgencyOwned):
    """A verb that somebody asked for with an address that is not proved yet; deleted when it is done, or after a day.

    ``answers`` are raw, as the form gets them. No page, and no link but the one in the code's message, shows whose it
    is: so it is no dialogue session.
    """

    key = models.CharField(max_length=24, default=token, unique=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=dict)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="pending_requests")
    door = models.CharField(max_length=30)
    lang = models.CharField(max_length=2, default="he")
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["created"], name="pending_request_created")]

    def __str__(self) -> str:
        """Return the name of the verb and the code of its subject."""
        return f"{self.verb} {self.subject}"
