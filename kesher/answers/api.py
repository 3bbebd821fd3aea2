"""JSON API of the answers (FAQ): search, read, and say whether an answer was useful."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kesher.answers import services
from kesher.answers.fact_placeholders import all_facts, fill_text
from kesher.answers.language_fallback import Text, find_fact_names
from kesher.answers.models import Answer
from kesher.answers.presenters import filled_answer_text, page_url
from kesher.answers.search.search import search
from kesher.answers.views import may_write
from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_api import error_response, read_json_object, too_many_requests
from kesher.language import LANGUAGES

LANG = forms.CharField(label=_("Language of the texts: he, ar, ru or en"), required=False)


class ShortAnswer(TypedDict):
    """An answer without its details; ``score``: how well it fits the question, from 0 to 1."""

    slug: str
    question: str
    short: str
    lang: str
    url: str
    score: NotRequired[float]


class AnswerList(TypedDict):
    """Answers: those that fit a question, or all of them, page by page."""

    data: list[ShortAnswer]
    question: NotRequired[str]
    understood: NotRequired[str]
    next: NotRequired[str | None]


class AnswerDetails(TypedDict):
    """The details of an answer."""

    body: str
    cost: str
    time: str
    where: str
    who: str
    steps: list[str]
    bring: list[str]
    lang: str


class FullAnswer(TypedDict):
    """An answer with its details."""

    slug: str
    question: str
    short: str
    lang: str
    details: AnswerDetails
    start: str
    topic: str | None
    languages: list[str]
    updated: str
    url: str


class CodedError(TypedDict):
    """An error's text and its code."""

    message: str
    code: str


class CodedErrors(TypedDict):
    """What is wrong with a request: texts and codes by field."""

    errors: dict[str, list[CodedError]]


class Useful(TypedDict):
    """The vote that was recorded."""

    slug: str
    helped: bool


class UsefulAnswer(TypedDict):
    """The vote that was recorded."""

    data: Useful


LIST = Operation(
    title=_("List the answers, or find those that fit a question."),
    answers={200: AnswerList},
    query={
        "q": forms.CharField(label=_("The question, in any words"), required=False),
        "after": forms.CharField(label=_("Only what comes after this one"), required=False),
        "lang": LANG,
    },
)
READ = Operation(
    title=_("Read one answer with all its details."),
    answers={200: FullAnswer, 404: CodedErrors},
    query={"lang": LANG},
)
USEFUL = Operation(
    method="POST",
    title=_("Say whether an answer was useful."),
    answers={201: UsefulAnswer},
    fields={
        "helped": forms.NullBooleanField(label=_("Did it help?")),
        "query": forms.CharField(label=_("What was asked"), required=False),
        "comment": forms.CharField(label=_("A comment"), required=False),
        "lang": LANG,
    },
    query={"lang": LANG},
    errors=(429,),
    example={"helped": True, "query": "how do I pay less?"},
)

PAGE_SIZE = 50


def requested_language(request: HttpRequest) -> str:
    """Return the language code of ``?lang=`` if it is given, else the language of the request."""
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else (get_language() or "he")[:2]


@api_view(LIST)
def answers(request: HttpRequest) -> JsonResponse:
    """Return answers as JSON: those that match ``?q=``, else all, fifty a page after the slug ``?after=``."""
    lang = requested_language(request)
    question = request.GET.get("q", "").strip()[:300]
    if question:
        found = search(question, lang)
        data = [{**short_answer_data(hit.answer, lang), "score": round(hit.score, 3)} for hit in found.hits]
        return JsonResponse({"question": question, "understood": found.text, "data": data})
    rows = list(
        Answer.objects.published().filter(slug__gt=request.GET.get("after", "")).order_by("slug")[: PAGE_SIZE + 1]
    )
    after = rows[PAGE_SIZE - 1].slug if len(rows) > PAGE_SIZE else None
    return JsonResponse({"data": [short_answer_data(row, lang) for row in rows[:PAGE_SIZE]], "next": after})


@api_view(READ)
def answer(request: HttpRequest, slug: str) -> JsonResponse:
    """Return one answer with all its texts as JSON, in the language ``?lang=``."""
    found = Answer.objects.published().select_related("topic").filter(slug=slug).first()
    if found is None:
        return JsonResponse(
            {"errors": {"slug": [{"message": gettext("There is no such answer."), "code": "unknown"}]}}, status=404
        )
    return JsonResponse(full_answer_data(found, filled_answer_text(found, requested_language(request))))


@api_view(USEFUL)
def useful(request: HttpRequest, slug: str) -> JsonResponse:
    """Record an API client's vote whether an answer was useful, without who said so; return JSON.

    POST {"helped": true, "query": "what was asked", "comment", "lang"}.
    """
    given = read_json_object(request)
    lang = given["lang"] if given.get("lang") in LANGUAGES else requested_language(request)
    with translation.override(lang):
        found = Answer.objects.published().filter(slug=slug).first()
        if found is None:
            return error_response({"slug": [gettext("There is no such answer.")]}, 404)
        helped = {"true": True, "false": False}.get(given.get("helped", ""))
        if helped is None:
            return error_response({"helped": [gettext("Please say true or false.")]}, 422)
        if not may_write(request, "useful"):
            return too_many_requests()
        words = {name: given.get(name, "") for name in ("query", "comment")}
        services.record_feedback(found, helped, lang=lang, door="api", **words)
        return JsonResponse({"data": {"slug": found.slug, "helped": helped}}, status=201)


def short_answer_data(row: Answer, lang: str) -> dict[str, Any]:
    """Return an answer's slug, question, short answer, language and URL as JSON data, without the details."""
    text = fill_text(row.text(lang), all_facts(find_fact_names(row.texts)))
    return {
        "slug": row.slug,
        "question": text.question,
        "short": text.short,
        "lang": text.lang,
        "url": page_url(row),
    }


def full_answer_data(row: Answer, text: Text) -> dict[str, Any]:
    """Return an answer as JSON data with its details: body, steps, what to bring, cost, hours, place and so on."""
    details = {name: getattr(text, name) for name in ("body", "cost", "time", "where", "who")}
    return {
        "slug": row.slug,
        "question": text.question,
        "short": text.short,
        "lang": text.lang,
        "details": {**details, "steps": list(text.steps), "bring": list(text.bring), "lang": text.detail_lang},
        "start": row.start_url,
        "topic": row.topic.code if row.topic else None,
        "languages": row.languages,
        "updated": row.updated.isoformat(),
        "url": page_url(row),
    }
