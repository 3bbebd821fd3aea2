"""JSON API of eligibility checkers: list them, and run one with given answers.

Each request brings all answers, none is stored, and the outcome is the same as on the page and in conversations.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Never, NotRequired, TypedDict

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import absolute
from kesher.answers.api import requested_language
from kesher.answers.checker_rules import Part, list_parts
from kesher.answers.checker_validation import number_limits
from kesher.answers.checkers.question_form import CheckForm, build_field, evaluate_checker
from kesher.answers.checkers.views import ANSWER_LENGTH_MAX
from kesher.answers.models import Checker
from kesher.answers.presenters import page_url
from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_api import error_response
from kesher.core.api.json_body import BODY_MAX, parse_json
from kesher.core.api.json_schema import ObjectField
from kesher.core.http.client_ip import allow_from
from kesher.core.ui.form_fields import flatten_choices
from kesher.dialogues.forms import NO, YES

LANG = forms.CharField(label=_("Language of the texts: he, ar, ru or en"), required=False)


class Check(TypedDict):
    """A checker: questions that lead to an outcome."""

    slug: str
    title: str
    intro: str
    topic: str | None
    updated: str
    url: str


class CheckList(TypedDict):
    """All checkers."""

    data: list[Check]


class Choice(TypedDict):
    """One of the answers to choose from."""

    key: str
    title: str


class Question(TypedDict):
    """A question of a checker; it is asked if all conditions in ``when`` ([question, sign, value]) hold."""

    key: str
    kind: str
    ask: str
    help: str
    when: list[Any]
    choices: NotRequired[list[Choice]]
    least: NotRequired[str]
    most: NotRequired[str]


class CheckQuestions(Check):
    """A checker with its questions."""

    questions: list[Question]


class CheckAnswer(TypedDict):
    """A checker with its questions."""

    data: CheckQuestions


class AnswerPage(TypedDict):
    """The answer that says more."""

    slug: str
    url: str


class Outcome(TypedDict):
    """The outcome of a checker."""

    key: str
    tone: str
    title: str
    text: str
    amount: str | None
    answer: AnswerPage | None


class CheckRun(TypedDict):
    """The next question of a checker, or its outcome; null if no rule holds and a person has to look."""

    answers: dict[str, str]
    not_asked: list[str]
    done: bool
    next: Question | None
    outcome: Outcome | None
    note: NotRequired[str]


class CheckRunAnswer(TypedDict):
    """The next question of a checker, or its outcome."""

    data: CheckRun


CHECKS = Operation(
    title=_("List the checkers: questions that lead to an outcome."),
    answers={200: CheckList},
    query={"lang": LANG},
)
CHECK = Operation(
    title=_("Read the questions of a checker."),
    answers={200: CheckAnswer},
    query={"lang": LANG},
)
RUN = Operation(
    method="POST",
    title=_("Get a checker's next question, or its outcome, for the answers so far. None of them is stored."),
    answers={200: CheckRunAnswer},
    checked=False,
    fields={"answers": ObjectField(label=_("The answers so far, by the key of the question"), required=False)},
    query={"lang": LANG},
    errors=(400, 422, 429),
    example={"answers": {}},
)

A_MINUTE, RUNS_A_MINUTE = 60, 120
CENT = Decimal("0.01")


@api_view(CHECKS)
def checks(request: HttpRequest) -> JsonResponse:
    """Return all published checkers (questionnaires that compute an outcome) as JSON, in ``?lang=``."""
    with translation.override(requested_language(request)):
        rows = Checker.objects.published().select_related("topic")
        return JsonResponse({"data": [checker_data(row) for row in rows]})


@api_view(CHECK, RUN)
def check(request: HttpRequest, slug: str) -> JsonResponse:
    """Return a checker with its questions as JSON (GET), or its next question or outcome for given answers (POST).

    POST {"answers": {question: value}} returns the next question or the outcome; 422 with the errors by question.
    """
    with translation.override(requested_language(request)):
        found = Checker.objects.published().select_related("topic").filter(slug=slug).first()
        if found is None:
            return error_response({"slug": [gettext("There is no such check.")]}, 404)
        if request.method != "POST":
            questions = list_parts(found.script, "questions")
            return JsonResponse(
                {"data": {**checker_data(found), "questions": [question_data(part) for part in questions]}}
            )
        if not allow_from(request, "api-check", RUNS_A_MINUTE, A_MINUTE):
            return error_response({"__all__": [gettext("Too many requests. Please try again in a minute.")]}, 429)
        try:
            given = parse_answers(request)
        except ValueError:
            return error_response({"__all__": [gettext('Send a JSON object: {"answers": {question: value}}.')]}, 400)
        return run_checker(found, given)


def parse_answers(request: HttpRequest) -> dict[str, Any]:
    """Return the ``answers`` in the JSON body as {question: value}, without nulls. Raise ValueError if invalid."""
    if len(request.body) > BODY_MAX:
        raise ValueError("too long")
    body = parse_json(request.body or b"{}", parse_float=Decimal, parse_constant=reject_constant)
    given = body.get("answers", {}) if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise ValueError("no object")
    return {name: value for name, value in given.items() if value is not None}


def reject_constant(word: str) -> Never:
    """Raise ValueError for NaN and the infinities, which Python's JSON reader accepts."""
    raise ValueError(word)


