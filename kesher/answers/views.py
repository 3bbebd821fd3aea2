"""The public's pages: asking, reading an answer, saying whether it was useful."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.answers import services
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.presenters import alternates, cards, page_of, shelves
from kesher.answers.search import NOTHING, search
from kesher.core.client_ip import allow_from
from kesher.core.confirmation_pages import find_done, remember_done

LONGEST = 200
SUGGESTED = 6
PERHAPS = 3
SITEMAP_MOST = 45_000  # the protocol's limit is 50,000 addresses a file
TRIES, TRY_SECONDS = 30, 600


def lang_of() -> str:
    return (get_language() or "he")[:2]


@require_safe
def answers(request: AgencyRequest) -> HttpResponse:
    """One question; what was found, the best answer in full; without a question every topic."""
    question = request.GET.get("q", "").strip()[:LONGEST]
    found = answered(request, question)
    context = {**found, "question": question, "shelves": [] if found["best"] else shelves()}
    return render(request, "answers/list.html", context)


def answered(request: HttpRequest, question: str) -> dict[str, Any]:
    """What was found for a question, as `found.html` shows it: the best answer, more, and what was understood where the
    keyboard was set to another language; without a best one what may be meant (`perhaps.html`). A question without an
    answer is written down for the editors."""
    found = search(question, lang_of()) if question else NOTHING
    if question and not found.best and may_write(request, "miss"):
        services.note_miss(question, lang_of())
    hits = cards(found)
    understood = found.text if found.best and found.text != question else ""
    if not found.best:
        return {"best": None, "more": hits[:PERHAPS], "understood": ""}
    return {"best": hits[0], "more": hits[1:], "understood": understood}


@require_safe
def suggest(request: AgencyRequest) -> HttpResponse:
    """What may be meant while somebody types: a piece of a page."""
    question = request.GET.get("q", "").strip()[:LONGEST]
    hits = cards(search(question, lang_of(), most=SUGGESTED, typing=True)) if len(question) > 1 else []
    return render(request, "answers/suggest.html", {"hits": hits, "question": question})


@require_safe
def topic(request: AgencyRequest, code: str) -> HttpResponse:
    """One shelf."""
    found = get_object_or_404(AnswerTopic, code=code)
    rows = [row for row in shelves() if row["topic"].pk == found.pk]
    return render(request, "answers/topic.html", {"topic": found, "questions": rows[0]["questions"] if rows else []})


@require_safe
def answer(request: AgencyRequest, slug: str) -> HttpResponse:
    """One answer. ``?q=`` is the question that led here, kept with what the reader says of it."""
    found = get_object_or_404(Answer.objects.published().select_related("topic", "owner"), slug=slug)
    return render(request, "answers/answer.html", context_of(request, found))


def context_of(request: HttpRequest, found: Answer) -> dict[str, Any]:
    return {
        **page_of(found),
        "question": request.GET.get("q", "")[:LONGEST],
        "said": find_done(request, "useful", str(found.pk)),
    }


@require_POST
def useful(request: AgencyRequest, slug: str) -> HttpResponse:
    """Was it useful? A click, and perhaps a line about what was missing."""
    found = get_object_or_404(Answer.objects.published(), slug=slug)
    helped = request.POST.get("useful") == "yes"
    if may_write(request, "useful"):
        services.say_useful(
            found,
            helped,
            lang=lang_of(),
            door="web",
            query=request.POST.get("q", "")[:LONGEST],
            comment=request.POST.get("comment", "")[:500],
        )
    response = redirect(f"{found.get_absolute_url()}#useful")
    return remember_done(response, "useful", str(found.pk), "yes" if helped else "no")


@require_safe
def sitemap(request: AgencyRequest) -> HttpResponse:
    """The addresses of all answers, for search engines."""
    rows = Answer.objects.published().only("slug", "updated").order_by("-updated")[:SITEMAP_MOST]
    context = {"rows": alternates(rows), "list": request.build_absolute_uri(reverse("answers:list"))}
    return render(request, "answers/sitemap.xml", context, content_type="application/xml; charset=utf-8")


def may_write(request: HttpRequest, what: str) -> bool:
    """Within what one internet address may leave with us in ten minutes?"""
    return allow_from(request, f"answers-{what}", TRIES, TRY_SECONDS)
