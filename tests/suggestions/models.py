"""Suggestions of residents, and the body's answers."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token


class Suggestion(AgencyOwned):
    """What one resident suggests."""

    code = models.CharField(max_length=24, default=token, unique=True)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    answer = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    def __str__(self) -> str:
        return self.text[:60]
