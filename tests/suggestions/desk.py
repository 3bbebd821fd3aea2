"""The staff's page of suggestions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from kesher.agencies.rules import clerk, staff_only
from kesher.core.ui.flash_messages import tell_outcome
from tests.suggestions import services
from tests.suggestions.forms import AnswerForm
from tests.suggestions.models import Suggestion


@require_http_methods(["GET", "POST"])
@staff_only("reply")
def suggestions(request: HttpRequest) -> HttpResponse:
    """Show the suggestions, and answer the one of the posted form."""
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        row = get_object_or_404(Suggestion, code=request.POST.get("code"))
        with tell_outcome(request, form=form):
            services.answer_suggestion(row, form.cleaned_data["answer"], staff=clerk(request))
            return redirect("suggestions:desk")
    rows = Suggestion.objects.order_by("-id")[:50]
    return render(request, "suggestions/desk.html", {"rows": rows, "form": form})
