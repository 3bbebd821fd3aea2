"""The public's page of a checker: one question at a time, each answer goes along in the form, and nothing is kept:
only where somebody goes on in a conversation, until that is over."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.answers.checker_form import CheckForm, told
from kesher.answers.checker_script import parts
from kesher.answers.models import Checker
from kesher.answers.presenters import filled_answer
from kesher.conversations.handover import keep
from kesher.dialogues.forms import StepForm, flat

LONGEST = 100


@require_safe
def checks(request: AgencyRequest) -> HttpResponse:
    """All of them."""
    return render(request, "answers/checks.html", {"rows": Checker.objects.published().select_related("topic")})


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: AgencyRequest, slug: str) -> HttpResponse:
    """The next question, or what came out."""
    found = get_object_or_404(Checker.objects.published(), slug=slug)
    if "later" in request.POST:
        return keep(request, "answers.check", posted(request, found), subject=found, code=f"c{found.pk}")
    return render(request, "answers/check.html", played(request, found))


def played(request: HttpRequest, checker: Checker) -> dict[str, Any]:
    """Where somebody stands in a checker. ``back`` in the form is the question to which he returns."""
    answers = posted(request, checker)
    form = CheckForm.of(answers, subject=checker, contact=None)
    step, error = next_step(form, answers, request.POST.get("step", ""))
    given = [row for row in summary(form, answers) if row["key"] != step]
    context = {
        "checker": checker,
        "given": given,
        "number": len(given) + 1,
        "most": len(parts(checker.script, "questions")),
    }
    if step is None:
        outcome = told(checker, answers)
        text = filled_answer(outcome.answer) if outcome.answer else None
        return {**context, "outcome": outcome, "text": text}
    shown = CheckForm.of({**answers, step: request.POST.get(step, "")}, subject=checker, contact=None)
    shown.is_bound = error is not None
    if error is not None:
        shown.step_error(step)
    return {**context, "step": step, "field": shown[step], "error": error}


def posted(request: HttpRequest, checker: Checker) -> dict[str, str]:
    """The answers that came along, up to the question to which somebody goes back."""
    back = request.POST.get("back", "")
    found = {}
    for question in parts(checker.script, "questions"):
        if question["key"] == back:
            break
        if question["key"] in request.POST:
            found[question["key"]] = request.POST[question["key"]][:LONGEST]
    return found


def next_step(form: StepForm, answers: dict[str, str], sent: str) -> tuple[str | None, str | None]:
    """The question to ask now, None at the end, and what is wrong with the answer to it. An answer that does not fit is
    taken out of ``answers``, wherever it stands: hidden fields may have been changed."""
    wrong = next((name for name in form.fields if name in answers and is_wrong(form, answers, name)), None)
    if wrong is None and sent in form.fields and sent not in answers:
        return sent, _("Please choose or write an answer.")
    if wrong is None:
        return form.next_step(answers), None
    error = CheckForm.of(answers, subject=form.subject, contact=None).step_error(wrong)
    del answers[wrong]
    return wrong, error


def is_wrong(form: StepForm, answers: dict[str, str], name: str) -> bool:
    return CheckForm.of(answers, subject=form.subject, contact=None).step_error(name) is not None


def summary(form: StepForm, answers: dict[str, str]) -> list[dict[str, str]]:
    """The questions that were answered, as people read them."""
    rows = []
    for name, field in form.fields.items():
        if name in answers:
            titles = {str(value): str(title) for value, title in flat(getattr(field, "choices", ()))}
            value = answers[name]
            rows.append({"key": name, "ask": str(field.label), "value": value, "title": titles.get(value, value)})
    return rows
