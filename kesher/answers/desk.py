"""Staff pages of answers (FAQ) and shared facts: list, edit, review, history."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.answers import services
from kesher.answers.diff import compare_waiting_change
from kesher.answers.forms import LABELS, LANGUAGE_NAMES, AnswerForm, FactForm, initial_words
from kesher.answers.language_fallback import find_fact_names, find_missing_fields
from kesher.answers.models import Answer, AnswerTopic, Fact, Miss, State
from kesher.answers.presenters import answer_page_context
from kesher.answers.rules import may_drop, may_edit, may_propose, may_publish, may_transition, offered_transitions
from kesher.answers.services.answers import AnswerContent, newest_revision_number
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.language import words

PAGE_SIZE, PAGES_MAX = 50, 10_000
BADGES = {State.DRAFT: "", State.REVIEW: "wait", State.PUBLISHED: "good", State.RETIRED: "bad"}


def desk_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the tabs above the editors' pages (answers, checkers, topics, facts …): title, URL, count, current."""
    waiting = Miss.objects.filter(handled=False).count()
    pages = (
        (_("Answers"), "answers:desk", 0),
        (_("Check and calculate"), "answers:desk_checks", 0),
        (_("Topics"), "answers:desk_topics", 0),
        (_("Facts"), "answers:desk_facts", 0),
        (_("Synonyms"), "answers:desk_synonyms", 0),
        (_("Not found"), "answers:desk_misses", waiting),
    )
    found = [{"title": title, "url": reverse(name), "count": count} for title, name, count in pages]
    return [{**page, "current": request.path == page["url"]} for page in found]


@staff_only("desk")
@require_safe
def answers(request: AgencyRequest) -> HttpResponse:
    """Show the editors' list of answers with state, owner, missing languages and feedback, last changed first."""
    chosen = {name: request.GET.get(name, "")[:80] for name in ("q", "state", "topic", "gap")}
    spoken = request.agency.spoken
    page = min(max(parse_number(request.GET.get("page", "")) or 1, 1), PAGES_MAX)
    begin = (page - 1) * PAGE_SIZE
    rows = list_rows(chosen, spoken, begin)
    if not rows and page > 1:
        return redirect(list_url(chosen, 1))
    context = {
        "tabs": desk_tabs(request),
        "rows": rows[:PAGE_SIZE],
        "first": begin + 1,
        "last": begin + len(rows[:PAGE_SIZE]),
        "fitting": None if chosen["gap"] else filter_answers(chosen).count(),
        "previous": list_url(chosen, page - 1) if page > 1 else "",
        "next": list_url(chosen, page + 1) if len(rows) > PAGE_SIZE else "",
        "chosen": chosen,
        "states": State.choices,
        "topics": AnswerTopic.objects.order_by("order", "id"),
        "spoken": [(lang, LANGUAGE_NAMES[lang]) for lang in spoken],
        "to_review": Answer.objects.to_review().count(),
    }
    return render(request, "answers/desk_list.html", context)


def list_url(chosen: dict[str, str], page: int) -> str:
    """Return the URL of a page of the editors' list, with the chosen filters in its query string."""
    kept = {name: value for name, value in chosen.items() if value}
    return f"{reverse('answers:desk')}?{urlencode(kept | ({'page': page} if page > 1 else {}))}"


def list_rows(chosen: dict[str, str], spoken: list[str], begin: int) -> list[dict[str, Any]]:
    """Return one page of the editors' filtered list as rows, and one row more if there is a next page.

    A database cannot filter by what a language lacks: for that filter all answers are read, a few hundred at a time.
    """
    found = filter_answers(chosen)
    if not chosen["gap"]:
        return [build_row(one, spoken) for one in found[begin : begin + PAGE_SIZE + 1]]
    rows = (build_row(one, spoken) for one in found.iterator(chunk_size=500))
    return list(islice((row for row in rows if chosen["gap"] in row["gaps"]), begin, begin + PAGE_SIZE + 1))


def words_filter(text: str) -> Q:
    """Return a Q that finds answers with this text in the slug or in any text of any language.

    SQLite stores JSON in ASCII, so the words are also searched for escaped; published answers are also found by
    normalised spelling.
    """
    plain, escaped = (json.dumps(text, ensure_ascii=only)[1:-1] for only in (False, True))
    found = Q(slug__icontains=text) | Q(texts__icontains=plain) | Q(texts__icontains=escaped)
    spelt = " ".join(words(text))
    return found | Q(searched__phrases__contains=spelt) if spelt else found


