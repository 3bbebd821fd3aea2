"""Staff pages of listening: mentions, watches with a test box, and sources."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.agencies.services import staff_actor
from kesher.core.ui.flash_messages import tell_outcome
from kesher.core.ui.list_search import paginate_rows
from kesher.listening import presenters, services
from kesher.listening.forms import MentionFilterForm, SourceForm, WatchForm
from kesher.listening.models import Source, Watch
from kesher.listening.sources.source_adapter import source_adapters

PAGE = 30


@require_safe
@staff_only("listen")
def mentions(request: AgencyRequest) -> HttpResponse:
    """Show what was heard, newest first, with filters."""
    form = MentionFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found, links = paginate_rows(presenters.filter_mentions(asked), request.GET, PAGE)
    pages = {name: page_url(request, url) for name, url in links.items() if name != "q"}
    context = {"form": form, "mentions": found, "asked": any(asked.values()), "watches": Watch.objects.exists()} | pages
    return render(request, "listening/mentions.html", context)


def page_url(request: AgencyRequest, url: str) -> str:
    """Return the link to another page with the filters of this one; "" for no page."""
    if not url:
        return ""
    query = request.GET.copy()
    query["page"] = QueryDict(url.lstrip("?"))["page"]
    return f"?{query.urlencode()}"


@require_safe
@staff_only("change_watches")
def watches(request: AgencyRequest) -> HttpResponse:
    """Show the watches with how much each hears."""
    return render(request, "listening/watches.html", {"watches": presenters.watches_with_counts()})


@staff_only("change_watches")
def add_watch(request: AgencyRequest) -> HttpResponse:
    """Show, try or save the form of a new watch."""
    return edit_watch(request, None)


@staff_only("change_watches")
def change_watch(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show, try or save the form of a watch."""
    return edit_watch(request, get_object_or_404(Watch, pk=pk))


def edit_watch(request: AgencyRequest, watch: Watch | None) -> HttpResponse:
    """Show the form of a watch (None: a new one), try its query on a text, or save it."""
    staff = clerk(request)
    form = WatchForm(request.POST or None, watch=watch, staff=staff)
    context: dict[str, Any] = {"form": form, "watch": watch}
    if request.POST.get("action") == "try":
        form.full_clean()
        if "query" in form.cleaned_data:
            context["trial"] = presenters.try_query(form.cleaned_data["query"], form.cleaned_data.get("sample", ""))
        wrong = form.errors.get("query")
        form.errors.clear()
        if wrong:
            form.errors["query"] = wrong
        return render(request, "listening/watch_form.html", context, status=422 if wrong else 200)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("Saved."), form):
            services.save_watch(watch, by=staff_actor(staff), **form.values())
        if not form.errors:
            return redirect("listening:watches")
    return render(request, "listening/watch_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_watches")
def delete_watch(request: AgencyRequest, pk: int) -> HttpResponse:
    """Delete a watch with the mentions that only it matched, and return to the list."""
    with tell_outcome(request, _("Removed.")):
        services.remove_watch(get_object_or_404(Watch, pk=pk), by=staff_actor(clerk(request)))
    return redirect("listening:watches")


@require_safe
@staff_only("change_watches")
def sources(request: AgencyRequest) -> HttpResponse:
    """Show the sources with their state, and the kinds that can be added."""
    context = {"sources": Source.objects.order_by("name"), "kinds": source_adapters().values()}
    return render(request, "listening/sources.html", context)


@staff_only("change_watches")
def add_source(request: AgencyRequest, kind: str) -> HttpResponse:
    """Show or save the form of a new source of a kind."""
    return edit_source(request, None, kind)


@staff_only("change_watches")
def change_source(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show or save the form of a source."""
    source = get_object_or_404(Source, pk=pk)
    return edit_source(request, source, source.kind)


def edit_source(request: AgencyRequest, source: Source | None, kind: str) -> HttpResponse:
    """Show or save the form of a source (None: a new one). 404 for a kind that is not installed."""
    adapter = source_adapters().get(kind)
    if adapter is None:
        raise Http404
    form = SourceForm(request.POST or None, adapter=adapter, source=source)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("Saved. It is read within a minute."), form):
            services.save_source(
                source,
                kind=kind,
                name=form.cleaned_data["name"],
                settings=form.settings(),
                is_active=form.cleaned_data["is_active"],
                by=staff_actor(clerk(request)),
            )
        if not form.errors:
            return redirect("listening:sources")
    context = {"form": form, "source": source, "adapter": adapter}
    return render(request, "listening/source_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_watches")
def delete_source(request: AgencyRequest, pk: int) -> HttpResponse:
    """Delete a source with its mentions, and return to the list."""
    with tell_outcome(request, _("Removed.")):
        services.remove_source(get_object_or_404(Source, pk=pk), by=staff_actor(clerk(request)))
    return redirect("listening:sources")


@require_POST
@staff_only("change_watches")
def read_now(request: AgencyRequest, pk: int) -> HttpResponse:
    """Let a source be read in the next round, and return to the list."""
    with tell_outcome(request, _("It is read within a minute.")):
        services.hasten_source(get_object_or_404(Source, pk=pk), by=staff_actor(clerk(request)))
    return redirect("listening:sources")
