"""Who signs in this browser: somebody whose code came back here not long ago signs the next petition with one press.

A signed cookie names his identity, for the petitions' pages only and for half a day: long enough for an evening of
petitions, short enough for the library's computer, where "this is not me" ends it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse

from kesher.accounts.cookie import signed_in_identity
from kesher.contacts.addresses import hint
from kesher.contacts.models import Contact, Identity
from kesher.core.finding import is_number
from kesher.core.prepared import Prepared

COOKIE = "kesher_signer"
SALT = "kesher.petitions.signer"
SECONDS = 12 * 3600
PATH = "/petitions/"


@dataclass(frozen=True, slots=True)
class Signer:
    """An identity proved in this browser. ``alone``: nothing was ever merged with this person. ``signed_in``: known by
    the sign-in to their own page, which ends there."""

    identity: Identity
    alone: bool
    signed_in: bool = False

    @property
    def hint(self) -> str:
        """The address as its owner recognises it, and nobody else."""
        return hint(self.identity.scheme, self.identity.address)


def signer_of(request: HttpRequest) -> Signer | None:
    """One query where the browser has the cookie; else whoever is signed in to their own page here."""
    kept = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=SECONDS) or ""
    if not is_number(kept):
        identity = signed_in_identity(request)
        return Signer(identity, alone=False, signed_in=True) if identity else None
    found = next(iter(proved_identity(int(kept))), None)
    if found is None:
        return None
    return Signer(found, alone=found.contact.merged_into_id is None and not found.has_family)  # type: ignore[attr-defined]  # annotated


@Prepared.of(int)
def proved_identity(pk: int) -> QuerySet[Identity]:
    """A proved address of a person who may write to us; ``has_family``: another contact was merged into his."""
    merged = Exists(Contact.objects.filter(merged_into=OuterRef("contact")))
    rows = Identity.objects.select_related("contact").annotate(has_family=merged)
    return rows.filter(pk=pk, assurance__gte=1, contact__status=Contact.Status.ACTIVE)


def remember_signer(response: HttpResponse, identity: Identity) -> None:
    response.set_signed_cookie(
        COOKIE,
        str(identity.pk),
        salt=SALT,
        max_age=SECONDS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def forget_signer(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
