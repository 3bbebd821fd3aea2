"""Moderators' pages: the queue of petitions, and one petition to publish or reject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.core.errors import Refused
from kesher.petitions import services
from kesher.petitions.desk import get_petition, petition_page
from kesher.petitions.models import Milestone, Petition, PetitionUpdate
from kesher.petitions.moderation_forms import (
    AreasForm,
    ChangesForm,
    ExtendForm,
    NoteForm,
    PolicyForm,
    ReasonWordsForm,
    RefusalForm,
    UpdateDecisionForm,
    threshold_forms,
)
from kesher.petitions.policy_deadlines import policy_of
from kesher.petitions.states import WORDY


def redirect_to_petition(code: str) -> HttpResponse:
    """Return a redirect to the desk's page of the petition with this code."""
    return redirect("petitions:desk-petition", code=code)


def run_and_report(request: AgencyRequest, verb: Any, done: str) -> bool:
    """Call ``verb``, and show ``done`` or why it was refused as a message; return whether it was done."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, done)
    return True


def report_first_error(request: AgencyRequest, form: Any) -> None:
    """Show the form's first error as a message on the page to redirect to."""
    messages.error(request, str(next(iter(form.errors.values()))[0]))


@require_POST
@staff_only("moderate")
def decide(request: AgencyRequest, code: str) -> HttpResponse:
    """Ask a petition's author for changes, refuse it, or take it off the site, unless a colleague has it reserved.

    Where something is wrong, the words that were written are shown again.
    """
    found, transition = get_petition(code), request.POST.get("verb", "")
    if transition not in WORDY:
        return redirect_to_petition(code)
    name, kind = ("changes", ChangesForm) if transition == "ask_changes" else ("refusal", RefusalForm)
    form: Any = kind(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        if "over" in request.POST:
            services.release_petition(found, staff=clerk(request))
        if hold_or_report(request, found) and take_decision(request, found, transition, form.cleaned_data):
            return redirect_to_petition(code)
    return petition_page(request, get_petition(code), status=422, tried=transition, **{name: form})


def take_decision(request: AgencyRequest, found: Petition, transition: str, cleaned: Mapping[str, Any]) -> bool:
    """Make this transition of the petition with the form's reason and words; return whether it was made."""
    given = dict(cleaned)
    if "words" in given:
        given["words"] = {found.language: given["words"].strip()} if given["words"].strip() else {}
    return run_and_report(
        request, lambda: services.move(found, transition, staff=clerk(request), **given), _("Its author is told.")
    )


def hold_or_report(request: AgencyRequest, found: Petition) -> bool:
    """Reserve a petition for this moderator, or show a message who has it; return whether it is reserved."""
    if services.hold_petition(found, staff=clerk(request)):
        return True
    found.refresh_from_db()
    name = found.held_by.name if found.held_by else ""
    messages.error(request, _("%(name)s is reviewing this petition now.") % {"name": name})
    return False


@require_POST
@staff_only("moderate")
def hold(request: AgencyRequest, code: str) -> HttpResponse:
    """Reserve a petition for a quarter of an hour, release it, or take it over from a colleague."""
    found, staff = get_petition(code), clerk(request)
    if "free" in request.POST:
        services.release_petition(found, staff=staff)
    if request.POST.get("free") != "back":
        hold_or_report(request, found)
    return redirect_to_petition(code)


@require_POST
@staff_only("desk")
def note(request: AgencyRequest, code: str) -> HttpResponse:
    """Store a note on a petition for colleagues."""
    form = NoteForm(request.POST)
    if form.is_valid():
        services.add_note(get_petition(code), form.cleaned_data["text"], staff=clerk(request))
    return redirect_to_petition(code)


@require_POST
@staff_only("moderate")
def extend(request: AgencyRequest, code: str) -> HttpResponse:
    """Set a later closing day for a petition's signing."""
    form = ExtendForm(request.POST)
    if not form.is_valid():
        report_first_error(request, form)
        return redirect_to_petition(code)
    found, until = get_petition(code), form.cleaned_data["closes_at"]
    run_and_report(request, lambda: services.extend_signing(found, until, staff=clerk(request)), _("Saved."))
    return redirect_to_petition(code)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def close(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of a reason, and close a petition for the body, with the reason public."""
    found = get_petition(code)
    form = ReasonWordsForm(request.POST or None, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        words = form.texts("text")
        if run_and_report(
            request, lambda: services.move(found, "close", staff=clerk(request), words=words), _("It is closed.")
        ):
            return redirect_to_petition(code)
    context = {"petition": found, "form": form, "title": _("Close the petition"), "button": _("Close it")}
    lead = _("It takes no more signatures; what was signed stays counted. Its author and the public read why.")
    return words_page(request, {**context, "lead": lead})


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def promise(request: AgencyRequest, code: str, rung: str) -> HttpResponse:
    """Show the form, and publish how the promise of a petition's threshold (``rung``: "meeting-500") was fulfilled."""
    found, (kind, _dash, count) = get_petition(code), rung.partition("-")
    rows = Milestone.objects.select_related("petition__action", "petition__author")
    wanted = int(count) if count.isdecimal() and len(count) < 9 else 0
    row = get_object_or_404(rows, petition=found, kind=kind, count=wanted)
    form = ReasonWordsForm(request.POST or None, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        words = form.texts("text")
        if run_and_report(
            request, lambda: services.record_promise_done(row, staff=clerk(request), words=words), _("Saved.")
        ):
            return redirect_to_petition(code)
    context = {"petition": found, "form": form, "title": row.title, "button": _("Publish")}
    return words_page(request, {**context, "lead": _("Say what came of it. It stands in the petition's story.")})


def words_page(request: AgencyRequest, context: dict[str, Any]) -> HttpResponse:
    """Render the desk's page of a form that asks for words in each language."""
    status = 422 if context["form"].errors else 200
    return render(request, "petitions/desk_words.html", context, status=status)


@require_POST
@staff_only("moderate")
def authors_news(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    """Publish the news that a petition's author proposed, or refuse it with a reason."""
    found = get_petition(code)
    rows = PetitionUpdate.objects.select_related("petition__action", "petition__author")
    row = get_object_or_404(rows, pk=pk, petition=found)
    form = UpdateDecisionForm(request.POST)
    if form.is_valid():
        allow, words = request.POST.get("verb") == "publish", form.cleaned_data["note"]
        staff = clerk(request)
        run_and_report(
            request, lambda: services.decide_update(row, staff=staff, allow=allow, note=words), _("Its author is told.")
        )
    return redirect_to_petition(code)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def edit_rules(request: AgencyRequest) -> HttpResponse:
    """Show the forms of the agency's policy on petitions, its thresholds and areas, and save them."""
    spoken, data = request.agency.spoken, request.POST or None
    policy = PolicyForm(data, instance=policy_of(request.agency.pk), languages=spoken)
    lines = threshold_forms(data, spoken)
    areas = AreasForm(data, languages=spoken)
    if data and all([policy.is_valid(), areas.is_valid(), *(line.is_valid() for line in lines)]):
        staff = clerk(request)
        rows = {(row["kind"], row["count"]): row for line in lines if (row := line.row())}
        services.set_policy(staff=staff, **policy.values())
        services.set_thresholds(list(rows.values()), staff=staff)
        services.set_areas(areas.cleaned_data["areas"], staff=staff)
        messages.success(request, _("Saved. It holds for petitions from now on."))
        return redirect("petitions:desk-rules")
    errors = any([policy.errors, areas.errors, *(line.errors for line in lines)]) if data else False
    context = {"policy": policy, "lines": lines, "areas": areas}
    return render(request, "petitions/desk_rules.html", context, status=422 if errors else 200)
