"""Manager's pages of case topics: names, responsible team and standard times."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Team
from kesher.agencies.rules import clerk, staff_only
from kesher.cases import services
from kesher.cases.models import Topic
from kesher.cases.topic_forms import EditTopicForm
from kesher.core.ui.flash_messages import tell_outcome


@require_safe
@staff_only("change_settings")
def topics(request: AgencyRequest) -> HttpResponse:
    """Render the list of the agency's topics for cases, those in use first."""
    rows = Topic.objects.select_related("team", "agency").order_by("-is_active", "order", "id")
    return render(request, "cases/topics.html", {"topics": rows, "has_teams": Team.objects.exists()})


@staff_only("change_settings")
def add_topic(request: AgencyRequest) -> HttpResponse:
    """Show or save the form for a new topic."""
    return edit_topic(request, None)


@staff_only("change_settings")
def change_topic(request: AgencyRequest, code: str) -> HttpResponse:
    """Show or save the form for the topic with this code."""
    return edit_topic(request, get_object_or_404(Topic, code=code))


def edit_topic(request: AgencyRequest, topic: Topic | None) -> HttpResponse:
    """Show or save a topic's form; for a stored topic, show when a case opened now would be due."""
    form = EditTopicForm(request.POST or None, topic=topic, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        services.save_topic(topic, staff=clerk(request), **form.values())
        messages.success(request, _("Saved."))
        return redirect("cases:topics")
    due = services.due_times(request.agency, topic, timezone.now()) if topic else None
    context = {"form": form, "topic": topic, "due": due}
    return render(request, "cases/topic_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_settings")
def delete_topic(request: AgencyRequest, code: str) -> HttpResponse:
    """Delete a topic and redirect to the list; refused if a case uses it."""
    with tell_outcome(request, _("Removed.")):
        services.remove_topic(get_object_or_404(Topic, code=code), staff=clerk(request))
    return redirect("cases:topics")
