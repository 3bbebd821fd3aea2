"""The staff's pages: the sources and how they do; and, with a stated reason, what is in a person's name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.cases.desk_panels import register, register_link
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.records import services
from kesher.records.access import lang_now
from kesher.records.fetcher import read_now
from kesher.records.forms import ReasonForm, SourceForm
from kesher.records.lookup_results import Plan
from kesher.records.models import RecordSource
from kesher.records.nojs_page import SECONDS
from kesher.records.presenters import section
from kesher.records.query_plan import health_of, info_of, plan_of, shelf_of, sources
from kesher.records.registry import adapters, title_of

register_link(gettext_lazy("Sources"), "records:desk", icon="list", right="see_channels", order=82, place="face")
# What a member of staff may be shown: as much as a code proves, never what asks for the national login.
STAFF_LEVEL = 2


def panel(contact: Contact) -> dict[str, Any] | None:
    """The way to a person's records beside his conversation, where any source is connected."""
    return {"key": contact.root().key} if RecordSource.objects.filter(is_active=True).exists() else None


register("records", "records/_desk_person.html", panel, about="contact", order=60)


@require_GET
@staff_only("see_channels")
def list_sources(request: AgencyRequest) -> HttpResponse:
    """Every source: does it answer, is it well configured, is it on?"""
    items = [shown(row) for row in sources()]
    return render(
        request,
        "records/desk_list.html",
        {"items": items, "may_change": has_right(staff_of(request), "change_sources")},
    )


def shown(row: RecordSource) -> dict[str, Any]:
    adapter, health = adapters().get(row.adapter), health_of(row)
    checks = [check for check in adapter.check(info_of(row)) if not check.ok] if adapter is not None else []
    rests = health is not None and health.rest_until is not None and health.rest_until > timezone.now()
    kind, words = state_of(row, health, rests)
    return {
        "source": row,
        "kind": title_of(adapter) if adapter is not None else row.adapter,
        "stand_in": adapter is not None and adapter.stand_in,
        "gone": adapter is None,
        "checks": checks,
        "health": health,
        "rests": rests,
        "badge": kind,
        "words": words,
    }


def state_of(row: RecordSource, health: Any, rests: bool) -> tuple[str, str]:
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
    """A source's settings; a new one where there is no code yet."""
    found = get_object_or_404(RecordSource, code=code) if code else None
    form = SourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "secrets"}
        before = RecordSource.objects.get(pk=found.pk) if found else None
        services.save_source(before, staff=clerk(request), secrets=form.cleaned_data["secrets"] or None, **values)
        messages.success(request, _("Saved."))
        return redirect("records:desk")
    kinds = [(name, title_of(one), dict(one.settings), dict(one.secrets)) for name, one in adapters().items()]
    context = {"form": form, "source": found, "kinds": kinds}
    return render(request, "records/desk_edit.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_sources")
def switch(request: AgencyRequest, code: str) -> HttpResponse:
    """The kill switch."""
    found = get_object_or_404(RecordSource, code=code)
    on = request.POST.get("on") == "1"
    services.switch_source(found, on, staff=clerk(request))
    messages.success(request, _("Switched on.") if on else _("Switched off. Nobody reads it from now on."))
    return redirect("records:desk")


@require_POST
@staff_only("change_sources")
def again(request: AgencyRequest, code: str) -> HttpResponse:
    """Its rest ends now."""
    services.let_try_again(get_object_or_404(RecordSource, code=code), staff=clerk(request))
    messages.success(request, _("Whoever asks next tries it again."))
    return redirect("records:desk")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("see_records")
def person(request: AgencyRequest, key: str) -> HttpResponse:
    """What is in a person's name, for a clerk who says why he looks. A GET asks for the reason and shows nothing."""
    contact = get_object_or_404(Contact, key=key).root()
    form = ReasonForm(request.POST or None)
    context: dict[str, Any] = {"person": contact, "form": form, "sections": None}
    if request.method == "POST" and form.is_valid():
        plan = plan_of(contact, level=STAFF_LEVEL, lang=lang_now())
        codes = [order.code for order in plan.orders if not order.gate]
        try:
            services.note_staff_look(contact, clerk(request), codes, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error("reason", refusal.message)
        else:
            context["sections"] = looked_up(plan)
    return render(request, "records/desk_person.html", context, status=422 if form.errors else 200)


def looked_up(plan: Plan) -> list[dict[str, Any]]:
    """The sections, as the person sees them but for what only he can do."""
    answered = read_now(plan, shelf_of(plan), budget=SECONDS)
    services.keep(answered.outcomes)
    by_code = {row.code: row for row in sources().defer("settings", "secrets")}
    return [section(by_code[one.code], one, None) for one in answered.all()]
