"""Staff pages of contests: create, plan rounds, review proposals, jury, decide."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_only
from kesher.contests import services
from kesher.contests.desk_tables import (
    contest_heads,
    contest_rows,
    credits_on,
    find_contests,
    proposal_heads,
    proposal_rows,
    proposal_state_tabs,
    similar_to,
)
from kesher.contests.forms.desk import (
    AmendForm,
    ContestForm,
    DecisionForm,
    JurorForm,
    OutcomeForm,
    PollForm,
    ReviewForm,
    RoundForm,
    StatementForm,
)
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.presenters import (
    decision_context,
    decision_of,
    outcomes_of,
    rounds_of,
    scores_of,
    standing_of,
    vote_shown,
)
from kesher.contests.proposal_list import WORDS_MAX, search_proposals
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.initiatives.desk import PAGE, answer_form, desk_form, list_odd, list_rights, render_list
from kesher.initiatives.forms import WordsForm
from kesher.participation.services import count_open_alerts

CHOICES = 500


def find(code: str) -> Contest:
    """Return the contest of this code. Raise Http404."""
    return get_object_or_404(Contest.objects.with_page(), action__code=code[:8])


@require_GET
@staff_only("desk")
def contests(request: AgencyRequest) -> HttpResponse:
    """List every contest and poll, with what waits for the staff."""
    rows = Contest.objects.search(request.GET.get("q", "")).with_page().prefetch_related("rounds")
    return render_list(
        request,
        rows.order_by("-created", "-id"),
        head=contest_heads(),
        cells=contest_rows,
        more=lambda: {"odd": list_odd(find_contests)},
    )


@require_GET
@staff_only("desk")
def contest(request: AgencyRequest, code: str) -> HttpResponse:
    """Show one contest: its rounds, what waits, how the vote stands (unless hidden), the jury and the decision."""
    found = find(code)
    rounds = rounds_of(found)
    shown = vote_shown(rounds)
    waiting = Proposal.objects.waiting().filter(contest=found).count()
    context = {
        "contest": found,
        "rounds": rounds,
        "waiting": waiting,
        "alerts": count_open_alerts(round.action for round in rounds),
        "standing": standing_of(shown) if shown is not None else None,
        "running": next((round for round in rounds if round.is_open), None),
        "jurors": list(found.jurors.order_by("id")),
        **decision_context(found),
        "outcomes": outcomes_of(found),
        "may": list_rights(request),
        "live_streams": [found.action.stream],
    }
    return render(request, "contests/desk_contest.html", context)


def list_link(_none: None) -> dict[str, Any]:
    """Return the context of a form for a new contest: the way back to the list."""
    return {"back": (reverse("contests:desk"), _("All contests"))}


@desk_form(
    None,
    ContestForm,
    _("New contest"),
    more=list_link,
    done=_("The draft was saved. Now add its rounds, then publish it."),
)
def new(request: AgencyRequest, _none: None, form: ContestForm) -> Contest:
    """Create a contest as a draft."""
    return services.create_contest(**form.values(), staff=clerk(request))


@desk_form(
    find,
    ContestForm,
    _("Edit the contest"),
    given=lambda found: {"initial": ContestForm.initial_of(found)},
    done=_("Saved."),
)
def edit(request: AgencyRequest, found: Contest, form: ContestForm) -> None:
    """Save a contest's texts, kind and picture."""
    services.edit_contest(found, staff=clerk(request), **form.values())


@desk_form(
    None,
    PollForm,
    _("New poll"),
    more=list_link,
    done=lambda made: _("The poll is open. Its number is %(code)s.") % {"code": made.code},
)
def poll(request: AgencyRequest, _none: None, form: PollForm) -> Contest:
    """Create a poll with one form; people answer on every channel."""
    given = {name: form.cleaned_data[name] for name in ("language", "several", "results_hidden", "closes_at")}
    return services.create_poll(titles=form.texts("title"), answers=form.answers(), staff=clerk(request), **given)


@desk_form(find, RoundForm, _("A new round"))
def new_round(request: AgencyRequest, found: Contest, form: RoundForm) -> None:
    """Add another round to a contest."""
    services.add_round(found, form.plan(), staff=clerk(request))


