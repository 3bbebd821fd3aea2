"""The editors' pages of what those who ask teach us: words that mean the same, and what was not found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.answers import services
from kesher.answers.desk import PAGE, bad, handle_miss, must, number_of, tabs
from kesher.answers.forms import SynonymForm
from kesher.answers.models import Answer, Miss, Synonym
from kesher.core.errors import Refused
from kesher.language import LANGUAGES


@staff_only("desk")
def synonyms(request: AgencyRequest) -> HttpResponse:
    """Words that mean the same. ``?q=`` is one that found nothing, ``?lang=`` its language."""
    chosen = number_of(request.POST.get("id") or request.GET.get("id", ""))
    row = Synonym.objects.filter(pk=chosen).first() if chosen else None
    form = SynonymForm(request.POST or None, initial=first_terms(request, row))
    if request.method == "POST":
        must(request)
        if request.POST.get("drop") and row:
            services.drop_synonym(row, by=clerk(request))
            return redirect("answers:desk_synonyms")
        if form.is_valid() and kept_synonym(request, row, form):
            handle_miss(request)
            return redirect("answers:desk_synonyms")
    context: dict[str, Any] = {"form": form, "row": row, "rows": Synonym.objects.all()[:500], "tabs": tabs(request)}
    context["may_change"] = has_right(staff_of(request), "moderate")
    return render(request, "answers/desk_synonyms.html", context, status=bad(form))


def first_terms(request: HttpRequest, row: Synonym | None) -> dict[str, str]:
    if row:
        return {lang: ", ".join(terms) for lang, terms in row.words.items()}
    lang = request.GET.get("lang", "he")
    return {lang if lang in LANGUAGES else "he": request.GET.get("q", "")[:200]}


def kept_synonym(request: AgencyRequest, row: Synonym | None, form: SynonymForm) -> bool:
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
    """What people asked and we did not find, the commonest first: make an answer, a synonym, or put it aside."""
    if request.method == "POST":
        must(request)
        row = get_object_or_404(Miss, pk=number_of(request.POST.get("id", "")) or 0)
        services.handle_miss(
            row, by=clerk(request), answer=Answer.objects.filter(slug=request.POST.get("slug", "")).first()
        )
        return redirect("answers:desk_misses")
    rows = Miss.objects.filter(handled=False).order_by("-times", "-last")[:PAGE]
    context = {"rows": rows, "tabs": tabs(request), "may_change": has_right(staff_of(request), "moderate")}
    return render(request, "answers/desk_misses.html", context)
