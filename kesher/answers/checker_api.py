"""The machines' door of checkers: what there is, and one run of it. The answers come along each time, nothing of them
is kept, and what comes out is what the page and every conversation say."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Never

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from kesher.agencies.base_url import absolute
from kesher.answers.api import lang_of
from kesher.answers.checker_form import CheckForm, field_of, told
from kesher.answers.checker_script import Part, parts
from kesher.answers.checker_validation import limits
from kesher.answers.checker_views import LONGEST
from kesher.answers.models import Checker
from kesher.answers.presenters import page_url
from kesher.core.client_ip import allow_from
from kesher.core.json_api import BODY_MAX, error_response, parse_json
from kesher.dialogues.forms import NO, YES, flat

A_MINUTE, RUNS_A_MINUTE = 60, 120
CENT = Decimal("0.01")


@require_GET
def checks(request: HttpRequest) -> JsonResponse:
    """All published checkers, in ``?lang=``."""
    with translation.override(lang_of(request)):
        rows = Checker.objects.published().select_related("topic")
        return JsonResponse({"data": [short(row) for row in rows]})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, slug: str) -> JsonResponse:
    """GET: one checker, with every question and when it is asked. POST {"answers": {question: value}}: the next
    question, or what comes out; 422 with what is wrong, by question."""
    with translation.override(lang_of(request)):
        found = Checker.objects.published().select_related("topic").filter(slug=slug).first()
        if found is None:
            return error_response({"slug": [_("There is no such check.")]}, 404)
        if request.method != "POST":
            questions = parts(found.script, "questions")
            return JsonResponse({"data": {**short(found), "questions": [asked(part) for part in questions]}})
        if not allow_from(request, "api-check", RUNS_A_MINUTE, A_MINUTE):
            return error_response({"__all__": [_("Too many requests. Please try again in a minute.")]}, 429)
        try:
            given = answers_in(request)
        except ValueError:
            return error_response({"__all__": [_('Send a JSON object: {"answers": {question: value}}.')]}, 400)
        return ran(found, given)


def answers_in(request: HttpRequest) -> dict[str, Any]:
    """What was sent, nulls left out. Raises ValueError for what is no such object."""
    if len(request.body) > BODY_MAX:
        raise ValueError("too long")
    body = parse_json(request.body or b"{}", parse_float=Decimal, parse_constant=no_number)
    given = body.get("answers", {}) if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise ValueError("no object")
    return {name: value for name, value in given.items() if value is not None}


def no_number(word: str) -> Never:
    """NaN and the infinities, which Python's reader takes."""
    raise ValueError(word)


def ran(checker: Checker, given: Mapping[str, Any]) -> JsonResponse:
    """One run: the same form and the same outcome as everywhere."""
    kinds = {part["key"]: part["kind"] for part in parts(checker.script, "questions")}
    if strange := [name for name in given if name not in kinds]:
        return error_response({name[:30]: [_("There is no such question.")] for name in strange}, 422)
    answers = {name: raw(value, kinds[name]) for name, value in given.items()}
    form = CheckForm.of(answers, subject=checker, contact=None)
    errors = {name: [wrong(checker, answers, name)] for name in form.fields if name in answers}
    if errors := {name: said for name, said in errors.items() if said[0]}:
        return error_response(errors, 422)
    counted = {name: value for name, value in answers.items() if name in form.fields}
    data = {"answers": counted, "not_asked": [name for name in answers if name not in form.fields]}
    step = form.next_step(answers)
    if step is not None:
        part = next(part for part in parts(checker.script, "questions") if part["key"] == step)
        return JsonResponse({"data": {**data, "done": False, "next": asked(part), "outcome": None}})
    return JsonResponse({"data": {**data, "done": True, "next": None, **came_out(checker, answers)}})


def raw(value: Any, kind: str) -> str:
    """A JSON value as the form takes it; what is no single value fits no question."""
    if isinstance(value, bool):
        return (YES if value else NO) if kind == "yes" else ""
    if isinstance(value, Decimal):
        return f"{value:f}"[: LONGEST + 1]
    return str(value)[: LONGEST + 1] if isinstance(value, str | int) else ""


def wrong(checker: Checker, answers: dict[str, str], name: str) -> str:
    """What is wrong with one answer, "" where nothing is."""
    if len(answers[name]) > LONGEST:
        return _("That is too long.")
    return str(CheckForm.of(answers, subject=checker, contact=None).step_error(name) or "")


def came_out(checker: Checker, answers: Mapping[str, str]) -> dict[str, Any]:
    """The outcome; null where no rule says one, and a person has to look."""
    found = told(checker, answers)
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
    return {"outcome": outcome, "note": _("This is a first check by your own answers, not a decision.")}


def short(checker: Checker) -> dict[str, Any]:
    return {
        "slug": checker.slug,
        "title": checker.title,
        "intro": checker.intro,
        "topic": checker.topic.code if checker.topic else None,
        "updated": checker.updated.isoformat(),
        "url": absolute(checker.get_absolute_url()),
    }


def asked(question: Part) -> dict[str, Any]:
    """One question: ``when`` (all of these [question, sign, value]) says who is asked it."""
    field = field_of(question)
    about: dict[str, Any] = {
        "key": question["key"],
        "kind": question["kind"],
        "ask": str(field.label),
        "help": str(field.help_text),
        "when": question.get("when", []),
    }
    if isinstance(field, forms.ChoiceField):
        return {**about, "choices": [{"key": str(key), "title": str(title)} for key, title in flat(field.choices)]}
    least, most = limits(question)
    return {**about, "least": f"{least:f}", "most": f"{most:f}"}
