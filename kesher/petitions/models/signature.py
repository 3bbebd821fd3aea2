"""Read the participations in petitions as signatures."""

from __future__ import annotations

from typing import Self

from kesher.core.scope import ScopedManager, ScopedQuerySet
from kesher.participation.models import Participation
from kesher.petitions.models.petition import Petition


class SignatureQuerySet(ScopedQuerySet["Signature"]):
    def of(self, petition: Petition) -> Self:
        return self.filter(action_id=petition.action_id)

    def counted(self) -> Self:
        return self.filter(state=Participation.State.COUNTED)

    def shown(self) -> Self:
        """Those whose names the public may read: they agreed, they count, and how they are is proved; newest first."""
        return self.counted().filter(show_name=True, level__gte=1).exclude(name="").order_by("-id")


class Signature(Participation):
    """A participation in a petition: the same row, read as what it is here. `services.sign` writes it."""

    objects = ScopedManager.from_queryset(SignatureQuerySet)()  # type: ignore[misc]  # rows of this kind

    class Meta:
        proxy = True
        base_manager_name = "objects"