def filter_answers(chosen: dict[str, str]) -> QuerySet[Answer]:
    """Return a queryset of the answers that match the editors' filters, with counts of their feedback."""
    helped = Count("feedback", filter=Q(feedback__useful=True))
    asked = Count("feedback")
    rows = Answer.objects.select_related("topic", "owner").annotate(helped=helped, asked=asked)
    if chosen["state"] == "due":
        rows = rows & Answer.objects.to_review()
    elif chosen["state"] in State.values:
        rows = rows.filter(state=chosen["state"])
    if chosen["topic"]:
        rows = rows.filter(topic__code=chosen["topic"])
    if chosen["q"]:
        rows = rows.filter(words_filter(chosen["q"]))
    return rows.order_by("-updated", "-id")


def build_row(row: Answer, spoken: list[str]) -> dict[str, Any]:
    """Return an answer as a row of the editors' list, with the missing fields of each language."""
    gaps = find_missing_fields(row.texts, spoken)
    return {
        "answer": row,
        "text": row.text(),
        "badge": answer_badge(row),
        "gaps": gaps,
        "marks": [(lang, LANGUAGE_NAMES[lang], gap_mark(gaps.get(lang))) for lang in spoken],
    }


def answer_badge(row: Answer) -> str:
    """Return the colour name of an answer's state badge; none for a published answer that is not valid today."""
    return "" if row.state == State.PUBLISHED and not row.is_public else BADGES[State(row.state)]


def gap_mark(gaps: list[str] | None) -> str:
    """Return the mark of a language by the fields it lacks: "good" none, "wait" details, "bad" question or answer."""
    if not gaps:
        return "good"
    return "bad" if {"question", "short"} & set(gaps) else "wait"


