"""Public pages of answers (FAQ): search, read, say whether an answer was useful."""

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
from kesher.answers.presenters import answer_page_context, result_cards, sitemap_rows, topic_lists
from kesher.answers.search.search import NO_RESULT, search
from kesher.core.http.client_ip import allow_from
from kesher.core.http.page_cache import shared_page
from kesher.core.ui.confirmation_pages import find_done, remember_done

QUESTION_LENGTH_MAX = 200
TYPING_SUGGESTIONS_MAX = 6
SUGGESTIONS_MAX = 3
SITEMAP_MOST = 45_000  # the sitemap protocol allows 50,000 URLs a file
TRIES, TRY_SECONDS = 30, 600


def current_language() -> str:
    """Return the two-letter code of the reader's active language."""
    return (get_language() or "he")[:2]


@require_safe
@shared_page(unless=("q",))
def answers(request: AgencyRequest) -> HttpResponse:
    """Show the public search page: what was found for ``?q=``, or all topics without a query."""
    question = request.GET.get("q", "").strip()[:QUESTION_LENGTH_MAX]
    found = search_context(request, question)
    context = {**found, "question": question, "shelves": [] if found["best"] else topic_lists()}
    return render(request, "answers/list.html", context)


def search_context(request: HttpRequest, question: str) -> dict[str, Any]:
    """Return the template context of a search for the question; record a miss if nothing fits.

    It has the best answer, more of them, and the query as understood if the keyboard was set to another language. A
    query without an answer is recorded for the editors.
    """
    found = search(question, current_language()) if question else NO_RESULT
    if question and not found.best and may_write(request, "miss"):
        services.record_miss(question, current_language())
    hits = result_cards(found)
    understood = found.text if found.best and found.text != question else ""
    if not found.best:
        return {"best": None, "more": hits[:SUGGESTIONS_MAX], "understood": ""}
    return {"best": hits[0], "more": hits[1:], "understood": understood}


@require_safe
def suggest(request: AgencyRequest) -> HttpResponse:
    """Render answers that match the words typed so far, as an HTML fragment."""
    question = request.GET.get("q", "").strip()[:QUESTION_LENGTH_MAX]
    hits = (
        result_cards(search(question, current_language(), most=TYPING_SUGGESTIONS_MAX, typing=True))
        if len(question) > 1
        else []
    )
    return render(request, "answers/suggest.html", {"hits": hits, "question": question})


@require_safe
@shared_page()
def topic(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the public page of a topic: the questions of its answers."""
    found = get_object_or_404(AnswerTopic, code=code)
    rows = [row for row in topic_lists() if row["topic"].pk == found.pk]
    return render(request, "answers/topic.html", {"topic": found, "questions": rows[0]["questions"] if rows else []})


@require_safe
@shared_page(unless=("q",))
def answer(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show the public page of an answer; ``?q=`` is the query that led here, stored with the reader's feedback."""
    found = get_object_or_404(Answer.objects.published().select_related("topic", "owner"), slug=slug)
    return render(request, "answers/answer.html", answer_context(request, found))


def answer_context(request: HttpRequest, found: Answer) -> dict[str, Any]:
    """Return the template context of an answer's page, with the query and the vote already given."""
    return {
        **answer_page_context(found),
        "question": request.GET.get("q", "")[:QUESTION_LENGTH_MAX],
        "said": find_done(request, "useful", str(found.pk)),
    }


@require_POST
def useful(request: AgencyRequest, slug: str) -> HttpResponse:
    """Record a reader's vote whether an answer was useful, with an optional comment."""
    found = get_object_or_404(Answer.objects.published(), slug=slug)
    helped = request.POST.get("useful") == "yes"
    if may_write(request, "useful"):
        services.record_feedback(
            found,
            helped,
            lang=current_language(),
            door="web",
            query=request.POST.get("q", "")[:QUESTION_LENGTH_MAX],
            comment=request.POST.get("comment", "")[:500],
        )
    response = redirect(f"{found.get_absolute_url()}#useful")
    return remember_done(response, "useful", str(found.pk), "yes" if helped else "no")


@require_safe
def sitemap(request: AgencyRequest) -> HttpResponse:
    """Return the sitemap (XML) with the URLs of all published answers, for search engines."""
    rows = Answer.objects.published().only("slug", "updated").order_by("-updated")[:SITEMAP_MOST]
    context = {"rows": sitemap_rows(rows), "list": request.build_absolute_uri(reverse("answers:list"))}
    return render(request, "answers/sitemap.xml", context, content_type="application/xml; charset=utf-8")


def may_write(request: HttpRequest, what: str) -> bool:
    """Return whether this network address may still write (feedback, a miss …) in these ten minutes."""
    return allow_from(request, f"answers-{what}", TRIES, TRY_SECONDS)