def run_checker(checker: Checker, given: Mapping[str, Any]) -> JsonResponse:
    """Return the next open question or the outcome for these answers as JSON, by the form that pages use, too."""
    kinds = {part["key"]: part["kind"] for part in list_parts(checker.script, "questions")}
    if strange := [name for name in given if name not in kinds]:
        return error_response({name[:30]: [gettext("There is no such question.")] for name in strange}, 422)
    answers = {name: to_form_value(value, kinds[name]) for name, value in given.items()}
    form = CheckForm.of(answers, subject=checker, contact=None)
    errors = {name: [answer_error(checker, answers, name)] for name in form.fields if name in answers}
    if errors := {name: said for name, said in errors.items() if said[0]}:
        return error_response(errors, 422)
    counted = {name: value for name, value in answers.items() if name in form.fields}
    data = {"answers": counted, "not_asked": [name for name in answers if name not in form.fields]}
    step = form.next_step(answers)
    if step is not None:
        part = next(part for part in list_parts(checker.script, "questions") if part["key"] == step)
        return JsonResponse({"data": {**data, "done": False, "next": question_data(part), "outcome": None}})
    return JsonResponse({"data": {**data, "done": True, "next": None, **outcome_data(checker, answers)}})


def to_form_value(value: Any, kind: str) -> str:
    """Return a JSON value as the text that the form field of this question kind takes; "" for objects and lists."""
    if isinstance(value, bool):
        return (YES if value else NO) if kind == "yes" else ""
    if isinstance(value, Decimal):
        return f"{value:f}"[: ANSWER_LENGTH_MAX + 1]
    return str(value)[: ANSWER_LENGTH_MAX + 1] if isinstance(value, str | int) else ""


def answer_error(checker: Checker, answers: dict[str, str], name: str) -> str:
    """Return the form's error message for one answer; "" if the answer is valid."""
    if len(answers[name]) > ANSWER_LENGTH_MAX:
        return gettext("That is too long.")
    return str(CheckForm.of(answers, subject=checker, contact=None).step_error(name) or "")


def outcome_data(checker: Checker, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return a checker's outcome as JSON data; null if no rule holds, and a person has to look."""
    found = evaluate_checker(checker, answers)
    if not found.sure:
        return {"outcome": None, "note": found.title}
    page = {"slug": found.answer.slug, "url": page_url(found.answer)} if found.answer else None
    outcome = {
        "key": found.key,
        "tone": found.tone,
        "title": found.title,
        "text": found.text,
        "amount": None if found.value is None else f"{found.value.quantize(CENT):f}",
        "answer": page,
    }
    return {"outcome": outcome, "note": gettext("This is a first check based on your answers, not a decision.")}


def checker_data(checker: Checker) -> dict[str, Any]:
    """Return a checker's slug, title and introduction as JSON data, without its questions."""
    return {
        "slug": checker.slug,
        "title": checker.title,
        "intro": checker.intro,
        "topic": checker.topic.code if checker.topic else None,
        "updated": checker.updated.isoformat(),
        "url": absolute(checker.get_absolute_url()),
    }


def question_data(question: Part) -> dict[str, Any]:
    """Return a checker's question (key, kind, text, choices, limits) as JSON data.

    It is asked if all conditions in ``when`` ([question, sign, value]) hold.
    """
    field = build_field(question)
    about: dict[str, Any] = {
        "key": question["key"],
        "kind": question["kind"],
        "ask": str(field.label),
        "help": str(field.help_text),
        "when": question.get("when", []),
    }
    if isinstance(field, forms.ChoiceField):
        return {
            **about,
            "choices": [{"key": str(key), "title": str(title)} for key, title in flatten_choices(field.choices)],
        }
    least, most = number_limits(question)
    return {**about, "least": f"{least:f}", "most": f"{most:f}"}
