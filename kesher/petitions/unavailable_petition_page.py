"""Page for a petition that nobody may read now (in review, rejected, unknown), with its state."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kesher.core.db.prepared_query import Prepared
from kesher.petitions import author_messages
from kesher.petitions.models import Petition, PetitionEvent
from kesher.petitions.rules import may_see

EventKind = PetitionEvent.Kind
# After these events the title is not the one that people were shown, or may not be shown.
DOUBTED = (EventKind.CHANGES, EventKind.REJECTED, EventKind.TAKEN_DOWN)


def find_public_petition(code: str) -> Petition | None:
    """Return the petition with this code that the public may read, or None.

    It is published, looks for supporters, or was refused for a reason that may be read.
    """
    return next(iter(query_petition_page(code[:8])), None)


@Prepared.of(str)
def query_petition_page(code: str) -> QuerySet[Petition]:
    """Return a queryset of the petition with this code, with all that its page needs."""
    return Petition.objects.findable().with_page().with_code(code)


def find_petition_in_any_state(code: str) -> Petition | None:
    """Return the petition with this code in any state, or None; callers check who may see it."""
    return Petition.objects.with_page().with_code(code[:8]).first()


def find_known_petition(code: str) -> Petition | None:
    """Return the petition with this code if the public may read it or was given its number, or None."""
    found = find_public_petition(code) or find_petition_in_any_state(code)
    return found if found is not None and (may_see(None, found) or found.is_out_of_sight) else None


def title_or_number(petition: Petition) -> str:
    """Return the petition's title if people may read it or have read it before; else its number."""
    known = petition.is_out_of_sight and not petition.events.filter(verb__in=DOUBTED).exists()
    if known or may_see(None, petition):
        return petition.title
    return _("Petition number %(code)s") % {"code": petition.code}


def unknown(request: HttpRequest) -> HttpResponse:
    """Render the 404 page for a petition that does not exist."""
    return render(request, "petitions/unknown.html", status=404)


def render_unavailable(request: HttpRequest, petition: Petition | None, *, receipt: str = "") -> HttpResponse:
    """Render where a petition without a page now (in review, lapsed) stands, or the 404 page for none."""
    if petition is None or not petition.is_out_of_sight:
        return unknown(request)
    context = {
        "petition": petition,
        "name": title_or_number(petition),
        "text": author_messages.meanwhile(petition),
        "receipt": receipt,
    }
    return render(request, "petitions/reading.html", context)
