"""Public pages of eligibility checkers, one question at a time.

The form carries the answers along. Nothing is stored, unless a person continues in a conversation, until that ends.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.answers.checker_rules import list_parts
from kesher.answers.checkers.question_form import CheckForm, evaluate_checker
from kesher.answers.models import Checker
from kesher.answers.presenters import filled_answer_text
from kesher.conversations.form_handover import park_page_form
from kesher.core.ui.form_fields import flatten_choices
from kesher.dialogues.forms import StepForm

ANSWER_LENGTH_MAX = 100


@require_safe
def checks(request: AgencyRequest) -> HttpResponse:
    """Show the public list of published checkers."""
    return render(request, "answers/checks.html", {"rows": Checker.objects.published().select_related("topic")})


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show the public page of a checker: its next question, or the outcome for the posted answers."""
    found = get_object_or_404(Checker.objects.published(), slug=slug)
    if "later" in request.POST:
        return park_page_form(
            request, "answers.check", posted_answers(request, found), subject=found, code=f"c{found.pk}"
        )
    return render(request, "answers/check.html", build_check_context(request, found))


def build_check_context(request: HttpRequest, checker: Checker) -> dict[str, Any]:
    """Return the template context of a checker's page: the next question to ask, or the outcome.

    ``back`` in the form is the question to return to.
    """
    answers = posted_answers(request, checker)
    form = CheckForm.of(answers, subject=checker, contact=None)
    step, error = next_step(form, answers, request.POST.get("step", ""))
    given = [row for row in summarise_answers(form, answers) if row["key"] != step]
    context = {
        "checker": checker,
        "given": given,
        "number": len(given) + 1,
        "most": len(list_parts(checker.script, "questions")),
    }
    if step is None:
        outcome = evaluate_checker(checker, answers)
        text = filled_answer_text(outcome.answer) if outcome.answer else None
        return {**context, "outcome": outcome, "text": text}
    shown = CheckForm.of({**answers, step: request.POST.get(step, "")}, subject=checker, contact=None)
    shown.is_bound = error is not None
    if error is not None:
        shown.step_error(step)
    return {**context, "step": step, "field": shown[step], "error": error}


def posted_answers(request: HttpRequest, checker: Checker) -> dict[str, str]:
    """Return the posted answers {question: text}; if the reader goes back, only those before that question."""
    back = request.POST.get("back", "")
    found = {}
    for question in list_parts(checker.script, "questions"):
        if question["key"] == back:
            break
        if question["key"] in request.POST:
            found[question["key"]] = request.POST[question["key"]][:ANSWER_LENGTH_MAX]
    return found


def next_step(form: StepForm, answers: dict[str, str], sent: str) -> tuple[str | None, str | None]:
    """Return (question to ask now or None at the end, error message of the answer to it or None).

    An invalid answer is removed from ``answers``, wherever it is: hidden fields may have been changed.
    """
    wrong = next((name for name in form.fields if name in answers and is_wrong(form, answers, name)), None)
    if wrong is None and sent in form.fields and sent not in answers:
        return sent, _("Please choose or write an answer.")
    if wrong is None:
        return form.next_step(answers), None
    error = CheckForm.of(answers, subject=form.subject, contact=None).step_error(wrong)
    del answers[wrong]
    return wrong, error


def is_wrong(form: StepForm, answers: dict[str, str], name: str) -> bool:
    """Return whether the form rejects the answer to the question ``name``."""
    return CheckForm.of(answers, subject=form.subject, contact=None).step_error(name) is not None


def summarise_answers(form: StepForm, answers: dict[str, str]) -> list[dict[str, str]]:
    """Return the questions answered so far as rows for the page: title, answer in words, and key."""
    rows = []
    for name, field in form.fields.items():
        if name in answers:
            titles = {str(value): str(title) for value, title in flatten_choices(getattr(field, "choices", ()))}
            value = answers[name]
            rows.append({"key": name, "ask": str(field.label), "value": value, "title": titles.get(value, value)})
    return rows
