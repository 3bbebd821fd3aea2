"""Staff pages of records: the sources and their health, and a person's records for a stated reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, needs_fresh_step, staff_of, staff_only
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.records import services
from kesher.records.forms import ReasonForm, SourceForm
from kesher.records.models import RecordSource
from kesher.records.no_javascript_page import SECONDS
from kesher.records.presenters import section_context
from kesher.records.record_access import current_language
from kesher.records.source_selection import (
    build_plan,
    find_health,
    load_cached_readings,
    source_info,
    sources_with_health,
)
from kesher.records.sources.fetcher import fetch_now
from kesher.records.sources.readings import Plan
from kesher.records.sources.registry import adapter_title, all_adapters

# Staff see what a code proves, never what needs the national login.
STAFF_LEVEL = 2


@require_GET
@staff_only("see_channels")
def list_sources(request: AgencyRequest) -> HttpResponse:
    """Show the desk's list of record sources: whether each answers, is well configured and is active."""
    items = [source_status(row) for row in sources_with_health()]
    return render(
        request,
        "records/desk_list.html",
        {"items": items, "may_change": has_right(staff_of(request), "change_sources")},
    )


def source_status(row: RecordSource) -> dict[str, Any]:
    """Return a source's status as a dict for the desk's list: badge, failed checks, last answers."""
    adapter, health = all_adapters().get(row.adapter), find_health(row)
    checks = [check for check in adapter.check(source_info(row)) if not check.ok] if adapter is not None else []
    rests = health is not None and health.rest_until is not None and health.rest_until > timezone.now()
    kind, words = status_badge(row, health, rests)
    return {
        "source": row,
        "kind": adapter_title(adapter) if adapter is not None else row.adapter,
        "stand_in": adapter is not None and adapter.stand_in,
        "gone": adapter is None,
        "checks": checks,
        "health": health,
        "rests": rests,
        "badge": kind,
        "words": words,
    }


def status_badge(row: RecordSource, health: Any, rests: bool) -> tuple[str, str]:
    """Return (colour name, words) of a source's status badge."""
    if not row.is_active:
        return "", _("switched off")
    if rests:
        return "bad", _("resting after failures")
    if health is None:
        return "info", _("not asked yet")
    return ("bad", _("failed last")) if health.code else ("good", _("answers"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_sources")
def edit(request: AgencyRequest, code: str = "") -> HttpResponse:
    """Show the form of a source's settings, and save it; create a source if there is no code."""
    if step := needs_fresh_step(request):
        return step
    found = get_object_or_404(RecordSource, code=code) if code else None
    form = SourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "secrets"}
        before = RecordSource.objects.get(pk=found.pk) if found else None
        services.save_source(before, staff=clerk(request), secrets=form.cleaned_data["secrets"] or None, **values)
        messages.success(request, _("Saved."))
        return redirect("records:desk")
    kinds = [(name, adapter_title(one), dict(one.settings), dict(one.secrets)) for name, one in all_adapters().items()]
    context = {"form": form, "source": found, "kinds": kinds}
    return render(request, "records/desk_edit.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_sources")
def switch(request: AgencyRequest, code: str) -> HttpResponse:
    """Switch a source on or off for everybody, and return to the list."""
    found = get_object_or_404(RecordSource, code=code)
    on = request.POST.get("on") == "1"
    services.switch_source(found, on, staff=clerk(request))
    messages.success(request, _("Switched on.") if on else _("Switched off. Nobody reads it from now on."))
    return redirect("records:desk")


@require_POST
@staff_only("change_sources")
def again(request: AgencyRequest, code: str) -> HttpResponse:
    """End the pause of a source that failed, so that the next reader tries it, and return to the list."""
    services.end_rest(get_object_or_404(RecordSource, code=code), staff=clerk(request))
    messages.success(request, _("Whoever asks next tries it again."))
    return redirect("records:desk")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("see_records")
def person(request: AgencyRequest, key: str) -> HttpResponse:
    """Show a person's records to a clerk who states a reason (POST). A GET asks for the reason only."""
    contact = get_object_or_404(Contact, key=key).root()
    form = ReasonForm(request.POST or None)
    context: dict[str, Any] = {"person": contact, "form": form, "sections": None}
    if request.method == "POST" and form.is_valid():
        plan = build_plan(contact, level=STAFF_LEVEL, lang=current_language())
        codes = [order.code for order in plan.orders if not order.gate]
        try:
            services.record_staff_look(contact, clerk(request), codes, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error("reason", refusal.message)
        else:
            context["sections"] = read_sections(plan)
    return render(request, "records/desk_person.html", context, status=422 if form.errors else 200)


def read_sections(plan: Plan) -> list[dict[str, Any]]:
    """Read the plan's sources, and return their sections as the person sees them, without buttons."""
    answered = fetch_now(plan, load_cached_readings(plan), budget=SECONDS)
    services.cache_readings(answered.outcomes)
    by_code = {row.code: row for row in sources_with_health().defer("settings", "secrets")}
    return [section_context(by_code[one.code], one, None) for one in answered.all()]
