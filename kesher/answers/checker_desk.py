"""The editors' pages of checkers: what is asked, which rule leads where, what is still wrong, and a preview."""

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
from kesher.answers.checker_editor_forms import (
    AboutForm,
    ConditionsForm,
    OutcomeForm,
    QuestionForm,
    RuleForm,
    WordsForm,
    first_conditions,
    first_question,
    first_texts,
    in_words,
)
from kesher.answers.checker_script import Part, parts, said
from kesher.answers.checker_views import played
from kesher.answers.desk import BADGES, number_of, tabs
from kesher.answers.models import Answer, Checker, State
from kesher.answers.rules import may_edit, may_move, offered
from kesher.answers.services.checkers import problems_of
from kesher.core.errors import Refused
from kesher.core.flash_messages import tell_outcome

TITLES: Final = {
    "questions": gettext_lazy("Question"),
    "rules": gettext_lazy("Rule"),
    "outcomes": gettext_lazy("Outcome"),
}


@staff_only("desk")
@require_safe
def checks(request: AgencyRequest) -> HttpResponse:
    """Every checker, with how far it has come."""
    rows = [{"checker": row, "badge": BADGES[State(row.state)]} for row in Checker.objects.select_related("topic")]
    return render(request, "answers/desk_checks.html", {"rows": rows, "tabs": tabs(request)})


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AgencyRequest) -> HttpResponse:
    """A new one: its title first."""
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
        request, "answers/desk_check.html", {"form": form, "tabs": tabs(request)}, status=422 if form.errors else 200
    )


def find(slug: str) -> Checker:
    return get_object_or_404(Checker.objects.select_related("topic", "agency"), slug=slug)


def editable(request: AgencyRequest, slug: str) -> Checker:
    found = find(slug)
    if not may_edit(clerk(request), found):
        raise PermissionDenied
    return found


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: AgencyRequest, slug: str) -> HttpResponse:
    """One checker: its title, its parts in order, and what keeps it from being published."""
    found = find(slug) if request.method != "POST" else editable(request, slug)
    first = {**first_texts(found.texts), "topic": found.topic, "answers": found.answers.all()}
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
        "tabs": tabs(request),
        "badge": BADGES[State(found.state)],
        "transitions": offered(clerk(request), found),
        "may_edit": may_edit(clerk(request), found),
        "wrong": problems_of(found),
        "shelves": shelves(found),
        "versions": found.revisions.select_related("by")[:20],
    }
    return render(request, "answers/desk_check.html", context, status=422 if form.errors else 200)


def shelves(checker: Checker) -> list[dict[str, Any]]:
    """Questions, rules and outcomes as the page lists them."""
    plural = {"questions": _("Questions"), "rules": _("Rules: the first that holds decides"), "outcomes": _("Outcomes")}
    found = []
    for what, title in plural.items():
        rows = [{"at": at, **line_of(checker, what, part)} for at, part in enumerate(parts(checker.script, what))]
        found.append({"what": what, "title": title, "rows": rows, "add": TITLES[what]})
    return found


def line_of(checker: Checker, what: str, part: Part) -> dict[str, str]:
    """A part in one line: its short name, its words, and under which conditions."""
    when = ", ".join(in_words(condition, checker.script) for condition in part.get("when", ()))
    if what == "rules":
        return {"key": part["outcome"], "words": "", "when": when or _("whatever is left")}
    name = "ask" if what == "questions" else "title"
    return {"key": part["key"], "words": said(part["texts"], name, ""), "when": when}


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: AgencyRequest, slug: str, what: str, at: str) -> HttpResponse:
    """One question, rule or outcome; ``at`` is its place, or "new"."""
    found = editable(request, slug)
    rows = parts(found.script, what) if what in TITLES else []
    place = None if at == "new" else number_of(at)
    if what not in TITLES or (at != "new" and (place is None or place >= len(rows))):
        raise Http404
    form = form_of(request, found, what, place)
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
        "checker": found, "form": form, "what": what, "at": at, "title": TITLES[what], "tabs": tabs(request),
        "has_conditions": isinstance(form, ConditionsForm), "has_choices": isinstance(form, QuestionForm),
    }  # fmt: skip
    return render(request, "answers/desk_check_part.html", context, status=422 if form.errors else 200)


def form_of(request: AgencyRequest, checker: Checker, what: str, at: int | None) -> WordsForm:
    """The form of a part. A question may ask about earlier ones only, a rule about all."""
    data, spoken = request.POST or None, request.agency.spoken
    old = parts(checker.script, what)[at] if at is not None else None
    questions = parts(checker.script, "questions")
    if what == "questions":
        before = questions if at is None else questions[:at]
        first = first_question(old, before) if old else {}
        count = len(old.get("choices", ())) if old else 0
        return QuestionForm(data, languages=spoken, before=before, choices=count, initial=first)
    if what == "rules":
        first = {**first_conditions(old["when"], questions), "outcome": old["outcome"]} if old else {}
        return RuleForm(data, languages=spoken, before=questions, script=checker.script, initial=first)
    first = {**first_texts(old["texts"]), **old} if old else {}
    slugs = list(Answer.objects.published().order_by("slug").values_list("slug", flat=True))
    return OutcomeForm(data, languages=spoken, slugs=slugs, initial=first)


@staff_only("desk")
@require_POST
def arrange(request: AgencyRequest, slug: str) -> HttpResponse:
    """Takes a part out, or moves it up or down: ``do`` is "drop", "up" or "down"."""
    found = editable(request, slug)
    what, at = request.POST.get("what", ""), number_of(request.POST.get("at", ""))
    if what not in TITLES or at is None:
        raise Http404
    try:
        if request.POST.get("do") == "drop":
            services.drop_part(found, what, at, by=clerk(request))
        else:
            services.shift_part(found, what, at, -1 if request.POST.get("do") == "up" else 1, by=clerk(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("answers:desk_check", slug)


@staff_only("desk")
@require_POST
def move(request: AgencyRequest, slug: str) -> HttpResponse:
    """Submit, publish, return, retire; or back to an earlier version."""
    found, transition = find(slug), request.POST.get("verb", "")
    version = number_of(request.POST.get("version", ""))
    if not (may_edit(clerk(request), found) if version else may_move(clerk(request), found, transition)):
        raise PermissionDenied
    with tell_outcome(request, _("Done.")):
        if version:
            services.restore_checker(found, version, by=clerk(request))
        else:
            services.move_checker(found, transition, by=clerk(request))
    return redirect("answers:desk_check", slug)


@staff_only("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: AgencyRequest, slug: str) -> HttpResponse:
    """The public's page, whatever the state."""
    return render(request, "answers/check.html", {**played(request, find(slug)), "is_preview": True})
