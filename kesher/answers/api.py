"""The machines' door: asking, reading and saying whether it was useful, as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from kesher.answers import services
from kesher.answers.language_fallback import Text, facts_in
from kesher.answers.models import Answer
from kesher.answers.placeholders import all_facts, filled_text
from kesher.answers.presenters import filled_answer, page_url
from kesher.answers.search import search
from kesher.answers.views import may_write
from kesher.core.json_api import error_response, read_json_object, too_many_requests
from kesher.language import LANGUAGES

PAGE = 50


def lang_of(request: HttpRequest) -> str:
    """``?lang=``, else the page's language."""
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else (get_language() or "he")[:2]


@require_GET
def answers(request: HttpRequest) -> JsonResponse:
    """``?q=`` ranked answers; without it all of them, fifty a page, ``?after=`` the last slug."""
    lang = lang_of(request)
    question = request.GET.get("q", "").strip()[:300]
    if question:
        found = search(question, lang)
        data = [{**short(hit.answer, lang), "score": round(hit.score, 3)} for hit in found.hits]
        return JsonResponse({"question": question, "understood": found.text, "data": data})
    rows = list(Answer.objects.published().filter(slug__gt=request.GET.get("after", "")).order_by("slug")[: PAGE + 1])
    after = rows[PAGE - 1].slug if len(rows) > PAGE else None
    return JsonResponse({"data": [short(row, lang) for row in rows[:PAGE]], "next": after})


@require_GET
def answer(request: HttpRequest, slug: str) -> JsonResponse:
    """One answer in full, in ``?lang=``."""
    found = Answer.objects.published().select_related("topic").filter(slug=slug).first()
    if found is None:
        return JsonResponse(
            {"errors": {"slug": [{"message": _("There is no such answer."), "code": "unknown"}]}}, status=404
        )
    return JsonResponse(whole(found, filled_answer(found, lang_of(request))))


@csrf_exempt
@require_POST
def useful(request: HttpRequest, slug: str) -> JsonResponse:
    """{"helped": true, "query": "what was asked", "comment", "lang"}: was it useful? Who said so is not kept."""
    given = read_json_object(request)
    lang = given["lang"] if given.get("lang") in LANGUAGES else lang_of(request)
    with translation.override(lang):
        found = Answer.objects.published().filter(slug=slug).first()
        if found is None:
            return error_response({"slug": [_("There is no such answer.")]}, 404)
        helped = {"true": True, "false": False}.get(given.get("helped", ""))
        if helped is None:
            return error_response({"helped": [_("Please say true or false.")]}, 422)
        if not may_write(request, "useful"):
            return too_many_requests()
        words = {name: given.get(name, "") for name in ("query", "comment")}
        services.say_useful(found, helped, lang=lang, door="api", **words)
        return JsonResponse({"data": {"slug": found.slug, "helped": helped}}, status=201)


def short(found: Answer, lang: str) -> dict[str, Any]:
    text = filled_text(found.text(lang), all_facts(facts_in(found.texts)))
    return {
        "slug": found.slug,
        "question": text.question,
        "short": text.short,
        "lang": text.lang,
        "url": page_url(found),
    }


def whole(found: Answer, text: Text) -> dict[str, Any]:
    details = {name: getattr(text, name) for name in ("body", "cost", "time", "where", "who")}
    return {
        "slug": found.slug,
        "question": text.question,
        "short": text.short,
        "lang": text.lang,
        "details": {**details, "steps": list(text.steps), "bring": list(text.bring), "lang": text.detail_lang},
        "start": found.start_url,
        "topic": found.topic.code if found.topic else None,
        "languages": found.languages,
        "updated": found.updated.isoformat(),
        "url": page_url(found),
    }
