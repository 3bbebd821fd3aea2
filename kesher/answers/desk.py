"""The editors' pages: what is answered, in which languages, what is stored once, and who changed what."""

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
from kesher.answers.diff import compared
from kesher.answers.forms import LABELS, LANGUAGE_NAMES, AnswerForm, FactForm, first_words
from kesher.answers.language_fallback import facts_in, missing
from kesher.answers.models import Answer, AnswerTopic, Fact, Miss, State
from kesher.answers.presenters import page_of
from kesher.answers.rules import may_drop, may_edit, may_move, may_propose, may_publish, offered
from kesher.answers.services.answers import Written, newest_number
from kesher.core.errors import Refused
from kesher.core.flash_messages import tell_outcome
from kesher.core.list_search import is_number
from kesher.language import words

PAGE, PAGES = 50, 10_000
BADGES = {State.DRAFT: "", State.REVIEW: "wait", State.PUBLISHED: "good", State.RETIRED: "bad"}


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the editors."""
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
    """Every answer: state, owner, what is missing in which language, how useful it was; first what waits."""
    chosen = {name: request.GET.get(name, "")[:80] for name in ("q", "state", "topic", "gap")}
    spoken = request.agency.spoken
    page = min(max(number_of(request.GET.get("page", "")) or 1, 1), PAGES)
    begin = (page - 1) * PAGE
    rows = rows_for(chosen, spoken, begin)
    if not rows and page > 1:
        return redirect(linked(chosen, 1))
    context = {
        "tabs": tabs(request),
        "rows": rows[:PAGE],
        "first": begin + 1,
        "last": begin + len(rows[:PAGE]),
        "fitting": None if chosen["gap"] else matching(chosen).count(),
        "previous": linked(chosen, page - 1) if page > 1 else "",
        "next": linked(chosen, page + 1) if len(rows) > PAGE else "",
        "chosen": chosen,
        "states": State.choices,
        "topics": AnswerTopic.objects.order_by("order", "id"),
        "spoken": [(lang, LANGUAGE_NAMES[lang]) for lang in spoken],
        "to_review": Answer.objects.to_review().count(),
    }
    return render(request, "answers/desk_list.html", context)


def linked(chosen: dict[str, str], page: int) -> str:
    """The address of a page of what was chosen."""
    kept = {name: value for name, value in chosen.items() if value}
    return f"{reverse('answers:desk')}?{urlencode(kept | ({'page': page} if page > 1 else {}))}"


def rows_for(chosen: dict[str, str], spoken: list[str], begin: int) -> list[dict[str, Any]]:
    """The rows that the filters let through, a page of them and one more. No database tells what a language lacks: for
    that all are read, a few hundred at a time."""
    found = matching(chosen)
    if not chosen["gap"]:
        return [row_of(one, spoken) for one in found[begin : begin + PAGE + 1]]
    rows = (row_of(one, spoken) for one in found.iterator(chunk_size=500))
    return list(islice((row for row in rows if chosen["gap"] in row["gaps"]), begin, begin + PAGE + 1))


def holding(asked: str) -> Q:
    """Answers with these words in their address or in any field of any language. SQLite keeps JSON in ASCII, so that
    there the words stand escaped; and what is published is found in one spelling, too."""
    plain, escaped = (json.dumps(asked, ensure_ascii=only)[1:-1] for only in (False, True))
    found = Q(slug__icontains=asked) | Q(texts__icontains=plain) | Q(texts__icontains=escaped)
    spelt = " ".join(words(asked))
    return found | Q(searched__phrases__contains=spelt) if spelt else found


def matching(chosen: dict[str, str]) -> QuerySet[Answer]:
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
        rows = rows.filter(holding(chosen["q"]))
    return rows.order_by("-updated", "-id")


def row_of(found: Answer, spoken: list[str]) -> dict[str, Any]:
    gaps = missing(found.texts, spoken)
    return {
        "answer": found,
        "text": found.text(),
        "badge": badge_of(found),
        "gaps": gaps,
        "marks": [(lang, LANGUAGE_NAMES[lang], mark(gaps.get(lang))) for lang in spoken],
    }


def badge_of(found: Answer) -> str:
    """The colour of its state: what is published is good where the public reads it today."""
    return "" if found.state == State.PUBLISHED and not found.is_public else BADGES[State(found.state)]


def mark(gaps: list[str] | None) -> str:
    """How much a language lacks: "" nothing, "wait" some of the details, "bad" the question or the short answer."""
    if not gaps:
        return "good"
    return "bad" if {"question", "short"} & set(gaps) else "wait"


@staff_only("desk")
def new(request: AgencyRequest) -> HttpResponse:
    """A new answer; ``?q=`` is a question that found nothing, ``?lang=`` its language."""
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
        request, "answers/desk_edit.html", {"form": form, "answer": None, "tabs": tabs(request)}, status=bad(form)
    )


def bad(form: forms.Form) -> int:
    return 422 if form.errors else 200


def find(slug: str) -> Answer:
    return get_object_or_404(Answer.objects.select_related("topic", "owner", "waiting__by"), slug=slug)


@staff_only("desk")
def answer(request: AgencyRequest, slug: str) -> HttpResponse:
    """One answer, in every language side by side, with what waits to be published, what is missing, and what readers
    said of it."""
    found, spoken, staff = find(slug), request.agency.spoken, clerk(request)
    wanted = services.with_waiting(found) if found.state == State.PUBLISHED else found
    newest = newest_number(found)
    first = first_words(wanted, spoken, newest)
    form = AnswerForm(request.POST or None, languages=spoken, known=wanted, initial=first)
    if request.method == "POST":
        save = keeping(staff, found, at_once=request.POST.get("how") == "now")
        if save is None:
            raise PermissionDenied
        if form.is_valid() and kept(request, found, form, save):
            return redirect("answers:desk_answer", slug)
    context = {
        "form": form,
        "answer": found,
        "text": found.text(),
        "badge": badge_of(found),
        "tabs": tabs(request),
        "transitions": offered(staff, found),
        "may_edit": may_edit(staff, found),
        "may_propose": may_propose(staff, found),
        "may_publish": may_publish(staff),
        "may_drop": may_drop(staff, found.waiting),
        "newest": newest,
        "compared": compared(found) if found.waiting else [],
        "gaps": [
            (LANGUAGE_NAMES[lang], [LABELS[name] for name in names])
            for lang, names in missing(found.texts, spoken).items()
        ],
        "facts": Fact.objects.filter(name__in=facts_in(found.texts)),
        "said": found.feedback.order_by("-id")[:8],
        "helped": found.feedback.filter(useful=True).count(),
        "asked": found.feedback.count(),
    }
    return render(request, "answers/desk_edit.html", context, status=bad(form))


class Keep(Protocol):
    """A service that saves the text that was written."""

    def __call__(self, answer: Answer, written: Written, *, by: Staff | None, seen: int | None) -> list[str]: ...


def keeping(staff: Staff, found: Answer, *, at_once: bool) -> Keep | None:
    """How this member of staff keeps a change of this answer, None where not at all: a draft is changed; what the
    public reads is changed beside it, or at once by whoever may publish and says so."""
    if found.state != State.PUBLISHED:
        return services.change_answer if may_edit(staff, found) else None
    if at_once:
        return services.publish_change if may_edit(staff, found) else None
    return services.propose_change if may_propose(staff, found) else None


def kept(request: AgencyRequest, found: Answer, form: AnswerForm, save: Keep) -> bool:
    """Keeps what was written; False where it was refused, with the reason in the form."""
    try:
        changed = save(found, form.written(), by=clerk(request), seen=form.cleaned_data.get("seen") or None)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    waits = _("Saved. It waits to be published; until then the public reads what is there.")
    done = waits if save is services.propose_change else _("Saved.")
    messages.success(request, done if changed else _("Nothing was changed."))
    return True


@staff_only("desk")
@require_POST
def waiting(request: AgencyRequest, slug: str) -> HttpResponse:
    """Publishes the change that waits, or drops it."""
    found, staff = find(slug), clerk(request)
    publish = request.POST.get("verb") == "publish"
    if not (may_publish(staff) if publish else may_drop(staff, found.waiting)):
        raise PermissionDenied
    with tell_outcome(request, _("Published.") if publish else _("Dropped. The public reads what it read.")):
        if publish:
            services.publish_waiting(found, by=staff, seen=number_of(request.POST.get("seen", "")))
        else:
            services.drop_waiting(found, by=staff, seen=number_of(request.POST.get("seen", "")))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_POST
def move(request: AgencyRequest, slug: str) -> HttpResponse:
    """Submit, publish, return, retire."""
    found, transition = find(slug), request.POST.get("verb", "")
    if not may_move(clerk(request), found, transition):
        raise PermissionDenied
    with tell_outcome(request, _("Done.")):
        services.move_answer(found, transition, by=clerk(request))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_safe
def history(request: AgencyRequest, slug: str) -> HttpResponse:
    """Every revision: who, when, what changed."""
    found = find(slug)
    rows = found.revisions.select_related("by")[:PAGE]
    context = {"answer": found, "text": found.text(), "rows": rows, "may_edit": may_edit(clerk(request), found)}
    return render(request, "answers/desk_history.html", {**context, "tabs": tabs(request)})


@staff_only("desk")
@require_POST
def restore(request: AgencyRequest, slug: str) -> HttpResponse:
    """Brings an earlier revision back."""
    found = find(slug)
    if not may_edit(clerk(request), found):
        raise PermissionDenied
    number = request.POST.get("number", "")
    with tell_outcome(request, _("The earlier words are back.")):
        services.restore(found, int(number) if is_number(number) else 0, by=clerk(request))
    return redirect("answers:desk_answer", slug)


@staff_only("desk")
@require_safe
def preview(request: AgencyRequest, slug: str) -> HttpResponse:
    """The page as the public would see it, whatever its state; ``?waiting=1`` with the change that waits."""
    found = find(slug)
    shown = services.with_waiting(found) if request.GET.get("waiting") else found
    return render(request, "answers/answer.html", {**page_of(shown), "is_preview": True})


@staff_only("desk")
def facts(request: AgencyRequest) -> HttpResponse:
    """What is stored once; an editor changes it here for every answer."""
    form = FactForm(request.POST or None)
    if request.method == "POST":
        must(request)
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
        "tabs": tabs(request),
        "may_change": has_right(staff_of(request), "moderate"),
    }
    return render(request, "answers/desk_facts.html", context, status=bad(form))


def handle_miss(request: HttpRequest, made: Answer | None = None) -> None:
    """Takes the words that led here (``?miss=``) off the list of what was not found; a manager's, as the list is."""
    row = Miss.objects.filter(pk=number_of(request.GET.get("miss", "")) or 0, handled=False).first()
    if row is not None and has_right(staff_of(request), "moderate"):
        services.handle_miss(row, by=clerk(request), answer=made)


def number_of(text: str) -> int | None:
    return int(text) if is_number(text) else None


def must(request: HttpRequest) -> None:
    """Facts, synonyms and the list of misses change what everybody reads or finds: a manager's."""
    if not has_right(staff_of(request), "moderate"):
        raise PermissionDenied
