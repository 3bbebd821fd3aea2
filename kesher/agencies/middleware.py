"""Which public body is asked, and which member of its staff asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.functional import SimpleLazyObject

from kesher.agencies.models import Agency, Staff
from kesher.core.scope import scope

Handler = Callable[[HttpRequest], HttpResponse]


class AgencyRequest(HttpRequest):
    """A request after `agency_scope` and `staff_of_user`."""

    agency: Agency
    staff: Staff | None


def agency_of_host(host: str) -> Agency | None:
    """The agency that answers to this host; the only one answers to any."""
    named = Agency.objects.filter(host=host).first() if host else None
    if named is not None:
        return named
    several = list(Agency.objects.order_by("id")[:2])
    unnamed = [agency for agency in several if not agency.host]
    return several[0] if len(several) == 1 else unnamed[0] if unnamed else None


def agency_scope(get_response: Handler) -> Handler:
    """Opens the scope of the request's agency; 404 where no agency has this host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        agency = agency_of_host(request.get_host().partition(":")[0])
        if agency is None:
            return HttpResponseNotFound("No public body is set up here. Run: kesher setup")
        request.agency = agency  # type: ignore[attr-defined]
        with scope(agency):
            return get_response(request)

    return middleware


def staff_of_user(get_response: Handler) -> Handler:
    """``request.staff``: the signed-in user's row at this agency, or None."""

    def middleware(request: HttpRequest) -> HttpResponse:
        def find() -> Staff | None:
            if not request.user.is_authenticated:
                return None
            return Staff.objects.select_related("user").filter(user=request.user, is_active=True).first()

        request.staff = SimpleLazyObject(find)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
