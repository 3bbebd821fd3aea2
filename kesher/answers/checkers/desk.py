"""Staff pages of eligibility checkers: edit questions and rules, see what is wrong, preview, publish."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.answers import services
from kesher.answers.checker_rules import Part, list_parts, pick_text
from kesher.answers.checkers.forms import (
    AboutForm,
    ConditionsForm,
    OutcomeForm,
    QuestionForm,
    RuleForm,
    WordsForm,
    describe_condition,
    initial_conditions,
    initial_question,
    initial_texts,
)
from kesher.answers.checkers.views import build_check_context
from kesher.answers.desk import BADGES, desk_tabs, parse_number
from kesher.answers.models import Answer, Checker, State
from kesher.answers.rules import may_edit, may_transition, offered_transitions
from kesher.answers.services.checkers import list_problems
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome

TITLES: Final = {
    "questions": gettext_lazy("Question"),
    "rules": gettext_lazy("Rule"),
    "outcomes": gettext_lazy("Outcome"),
}


@staff_only("desk")
@require_safe
def checks(request: AgencyRequest) -> HttpResponse:
    """Show the desk's list of all checkers (questionnaires with an outcome) with their states."""
    rows = [{"checker": row, "badge": BADGES[State(row.state)]} for row in Checker.objects.select_related("topic")]
    return render(request, "answers/desk_checks.html", {"rows": rows, "tabs": desk_tabs(request)})


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AgencyRequest) -> HttpResponse:
    """Show the form of a new checker's title, and create the checker as a draft."""
    form = AboutForm(request.POST or None, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = services.create_checker(
                data["slug"], form.texts(), by=clerk(request), topic=data["topic"], answers=data["answers"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Kept as a draft."))
            return redirect("answers:desk_check", made.slug)
    return render(
        request,
        "answers/desk_check.html",
        {"form": form, "tabs": desk_tabs(request)},
        status=422 if form.errors else 200,
    )


def get_checker(slug: str) -> Checker:
    """Return the checker with this slug, or raise Http404."""
    return get_object_or_404(Checker.objects.select_related("topic", "agency"), slug=slug)


def get_editable_checker(request: AgencyRequest, slug: str) -> Checker:
    """Return the checker with this slug if this member of staff may edit it. Raise Http404 or PermissionDenied."""
    found = get_checker(slug)
    if not may_edit(clerk(request), found):
        raise PermissionDenied
    return found


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show a checker's editing page (title, parts in order, problems), and save its title and related answers."""
    found = get_checker(slug) if request.method != "POST" else get_editable_checker(request, slug)
    first = {**initial_texts(found.texts), "topic": found.topic, "answers": found.answers.all()}
    form = AboutForm(request.POST or None, languages=request.agency.spoken, known=found, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.change_checker(
                found, form.texts(), by=clerk(request), topic=data["topic"], answers=data["answers"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("answers:desk_check", slug)
    context = {
        "checker": found,
        "form": form,
        "tabs": desk_tabs(request),
        "badge": BADGES[State(found.state)],
        "transitions": offered_transitions(clerk(request), found),
        "may_edit": may_edit(clerk(request), found),
        "wrong": list_problems(found),
        "shelves": list_part_tables(found),
        "versions": found.revisions.select_related("by")[:20],
    }
    return render(request, "answers/desk_check.html", context, status=422 if form.errors else 200)


def list_part_tables(checker: Checker) -> list[dict[str, Any]]:
    """Return the tables of the editing page: the checker's questions, rules and outcomes as rows."""
    plural = {"questions": _("Questions"), "rules": _("Rules: the first that holds decides"), "outcomes": _("Outcomes")}
    found = []
    for what, title in plural.items():
        rows = [
            {"at": at, **describe_part(checker, what, part)} for at, part in enumerate(list_parts(checker.script, what))
        ]
        found.append({"what": what, "title": title, "rows": rows, "add": TITLES[what]})
    return found


def describe_part(checker: Checker, what: str, part: Part) -> dict[str, str]:
    """Return a question, rule or outcome as a row of the editing page: its key, its text, its conditions."""
    when = ", ".join(describe_condition(condition, checker.script) for condition in part.get("when", ()))
    if what == "rules":
        return {"key": part["outcome"], "words": "", "when": when or _("whatever is left")}
    name = "ask" if what == "questions" else "title"
    return {"key": part["key"], "words": pick_text(part["texts"], name, ""), "when": when}


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: AgencyRequest, slug: str, what: str, at: str) -> HttpResponse:
    """Show the form of a question, a rule or an outcome, and save it; ``at`` is its place in the list, or "new"."""
    found = get_editable_checker(request, slug)
    rows = list_parts(found.script, what) if what in TITLES else []
    place = None if at == "new" else parse_number(at)
    if what not in TITLES or (at != "new" and (place is None or place >= len(rows))):
        raise Http404
    form = build_part_form(request, found, what, place)
    if request.method == "POST" and form.is_valid():
        assert isinstance(form, QuestionForm | RuleForm | OutcomeForm)
        try:
            services.set_part(found, what, place, form.part(), by=clerk(request))
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("answers:desk_check", slug)
    context = {
        "checker": found, "form": form, "what": what, "at": at, "title": TITLES[what], "tabs": desk_tabs(request),
        "has_conditions": isinstance(form, ConditionsForm), "has_choices": isinstance(form, QuestionForm),
    }  # fmt: skip
    return render(request, "answers/desk_check_part.html", context, status=422 if form.errors else 200)


def build_part_form(request: AgencyRequest, checker: Checker, what: str, at: int | None) -> WordsForm:
    """Return the form of a question, rule or outcome. A question may depend on earlier ones only, a rule on all."""
    data, spoken = request.POST or None, request.agency.spoken
    old = list_parts(checker.script, what)[at] if at is not None else None
    questions = list_parts(checker.script, "questions")
    if what == "questions":
        before = questions if at is None else questions[:at]
        first = initial_question(old, before) if old else {}
        count = len(old.get("choices", ())) if old else 0
        return QuestionForm(data, languages=spoken, before=before, choices=count, initial=first)
    if what == "rules":
        first = {**initial_conditions(old["when"], questions), "outcome": old["outcome"]} if old else {}
        return RuleForm(data, languages=spoken, before=questions, script=checker.script, initial=first)
    first = {**initial_texts(old["texts"]), **old} if old else {}
    slugs = list(Answer.objects.published().order_by("slug").values_list("slug", flat=True))
    return OutcomeForm(data, languages=spoken, slugs=slugs, initial=first)


@staff_only("desk")
@require_POST
def arrange(request: AgencyRequest, slug: str) -> HttpResponse:
    """Remove a question, rule or outcome, or move it one place: ``do`` is "drop", "up" or "down"."""
    found = get_editable_checker(request, slug)
    what, at = request.POST.get("what", ""), parse_number(request.POST.get("at", ""))
    if what not in TITLES or at is None:
        raise Http404
    try:
        if request.POST.get("do") == "drop":
            services.drop_part(found, what, at, by=clerk(request))
        else:
            services.move_part(found, what, at, -1 if request.POST.get("do") == "up" else 1, by=clerk(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("answers:desk_check", slug)


@staff_only("desk")
@require_POST
def move(request: AgencyRequest, slug: str) -> HttpResponse:
    """Change a checker's publication state (submit, publish, return, retire), or restore an earlier version."""
    found, transition = get_checker(slug), request.POST.get("verb", "")
    version = parse_number(request.POST.get("version", ""))
    if not (may_edit(clerk(request), found) if version else may_transition(clerk(request), found, transition)):
        raise PermissionDenied
    with tell_outcome(request, _("Done.")):
        if version:
            services.restore_checker(found, version, by=clerk(request))
        else:
            services.change_checker_state(found, transition, by=clerk(request))
    return redirect("answers:desk_check", slug)


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show editors the public page of a checker, whatever its state."""
    return render(
        request, "answers/check.html", {**build_check_context(request, get_checker(slug)), "is_preview": True}
    )