@staff_only("desk")
def new(request: AgencyRequest) -> HttpResponse:
    """Show the form of a new answer, and create it; ``?q=`` is a query that found nothing, ``?lang=`` its language."""
    spoken = request.agency.spoken
    lang = request.GET.get("lang", "")
    first = {f"question_{lang if lang in spoken else spoken[0]}": request.GET.get("q", "")[:200]}
    form = AnswerForm(request.POST or None, languages=spoken, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_answer(form.cleaned_data["slug"], form.written(), by=clerk(request))
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            handle_miss(request, made)
            messages.success(request, _("Kept as a draft."))
            return redirect("answers:desk_answer", made.slug)
    return render(
        request,
        "answers/desk_edit.html",
        {"form": form, "answer": None, "tabs": desk_tabs(request)},
        status=form_status(form),
    )


def form_status(form: forms.Form) -> int:
    """Return the HTTP status of a page with this form: 422 if it has errors, else 200."""
    return 422 if form.errors else 200


def get_answer(slug: str) -> Answer:
    """Return the answer with this slug and its topic, owner and waiting change, or raise Http404."""
    return get_object_or_404(Answer.objects.select_related("topic", "owner", "waiting__by"), slug=slug)


@staff_only("desk")
def answer(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show the editing page of an answer in every language, with waiting change, gaps and feedback, and save it."""
    found, spoken, staff = get_answer(slug), request.agency.spoken, clerk(request)
    wanted = services.preview_waiting_change(found) if found.state == State.PUBLISHED else found
    newest = newest_revision_number(found)
    first = initial_words(wanted, spoken, newest)
    form = AnswerForm(request.POST or None, languages=spoken, known=wanted, initial=first)
    if request.method == "POST":
        service = choose_save_service(staff, found, at_once=request.POST.get("how") == "now")
        if service is None:
            raise PermissionDenied
        if form.is_valid() and save_answer(request, found, form, service):
            return redirect("answers:desk_answer", slug)
    context = {
        "form": form,
        "answer": found,
        "text": found.text(),
        "badge": answer_badge(found),
        "tabs": desk_tabs(request),
        "transitions": offered_transitions(staff, found),
        "may_edit": may_edit(staff, found),
        "may_propose": may_propose(staff, found),
        "may_publish": may_publish(staff),
        "may_drop": may_drop(staff, found.waiting),
        "newest": newest,
        "compared": compare_waiting_change(found) if found.waiting else [],
        "gaps": [
            (LANGUAGE_NAMES[lang], [LABELS[name] for name in names])
            for lang, names in find_missing_fields(found.texts, spoken).items()
        ],
        "facts": Fact.objects.filter(name__in=find_fact_names(found.texts)),
        "said": found.feedback.order_by("-id")[:8],
        "helped": found.feedback.filter(useful=True).count(),
        "asked": found.feedback.count(),
    }
    return render(request, "answers/desk_edit.html", context, status=form_status(form))


class SaveService(Protocol):
    """The type of a service that saves an editor's content."""

    def __call__(self, answer: Answer, written: AnswerContent, *, by: Staff | None, seen: int | None) -> list[str]:
        """Save the content and return the changed fields. ``seen``: the version that the editor saw."""


def choose_save_service(staff: Staff, found: Answer, *, at_once: bool) -> SaveService | None:
    """Return the service by which this editor may save the answer (change, propose, at once), or None.

    A draft is changed. A published answer gets a waiting change, or is changed at once by an editor who may publish and
    chose it.
    """
    if found.state != State.PUBLISHED:
        return services.change_answer if may_edit(staff, found) else None
    if at_once:
        return services.publish_change_at_once if may_edit(staff, found) else None
    return services.propose_change if may_propose(staff, found) else None


def save_answer(request: AgencyRequest, found: Answer, form: AnswerForm, service: SaveService) -> bool:
    """Save the form's content by this service. Return False if it was refused, with the reason in the form."""
    try:
        changed = service(found, form.written(), by=clerk(request), seen=form.cleaned_data.get("seen") or None)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    waits = _("Saved. It waits to be published; until then the public reads what is there.")
    done = waits if service is services.propose_change else _("Saved.")
    messages.success(request, done if changed else _("Nothing was changed."))
    return True


@staff_only("desk")
@require_POST
def waiting(request: AgencyRequest, slug: str) -> HttpResponse:
    """Publish or drop the proposed change that waits beside a published answer; ``verb`` says which."""
    found, staff = get_answer(slug), clerk(request)
    publish = request.POST.get("verb") == "publish"
    if not (may_publish(staff) if publish else may_drop(staff, found.waiting)):
        raise PermissionDenied
    with tell_outcome(request, _("Published.") if publish else _("Dropped. The public reads what it read.")):
        if publish:
            services.publish_waiting_change(found, by=staff, seen=parse_number(request.POST.get("seen", "")))
        else:
            services.drop_waiting_change(found, by=staff, seen=parse_number(request.POST.get("seen", "")))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_POST
def move(request: AgencyRequest, slug: str) -> HttpResponse:
    """Change an answer's publication state: submit, publish, return or retire it."""
    found, transition = get_answer(slug), request.POST.get("verb", "")
    if not may_transition(clerk(request), found, transition):
        raise PermissionDenied
    with tell_outcome(request, _("Done.")):
        services.change_answer_state(found, transition, by=clerk(request))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_safe
def history(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show all revisions of an answer: who changed what, and when."""
    found = get_answer(slug)
    rows = found.revisions.select_related("by")[:PAGE_SIZE]
    context = {"answer": found, "text": found.text(), "rows": rows, "may_edit": may_edit(clerk(request), found)}
    return render(request, "answers/desk_history.html", {**context, "tabs": desk_tabs(request)})


@staff_only("desk")
@require_POST
def restore(request: AgencyRequest, slug: str) -> HttpResponse:
    """Restore the texts of an earlier revision of an answer, as a new revision."""
    found = get_answer(slug)
    if not may_edit(clerk(request), found):
        raise PermissionDenied
    number = request.POST.get("number", "")
    with tell_outcome(request, _("The earlier words are back.")):
        services.restore_answer(found, int(number) if is_number(number) else 0, by=clerk(request))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_safe
def preview(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show editors the public page of an answer in any state; ``?waiting=1`` with the waiting change."""
    found = get_answer(slug)
    shown = services.preview_waiting_change(found) if request.GET.get("waiting") else found
    return render(request, "answers/answer.html", {**answer_page_context(shown), "is_preview": True})


@staff_only("desk")
def facts(request: AgencyRequest) -> HttpResponse:
    """Show the facts (named values that answers' texts use), and create or change one."""
    form = FactForm(request.POST or None)
    if request.method == "POST":
        require_moderator(request)
        if form.is_valid():
            try:
                services.set_fact(form.cleaned_data["name"], form.words(), by=clerk(request))
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Saved: every answer that uses it says the new one."))
                return redirect("answers:desk_facts")
    chosen = Fact.objects.filter(name=request.GET.get("name", "")).first()
    if chosen and not form.is_bound:
        form = FactForm(initial={"name": chosen.name, **chosen.words})
    rows = Fact.objects.annotate(users=Count("answers"))
    context = {
        "form": form,
        "rows": rows,
        "tabs": desk_tabs(request),
        "may_change": has_right(staff_of(request), "moderate"),
    }
    return render(request, "answers/desk_facts.html", context, status=form_status(form))


def handle_miss(request: HttpRequest, made: Answer | None = None) -> None:
    """Mark the query that led here (``?miss=``) as handled on the list of misses, if the user may change it."""
    row = Miss.objects.filter(pk=parse_number(request.GET.get("miss", "")) or 0, handled=False).first()
    if row is not None and has_right(staff_of(request), "moderate"):
        services.handle_miss(row, by=clerk(request), answer=made)


def parse_number(text: str) -> int | None:
    """Return the non-negative integer that a text of digits means, or None for any other text."""
    return int(text) if is_number(text) else None


def require_moderator(request: HttpRequest) -> None:
    """Raise PermissionDenied unless this member of staff may change facts, synonyms and misses."""
    if not has_right(staff_of(request), "moderate"):
        raise PermissionDenied
