"""Proxy model `Signature`: the participations that are signatures under petitions."""

from __future__ import annotations

from typing import Self

from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.participation.models import Participation
from kesher.petitions.models.petition import Petition


class SignatureQuerySet(ScopedQuerySet["Signature"]):
    """Reads of signatures."""

    def of(self, petition: Petition) -> Self:
        """Return the signatures of this petition."""
        return self.filter(action_id=petition.action_id)

    def counted(self) -> Self:
        """Return the signatures that count (not pending, withdrawn or void)."""
        return self.filter(state=Participation.State.COUNTED)

    def shown(self) -> Self:
        """Return the counted, proved signatures whose names may be shown, newest first."""
        return self.counted().filter(show_name=True, level__gte=1).exclude(name="").order_by("-id")


class Signature(Participation):
    """A participation in a petition: the same row, written by `services.sign_petition`."""

    objects = ScopedManager.from_queryset(SignatureQuerySet)()  # type: ignore[misc]  # rows of this kind

    class Meta:
        proxy = True
        base_manager_name = "objects"
