"""Moderators' pages: the queue of petitions, and one petition to publish or reject."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.initiatives.desk import desk_form
from kesher.petitions import services
from kesher.petitions.desk import get_petition, petition_page
from kesher.petitions.forms.moderation import (
    AreasForm,
    ChangesForm,
    ExtendForm,
    NoteForm,
    PolicyForm,
    RefusalForm,
    UpdateDecisionForm,
    threshold_forms,
)
from kesher.petitions.forms.signatures import CountedWordsForm
from kesher.petitions.models import Milestone, Petition, PetitionUpdate
from kesher.petitions.policy_deadlines import policy_of
from kesher.petitions.states import WORDY


@require_POST
@staff_only("moderate")
def decide(request: AgencyRequest, code: str) -> HttpResponse:
    """Ask a petition's author for changes, refuse it, or take it off the site, unless a colleague has it reserved.

    Where something is wrong, the words that were written are shown again.
    """
    found, transition = get_petition(code), request.POST.get("verb", "")
    if transition not in WORDY:
        return redirect("petitions:desk-petition", code=code)
    name, kind = ("changes", ChangesForm) if transition == "ask_changes" else ("refusal", RefusalForm)
    form: Any = kind(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        if "over" in request.POST:
            services.release_petition(found, staff=clerk(request))
        if hold_or_report(request, found):
            given = dict(form.cleaned_data)
            if words := given.get("words"):
                given["words"] = {found.language: words}
            with tell_outcome(request, _now("Its author is told.")):
                services.move(found, transition, staff=clerk(request), **given)
                return redirect("petitions:desk-petition", code=code)
    return petition_page(request, get_petition(code), status=422, tried=transition, **{name: form})


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
    return redirect("petitions:desk-petition", code=code)


@require_POST
@staff_only("desk")
def note(request: AgencyRequest, code: str) -> HttpResponse:
    """Store a note on a petition for colleagues."""
    form = NoteForm(request.POST)
    if form.is_valid():
        services.add_note(get_petition(code), form.cleaned_data["text"], staff=clerk(request))
    return redirect("petitions:desk-petition", code=code)


@require_POST
@staff_only("moderate")
def extend(request: AgencyRequest, code: str) -> HttpResponse:
    """Set a later closing day for a petition's signing."""
    found, form = get_petition(code), ExtendForm(request.POST)
    with tell_outcome(request, _now("Saved.")):
        if not form.is_valid():
            raise Refused(str(form.errors["closes_at"][0]))
        services.extend_signing(found, form.cleaned_data["closes_at"], staff=clerk(request))
    return redirect("petitions:desk-petition", code=code)


@desk_form(
    get_petition,
    CountedWordsForm,
    _("Close the petition"),
    lead=_("It takes no more signatures; what was signed stays counted. Its author and the public read why."),
    button=_("Close it"),
    done=_("It is closed."),
)
def close(request: AgencyRequest, found: Petition, form: CountedWordsForm) -> None:
    """Close a petition for the body, with the reason public."""
    services.move(found, "close", staff=clerk(request), words=form.texts("text"))


def get_milestone(code: str, rung: str) -> Milestone:
    """Return the threshold ("meeting-500") of the petition with this code, or raise Http404."""
    kind, _dash, count = rung.partition("-")
    rows = Milestone.objects.select_related("petition__action", "petition__author")
    wanted = int(count) if count.isdecimal() and len(count) < 9 else 0
    return get_object_or_404(rows, petition=get_petition(code), kind=kind, count=wanted)


@desk_form(
    get_milestone,
    CountedWordsForm,
    lead=_("Say what was done. It appears in the petition's timeline."),
    button=_("Publish"),
    done=_("Saved."),
    of=attrgetter("petition"),
    more=lambda row: {"title": row.title},
)
def promise(request: AgencyRequest, row: Milestone, form: CountedWordsForm) -> None:
    """Publish how the promise of a petition's threshold was fulfilled."""
    services.record_promise_done(row, staff=clerk(request), words=form.texts("text"))


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
        with tell_outcome(request, _now("Its author is told.")):
            services.decide_update(row, staff=clerk(request), allow=allow, note=words)
    return redirect("petitions:desk-petition", code=code)


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
