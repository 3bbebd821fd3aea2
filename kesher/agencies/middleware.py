"""Middleware that sets the request's agency (by its host) and its member of staff."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import render
from django.urls import get_resolver
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from kesher.agencies.known_devices import keep_device
from kesher.agencies.models import Agency, Staff
from kesher.agencies.staff_login import AGENCY, has_second_step
from kesher.core.db.agency_scope import current_agency_id, scope
from kesher.core.db.prepared_query import Prepared
from kesher.core.http.client_ip import caused_by, ip_of, network_prefix

Handler = Callable[[HttpRequest], HttpResponse]
WITHOUT_AGENCY = ("/first-setup/", "/language/")  # pages of an installation without an agency


class AgencyRequest(HttpRequest):
    """A request after `agency_scope` and `staff_of_user`."""

    agency: Agency
    staff: Staff | None


@Prepared.of(str)
def nearest_to_host(host: str) -> QuerySet[Agency]:
    """Return the two agencies whose host fits best, from which `agency_of_host` chooses."""
    rank = Case(When(host=host, then=0), When(host="", then=1), default=2)
    return Agency.objects.order_by(rank, "id")[:2]


def agency_of_host(host: str) -> Agency | None:
    """Return the agency with this host, else the one for any host, else the only one, else None.

    One query, since every page starts with it.
    """
    nearest = nearest_to_host(host)
    if not nearest:
        return None
    return nearest[0] if nearest[0].host in (host, "") or len(nearest) == 1 else None


def agency_scope(get_response: Handler) -> Handler:
    """Set `request.agency` by the host, and limit all queries of the request to that agency.

    Answer 404 if no agency has this host, 503 with a page that says so while there is no agency at all, and 400 for a
    URL with a NUL, which PostgreSQL does not accept in comparisons.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Handle the request in the scope of the agency that its host names."""
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
            refuse = get_resolver().resolve_error_handler(400)
            return refuse(request, SuspiciousOperation("a NUL"))  # type: ignore[call-arg]  # handler400 takes both
        agency = agency_of_host(request.get_host().partition(":")[0])
        if agency is None:
            return answer_without_agency(request, get_response)
        request.agency = agency  # type: ignore[attr-defined]
        # Days begin and end in the agency's time zone.
        with scope(agency), timezone.override(agency.timezone), caused_by(network_prefix(ip_of(request))):
            return get_response(request)

    return middleware


def answer_without_agency(request: HttpRequest, get_response: Handler) -> HttpResponse:
    """Answer a request for which there is no agency: 404 for a strange host, the page of the first setup, or 503."""
    if Agency.objects.exists():
        return HttpResponseNotFound("No public body has this address. Run: kesher setup")
    if request.path_info.startswith(WITHOUT_AGENCY):
        return get_response(request)
    with translation.override(translation.get_language_from_request(request)):
        if request.path_info.startswith("/api/"):
            words = "not yet set up"
            response: HttpResponse = JsonResponse({"error": words, "errors": {"__all__": [words]}}, status=503)
        else:
            response = render(request, "agencies/not_set_up.html", status=503)
    response["Retry-After"] = "60"
    add_never_cache_headers(response)
    return response


def staff_of_user(get_response: Handler) -> Handler:
    """Set ``request.staff``, lazily, to the user's Staff row; None for others or without the second step."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Set the lazy attribute ``staff`` of the request, and handle it."""

        def find() -> Staff | None:
            """Return the member of staff who is logged in, or None."""
            if not request.user.is_authenticated or not has_second_step(request):
                return None
            # A session from before sessions named their agency stays open.
            if request.session.get(AGENCY, current_agency_id()) != current_agency_id():
                return None
            return Staff.objects.select_related("user").filter(user=request.user, is_active=True).first()

        request.staff = SimpleLazyObject(find)  # type: ignore[attr-defined]
        response = get_response(request)
        if (user := getattr(request, "signed_in_whole", None)) is not None:
            keep_device(response, user)
        return response

    return middleware