def find_round(code: str, position: int) -> Round:
    """Return this round of a contest. Raise Http404."""
    return get_object_or_404(Round.objects.select_related("contest__action"), contest=find(code), position=position)


@desk_form(
    find_round,
    RoundForm,
    _("The round"),
    of=attrgetter("contest"),
    given=lambda round: {"initial": RoundForm.initial_of(round)},
    done=_("Saved."),
)
def edit_round(request: AgencyRequest, round: Round, form: RoundForm) -> None:
    """Save one round of a contest."""
    services.edit_round(round, form.plan(), staff=clerk(request))


@require_POST
@staff_only("moderate")
def move(request: AgencyRequest, code: str) -> HttpResponse:
    """Publish or stop the contest, or end its open round, as the posted ``verb`` says."""
    found = find(code)
    verb = request.POST.get("verb", "")
    try:
        if verb == "publish":
            services.publish_contest(found, staff=clerk(request))
        elif verb == "stop":
            services.stop_contest(found, staff=clerk(request), reason=request.POST.get("note", ""))
        elif verb == "close":
            round = next((row for row in rounds_of(found) if row.is_open), None)
            if round is None:
                raise Refused(_now("No round runs now."))
            services.end_round(round, staff=clerk(request))
        messages.success(request, _("The round is over, and is being counted.") if verb == "close" else _("Saved."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("contests:desk-contest", code=code)


@require_GET
@staff_only("desk")
def proposals(request: AgencyRequest, code: str) -> HttpResponse:
    """List the proposals of a contest by state; those that wait come first, the oldest on top."""
    found = find(code)
    state, words = request.GET.get("state", "submitted"), request.GET.get("q", "")[:WORDS_MAX]
    before = request.GET.get("after", "")
    rows = Proposal.objects.filter(contest=found, **({"state": state} if state in Proposal.State.values else {}))
    if state == Proposal.State.SUBMITTED:
        rows = Proposal.objects.waiting().filter(contest=found)
    if words.strip():  # a search goes through all states
        state, rows = "", search_proposals(Proposal.objects.filter(contest=found), words)
    if is_number(before):
        rows = rows.filter(pk__gt=int(before))
    page = list(rows.select_related("merged_into").order_by("pk")[: PAGE + 1])
    following = urlencode({"state": state, "q": words, "after": page[PAGE - 1].pk}) if len(page) > PAGE else ""
    context = {
        "contest": found,
        "tabs": proposal_state_tabs(found, state),
        "head": proposal_heads(),
        "rows": proposal_rows(found, page[:PAGE]),
        "next": f"?{following}" if following else "",
        "q": words,
        "may": list_rights(request),
    }
    return render(request, "contests/desk_proposals.html", context)


@desk_form(
    find,
    StatementForm,
    _("Put something on the list"),
    given=lambda found: {"initial": {"language": found.language}},
    done=lambda row: _("It is on the list, number %(number)s.") % {"number": row.number},
    to="contests:desk-add",
)
def add(request: AgencyRequest, found: Contest, form: StatementForm) -> Proposal:
    """Publish a proposal of the agency's own."""
    texts, meanings = form.texts("text"), form.texts("meaning")
    return services.add_own_proposal(found, texts, meanings=meanings, staff=clerk(request))


@require_http_methods(["GET", "POST"])
@staff_only("move")
def proposal(request: AgencyRequest, code: str, number: int) -> HttpResponse:
    """Show one proposal with similar ones; publish, reject, merge or shortlist it as posted."""
    found = find(code)
    row = get_object_or_404(
        Proposal.objects.select_related("contest__action", "merged_into"), contest=found, number=number
    )
    form = ReviewForm(request.POST or None)
    reasons = WordsForm(
        request.POST or None if request.POST.get("verb") == "shortlist" else None, languages=request.agency.spoken
    )
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _now("Saved."), form=form):
            review_step(request, row, form, reasons)
            return redirect("contests:desk-proposal", code=code, number=number)
    context = {
        "contest": found,
        "proposal": row,
        "form": form,
        "reasons": reasons,
        "similar": similar_to(row),
        "people": credits_on(row),
        "absorbed": list(row.absorbed.order_by("number")),
        "may": list_rights(request),
        **scores_of(row),
    }
    return render(request, "contests/desk_proposal.html", context, status=422 if form.errors else 200)


def review_step(request: AgencyRequest, row: Proposal, form: ReviewForm, reasons: WordsForm) -> None:
    """Publish, reject, merge, unmerge or (un)shortlist the proposal, as the posted ``verb`` says. Raise Refused."""
    staff, verb = clerk(request), request.POST.get("verb", "")
    if verb in ("publish", "reject"):
        services.review(row, verb, staff=staff, reason=form.cleaned_data["reason"])
    elif verb == "merge":
        into = Proposal.objects.filter(contest=row.contest, number=form.cleaned_data["into"] or 0).first()
        if into is None:
            raise Refused(_now("There is no proposal with this number."))
        services.merge(row, into, staff=staff)
    elif verb == "unmerge":
        services.unmerge(row, staff=staff)
    elif verb == "shortlist" and has_right(staff, "moderate"):
        services.shortlist(row, reasons.texts("text") if reasons.is_valid() else {}, staff=staff)
    elif verb == "unshortlist" and has_right(staff, "moderate"):
        services.unshortlist(row, staff=staff)
    else:
        raise Refused(_now("This cannot be done with the proposal now."))


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def jury(request: AgencyRequest, code: str) -> HttpResponse:
    """List the jurors with their private links; add and remove them."""
    found = find(code)
    leaving = request.POST.get("leave", "")
    if request.method == "POST" and leaving.isdecimal():
        services.remove_juror(get_object_or_404(found.jurors, pk=int(leaving[:18])), staff=clerk(request))
        return redirect("contests:desk-jury", code=code)
    form = JurorForm(request.POST or None, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        services.add_juror(found, form.cleaned_data["name"], titles=form.texts("title"), staff=clerk(request))
        messages.success(request, _("Send the link to the juror: it is private."))
        return redirect("contests:desk-jury", code=code)
    context = {"contest": found, "form": form, "groups": form.groups(), "jurors": list(found.jurors.order_by("id"))}
    return render(request, "contests/desk_jury.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def decision(request: AgencyRequest, code: str) -> HttpResponse:
    """Record the decision and its reasons, or correct the one that was made."""
    found, given = find(code), {"languages": request.agency.spoken}
    standing, choices = decision_of(found), decision_choices(found)
    if standing is not None:
        form: DecisionForm = AmendForm(request.POST or None, choices=choices, decision=standing, **given)
        title, done = (
            _("Correct the decision"),
            _("The correction is on the page, and below it what stood there before."),
        )
    else:
        form = DecisionForm(request.POST or None, choices=choices, **given)
        title, done = _("The decision"), _("The decision is on the page.")
    return answer_form(request, form, partial(decide, request, found, form), found=found, title=title, done=done)


def decide(request: AgencyRequest, found: Contest, form: DecisionForm) -> None:
    """Publish the decision of the form, or the correction of the one before."""
    chosen = Proposal.objects.filter(contest=found, number=int(form.cleaned_data["proposal"] or 0)).first()
    given = {"staff": clerk(request), "tell": form.cleaned_data["tell"]}
    if isinstance(form, AmendForm):
        services.amend_decision(found, chosen, form.texts("text"), form.texts("why"), **given)
    else:
        services.decide(found, chosen, form.texts("text"), **given)


def decision_choices(found: Contest) -> list[tuple[str, str]]:
    """Return form choices of proposals for the decision: the vote's order, then the shortlist."""
    shown = vote_shown(rounds_of(found))
    order = [row["number"] for row in shown.result.get("order", [])] if shown is not None else []
    place = {number: index for index, number in enumerate(order)}
    rows = Proposal.objects.shown().filter(contest=found).order_by("-shortlisted", "number").values_list("number", "pk")
    first = sorted(rows, key=lambda row: place.get(row[0], len(place)))[:CHOICES]
    found_rows = Proposal.objects.in_bulk([pk for _number, pk in first])
    return [(str(number), found_rows[pk].text) for number, pk in first if pk in found_rows]


@desk_form(find, OutcomeForm, _("What we did with it"), done=_("It is on the page."))
def outcome(request: AgencyRequest, found: Contest, form: OutcomeForm) -> None:
    """Publish a report of what was done since the decision."""
    services.add_outcome(found, form.texts("text"), staff=clerk(request), tell=form.cleaned_data["tell"])
