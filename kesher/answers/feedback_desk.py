"""Staff pages of search synonyms, and of search queries that found no answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.answers import services
from kesher.answers.desk import PAGE_SIZE, desk_tabs, form_status, handle_miss, parse_number, require_moderator
from kesher.answers.forms import SynonymForm
from kesher.answers.models import Answer, Miss, Synonym
from kesher.core.errors import Refused
from kesher.language import LANGUAGES


@staff_only("desk")
def synonyms(request: AgencyRequest) -> HttpResponse:
    """Show the groups of synonyms, and save one; ``?q=`` is a query that found nothing, ``?lang=`` its language."""
    chosen = parse_number(request.POST.get("id") or request.GET.get("id", ""))
    row = Synonym.objects.filter(pk=chosen).first() if chosen else None
    form = SynonymForm(request.POST or None, initial=initial_terms(request, row))
    if request.method == "POST":
        require_moderator(request)
        if request.POST.get("drop") and row:
            services.drop_synonym(row, by=clerk(request))
            return redirect("answers:desk_synonyms")
        if form.is_valid() and save_synonym(request, row, form):
            handle_miss(request)
            return redirect("answers:desk_synonyms")
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "rows": Synonym.objects.all()[:500],
        "tabs": desk_tabs(request),
    }
    context["may_change"] = has_right(staff_of(request), "moderate")
    return render(request, "answers/desk_synonyms.html", context, status=form_status(form))


def initial_terms(request: HttpRequest, row: Synonym | None) -> dict[str, str]:
    """Return the synonym form's initial values: a stored group's words, or the query that found nothing."""
    if row:
        return {lang: ", ".join(terms) for lang, terms in row.words.items()}
    lang = request.GET.get("lang", "he")
    return {lang if lang in LANGUAGES else "he": request.GET.get("q", "")[:200]}


def save_synonym(request: AgencyRequest, row: Synonym | None, form: SynonymForm) -> bool:
    """Create or change a group of synonyms. Return False if it was refused, with the reason in the form."""
    try:
        if row:
            services.change_synonym(row, form.terms(), by=clerk(request))
        else:
            services.add_synonym(form.terms(), by=clerk(request))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("Saved. It is found from now on."))
    return True


@staff_only("desk")
def misses(request: AgencyRequest) -> HttpResponse:
    """Show the queries that found nothing, most frequent first, and take one off the list (POST)."""
    if request.method == "POST":
        require_moderator(request)
        row = get_object_or_404(Miss, pk=parse_number(request.POST.get("id", "")) or 0)
        services.handle_miss(
            row, by=clerk(request), answer=Answer.objects.filter(slug=request.POST.get("slug", "")).first()
        )
        return redirect("answers:desk_misses")
    rows = Miss.objects.filter(handled=False).order_by("-times", "-last")[:PAGE_SIZE]
    context = {"rows": rows, "tabs": desk_tabs(request), "may_change": has_right(staff_of(request), "moderate")}
    return render(request, "answers/desk_misses.html", context)
