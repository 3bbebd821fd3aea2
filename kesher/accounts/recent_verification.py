"""Find the visitor whose address is proved already: signed in, or by a code in this browser lately.

This is decided here only, for every page on which people commit themselves or withdraw. API operations ask for a code
each time: they have no CSRF token, so a cookie must not commit anybody there.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from kesher.accounts.session_cookie import signed_in_identity
from kesher.contacts.addresses import mask_address, parse_address
from kesher.contacts.models import Contact, Identity
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.db.prepared_query import Prepared


@dataclass(frozen=True, slots=True)
class ProvedPerson:
    """An identity that was proved in this browser.

    ``alone``: no contact was ever merged with this person. ``signed_in``: known by the sign-in to their own page, and
    only as long as it lasts.
    """

    identity: Identity
    alone: bool = False
    signed_in: bool = False

    @property
    def hint(self) -> str:
        """Return the proved address, masked for display."""
        return mask_address(self.identity.scheme, self.identity.address)

    @property
    def address(self) -> Address:
        """Return the proved address."""
        return Address(self.identity.scheme, self.identity.address)

    def has_address(self, typed: str) -> bool:
        """Return whether the typed text is the proved address, in any spelling."""
        try:
            return parse_address(typed) == self.address
        except ValidationError:
            return False


@dataclass(frozen=True, slots=True)
class Memory:
    """A signed cookie that names who proved an address in this browser.

    It is valid below ``path`` only, for ``seconds``.
    """

    cookie: str
    path: str
    seconds: int
    salt: str

    def keep(self, response: HttpResponse, identity: Identity) -> None:
        """Set the cookie that names this identity as proved in this browser."""
        response.set_signed_cookie(
            self.cookie,
            str(identity.pk),
            salt=self.salt,
            max_age=self.seconds,
            path=self.path,
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )

    def drop(self, response: HttpResponse) -> None:
        """Delete the cookie that names the proved identity."""
        response.delete_cookie(self.cookie, path=self.path, samesite="Lax")

    def find(self, request: HttpRequest) -> str:
        """Return the id of the identity that the signed cookie names, as text; "" for none."""
        kept = request.get_signed_cookie(self.cookie, default="", salt=self.salt, max_age=self.seconds)
        return kept if kept and is_number(kept) else ""


def find_proved(request: HttpRequest, memory: Memory | None = None) -> ProvedPerson | None:
    """Return who proved an address in this browser: by the cookie ``memory``, else by a sign-in at level 2; or None."""
    if memory is not None and (key := memory.find(request)):
        found = next(iter(query_proved_identity(int(key))), None)
        if found is None:
            return None
        return ProvedPerson(found, alone=found.contact.merged_into_id is None and not found.has_family)  # type: ignore[attr-defined]  # annotated
    identity = signed_in_identity(request)
    return ProvedPerson(identity, signed_in=True) if identity is not None else None


def choose_proved(
    request: HttpRequest, memory: Memory | None = None, *, field: str = "address", presumed: bool = False
) -> ProvedPerson | None:
    """Return the proved person whom this request is about; None if the form must ask for address and code.

    A page is about them unless another address was asked for (``?another``). A posted form is, if it has the field of
    `accounts/proved.html`, or if the sign-in's address was typed into ``field``. ``presumed``: also without either, for
    forms that never ask a known browser for an address.
    """
    found = find_proved(request, memory)
    if found is None:
        return None
    if typed := request.POST.get(field, "").strip():
        return found if found.signed_in and found.has_address(typed) else None
    if "another" in request.GET:
        return None
    return found if presumed or request.method != "POST" or "known" in request.POST else None


def leave_out_address(form: Form, proved: ProvedPerson | None, field: str = "address") -> None:
    """Remove the address field from a form if the person has proved an address already."""
    if proved is not None:
        form.fields.pop(field, None)
        form.errors.pop(field, None)


@Prepared.of(int)
def query_proved_identity(pk: int) -> QuerySet[Identity]:
    """Return a queryset with the identity of this id, if its owner may still write to us.

    ``has_family``: another contact was merged into theirs.
    """
    merged = Exists(Contact.objects.filter(merged_into=OuterRef("contact")))
    rows = Identity.objects.select_related("contact").annotate(has_family=merged)
    return rows.filter(pk=pk, assurance__gte=1, contact__status=Contact.Status.ACTIVE)
