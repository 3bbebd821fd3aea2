"""JSON API for a petition's author, who proves it by a secret key: read, change, close."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object
from kesher.core.errors import Refused
from kesher.petitions import services
from kesher.petitions.api import petitions
from kesher.petitions.api.api_operations import CLOSE, NEWS, OWN, WRITE
from kesher.petitions.api.petitions import not_found_response
from kesher.petitions.forms.authors import NewsForm, WriteForm, build_written
from kesher.petitions.models import Petition
from kesher.petitions.presenters import build_count
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.rules import may_close, may_rewrite, may_write_news
from kesher.petitions.views.authors import author_actor, find_petition_by_key

type Door = Callable[[AgencyRequest, str, str], JsonResponse]


def with_key(verb: Callable[Concatenate[AgencyRequest, Petition, ...], JsonResponse]) -> Door:
    """Return a view for a petition that its code and the author's key open; a refusal is answered with 409."""

    @wraps(verb)
    def door(request: AgencyRequest, code: str, key: str) -> JsonResponse:
        """Return what ``verb`` returns for the petition that code and key open; 404 if they open none."""
        petition = find_petition_by_key(code, key)
        if petition is None:
            return not_found_response()
        try:
            return verb(request, petition)
        except Refused as refusal:
            return error_response({"__all__": [refusal.message]}, 409)

    return door


def author_response(petition: Petition, status: int = 200) -> JsonResponse:
    """Return a petition's state, and what its author may do now, as a JSON response."""
    count = build_count(petition)
    missing = max(petition.supporters - count.counts, 0) if petition.is_gathering else 0
    reason = reason_of(petition.reason)
    may = {"write": may_rewrite(petition), "news": may_write_news(petition), "close": may_close(petition)}
    data = {
        "id": int(petition.code),
        "state": petitions.state_of(petition),
        "review_due": iso_timestamp(petition.review_due),
        "supporters_missing": missing,
        "changes_asked": petition.asked or None,
        "rejection": petitions.rejection_of(petition),
        "advice": str(reason.advice) if reason else None,
        "signature_count": count.total,
        "may": [verb for verb, allowed in may.items() if allowed],
    }
    return JsonResponse({"data": data}, status=status)


@never_cache
@api_view(OWN)
@with_key
def read_own_petition(request: AgencyRequest, petition: Petition) -> JsonResponse:
    """Return to its author where a petition stands: the state, and what may be done now, as JSON."""
    return author_response(petition)


@api_view(WRITE)
@with_key
def write(request: AgencyRequest, petition: Petition) -> JsonResponse:
    """Change an author's petition and submit it for review again. In: {title, demand, background?, area?, name?}."""
    form: Any = WriteForm(read_json_object(request), {})
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    services.rewrite_petition(
        petition, build_written(form.cleaned_data, petition.language), by=author_actor(petition, "api")
    )
    return author_response(petition)


@api_view(NEWS)
@with_key
def tell(request: AgencyRequest, petition: Petition) -> JsonResponse:
    """Propose the author's news for the signers: 202, because a moderator reads it first. In: {text}."""
    form = NewsForm(read_json_object(request))
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    text = form.cleaned_data["text"]
    services.propose_update(petition, text, language=petition.language, by=author_actor(petition, "api"))
    return author_response(petition, 202)


@api_view(CLOSE)
@with_key
def close(request: AgencyRequest, petition: Petition) -> JsonResponse:
    """Close the author's petition to further signatures, and return its state as JSON."""
    if petition.author is None:
        raise Refused(_("This petition is not open."))
    services.close_own_petition(petition, petition.author, by=author_actor(petition, "api"))
    return author_response(petition)
