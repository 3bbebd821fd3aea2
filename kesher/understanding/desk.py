"""The desk's page of understanding: what was missed or surely wrong, and what it meant."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.cases.contact_panel import language_name
from kesher.core.db.ids import is_number
from kesher.core.ui.flash_messages import tell_outcome
from kesher.language import LANGUAGES
from kesher.understanding import presenters, services
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import has_models, is_trained
from kesher.understanding.models import Heard

PAGE_SIZE, PAGES_MAX = 50, 10_000
OPEN: Final = Q(state=Heard.State.OPEN)
TABS: Final = {
    "missed": OPEN & Q(wrong=False),
    "wrong": OPEN & Q(wrong=True),
    "examples": Q(state=Heard.State.EXAMPLE),
    "aside": Q(state=Heard.State.DISMISSED),
}
FILTERS: Final = ("show", "lang", "q")


@staff_only("desk")
@require_safe
def messages_heard(request: AgencyRequest) -> HttpResponse:
    """Show the messages of one tab, newest first, and what was done about all messages of the last days."""
    chosen = read_filters(request)
    page = read_page(request)
    begin = (page - 1) * PAGE_SIZE
    found = list(filter_heard(chosen)[begin : begin + PAGE_SIZE + 1])
    if not found and page > 1:
        return redirect(list_url(chosen))
    context = {
        "tabs": page_tabs(chosen["show"]),
        "rows": presenters.heard_rows(found[:PAGE_SIZE]),
        "previous": list_url(chosen, page - 1) if page > 1 else "",
        "next": list_url(chosen, page + 1) if len(found) > PAGE_SIZE else "",
        "chosen": chosen,
        "spoken": [(lang, language_name(lang)) for lang in request.agency.spoken],
        "meanings": presenters.group_meanings(),
        "summary": presenters.summarise_actions(request.agency.spoken),
        "days": presenters.DAYS,
        "may_change": has_right(staff_of(request), "moderate"),
        "trained": has_models(),
        "learned": is_trained(own_examples(fresh=0)),
        "query": list_query(chosen, page),
    }
    return render(request, "understanding/desk.html", context)


@staff_only("moderate")
@require_POST
def review(request: AgencyRequest, pk: int) -> HttpResponse:
    """Make a message an example of what it meant, or put it aside."""
    row = get_object_or_404(Heard, pk=pk)
    aside = "aside" in request.POST
    meant = request.POST.get("meant", "")
    if not aside and not meant:
        messages.error(request, _("Please choose what was meant."))
        return redirect(list_url(read_filters(request), read_page(request)))
    with tell_outcome(request):
        services.review_heard(row, "" if aside else meant, by=clerk(request))
        done = _("Put aside.") if aside else _("Saved. The model learns it within an hour.")
        undo = f"{reverse('understanding:desk_reopen', args=[pk])}?{list_query(read_filters(request))}"
        messages.success(request, done, extra_tags=f"undo:{undo}")
    return redirect(list_url(read_filters(request), read_page(request)))


@staff_only("moderate")
@require_POST
def reopen(request: AgencyRequest, pk: int) -> HttpResponse:
    """Undo a review: the message waits for one again."""
    services.reopen_heard(get_object_or_404(Heard, pk=pk), by=clerk(request))
    messages.success(request, _("The message waits for a review again."))
    return redirect(list_url(read_filters(request), read_page(request)))


def read_filters(request: HttpRequest) -> dict[str, str]:
    """Return the chosen tab, language and words of a URL, each one that exists."""
    show, lang, words = (request.GET.get(name, "")[:80] for name in FILTERS)
    return {"show": show if show in TABS else "missed", "lang": lang if lang in LANGUAGES else "", "q": words.strip()}


def read_page(request: HttpRequest) -> int:
    """Return the number of the page that a URL asks for, from 1."""
    asked = request.GET.get("page", "")
    return min(max(int(asked) if is_number(asked) else 1, 1), PAGES_MAX)


def list_url(chosen: dict[str, str], page: int = 1) -> str:
    """Return the URL of a page of the list, with the chosen filters in its query string."""
    return f"{reverse('understanding:desk')}?{list_query(chosen, page)}"


def list_query(chosen: dict[str, str], page: int = 1) -> str:
    """Return the chosen filters and the page as a query string."""
    used = {name: value for name, value in chosen.items() if value}
    return urlencode(used | ({"page": str(page)} if page > 1 else {}))


def filter_heard(chosen: dict[str, str]) -> QuerySet[Heard]:
    """Return a queryset of the messages of a tab with all these words and in this language, newest first."""
    rows = Heard.objects.filter(TABS[chosen["show"]]).select_related("reviewed_by")
    if chosen["lang"]:
        rows = rows.filter(lang=chosen["lang"])
    for word in chosen["q"].split():
        # SQLite ignores the case of Latin letters only.
        ways = {word, word.lower(), word.capitalize(), word.upper()}
        rows = rows.filter(Q(*(("text__icontains", way) for way in sorted(ways)), _connector=Q.OR))
    return rows.order_by("-created", "-id")


def page_tabs(show: str) -> list[dict[str, Any]]:
    """Return the tabs: title, URL, how many wait, current. One query."""
    waiting = Heard.objects.aggregate(
        missed=Count("id", filter=TABS["missed"]), wrong=Count("id", filter=TABS["wrong"])
    )
    titles = {
        "missed": _("Missed"),
        "wrong": _("Surely wrong"),
        "examples": _("Examples"),
        "aside": _("No example"),
    }
    return [
        {
            "title": title,
            "url": list_url({"show": name}),
            "count": waiting.get(name, 0),
            "current": name == show,
        }
        for name, title in titles.items()
    ]
