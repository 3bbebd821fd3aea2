"""The desk's pages of communities: the list, and one with its texts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.rules import clerk, staff_only
from kesher.communities import services
from kesher.communities.forms import CommunityForm
from kesher.communities.models import Community
from kesher.core.ui.flash_messages import tell_outcome


@require_safe
@staff_only("moderate")
def communities(request: HttpRequest) -> HttpResponse:
    """Show all communities with how many members each has."""
    rows = Community.objects.with_counts().order_by("-members", "id")
    return render(request, "communities/desk_list.html", {"communities": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("moderate")
def add(request: HttpRequest) -> HttpResponse:
    """Show the form of a new community, or open it."""
    return edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("moderate")
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Show the form of a community, or change it."""
    return edit(request, get_object_or_404(Community.objects.select_related("agency"), code=code))


def edit(request: HttpRequest, community: Community | None) -> HttpResponse:
    """Show the form of a community (None: a new one), or save it."""
    staff = clerk(request)
    form = CommunityForm(request.POST or None, languages=staff.agency.spoken, community=community)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("Saved."), form):
            saved = services.save_community(community, staff=staff, **form.values())
            return redirect("communities:desk_edit", code=saved.code)
    context = {"form": form, "community": community}
    return render(request, "communities/desk_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("moderate")
def archive(request: HttpRequest, code: str) -> HttpResponse:
    """Archive a community, or open it again."""
    community = get_object_or_404(Community.objects.select_related("discussion"), code=code)
    with tell_outcome(request, _("Done.")):
        services.set_archived(community, community.archived_at is None, staff=clerk(request))
    return redirect("communities:desk_edit", code=code)
