"""Serve the document of the API for machines and for people, and store files for its other operations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, too_many_requests
from kesher.core.http.client_ip import allow_from
from kesher.verbs.api_operations import DOCUMENT, UPLOAD, FileForm
from kesher.verbs.api_page import list_groups
from kesher.verbs.openapi import CACHED_SECONDS, find_document

TEN_MINUTES, FILES = 600, 60


@api_view(DOCUMENT)
@cache_control(public=True, max_age=CACHED_SECONDS)
def document(request: AgencyRequest) -> JsonResponse:
    """Return the OpenAPI document of the agency's API."""
    return JsonResponse(find_document(request.agency), json_dumps_params={"ensure_ascii": False})


@require_safe
def page(request: AgencyRequest) -> HttpResponse:
    """Show the operations of the agency's API to people who write programs."""
    groups, chosen = list_groups(request.agency), request.GET.get("group", "")
    found = [group for group in groups if group[0] == chosen]
    return render(request, "verbs/api.html", {"groups": found or groups, "chosen": chosen if found else ""})


@api_view(UPLOAD)
def upload(request: HttpRequest) -> JsonResponse:
    """Store the posted ``file`` and return its key, which only whoever uploaded it knows."""
    if not allow_from(request, "api-upload", FILES, TEN_MINUTES):
        return too_many_requests()
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    file = form.cleaned_data["file"]
    return JsonResponse({"data": {"key": file.key, "name": file.name, "mime": file.mime}}, status=201)
