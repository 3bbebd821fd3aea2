"""Serve the document of the API, for machines and for people."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.cache import cache_control

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api_operations import api_view
from kesher.verbs.api_operations import DOCUMENT
from kesher.verbs.openapi import CACHED_SECONDS, find_document


@api_view(DOCUMENT)
@cache_control(public=True, max_age=CACHED_SECONDS)
def document(request: AgencyRequest) -> JsonResponse:
    """Return the OpenAPI document of the agency's API."""
    return JsonResponse(find_document(request.agency), json_dumps_params={"ensure_ascii": False})
