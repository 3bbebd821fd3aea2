"""Public pages of contests: list, one contest, propose. They read tallies and results, never ballots."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kesher.accounts.recent_verification import ProvedPerson, choose_proved, leave_out_address
from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached
from kesher.contests import services
from kesher.contests.forms.ballots import ProposeOnTheWebForm
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.pending_votes import find_remembered_address, remember_address, voter_memory
from kesher.contests.presenters import (
    Standing,
    contests_listed,
    credits_of,
    decision_of,
    page_of,
    rounds_of,
    scores_of,
    standing_of,
    vote_shown,
)
from kesher.contests.proposal_list import proposal_list_context
from kesher.contests.rules import may_see
from kesher.contests.services.proposals import PROPOSAL
from kesher.contests.services.round_close import late_for
from kesher.conversations.channel_links import share_links
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways, park_page_form
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.conversations.visitor_cookie import get_visitor_identity
from kesher.conversations.visitor_cookie import set_visitor_cookie as remember_visitor
from kesher.core.contact_address import Address
from kesher.core.db.prepared_query import Prepared
from kesher.core.errors import Refused
from kesher.core.http.page_cache import shared_page
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.core.ui.list_search import paginate_rows
from kesher.initiatives.views import build_count_view
from kesher.participation.rate_limits import may_ask, may_try
from kesher.participation.services import read_tallies_now

CREDITS = 200


@Prepared.of(str)
def public_by_code(code: str) -> QuerySet[Contest]:
    """Return a queryset of the published contest with this code."""
    return Contest.objects.published().with_page().with_code(code)


def find_contest(code: str) -> Contest | None:
    """Return the published contest with this code, or None."""
    return next(iter(public_by_code(code[:8])), None)


def render_unknown(request: HttpRequest) -> HttpResponse:
    """Render the 404 page for an unknown contest."""
    return render(request, "contests/unknown.html", status=404)


def page_language() -> str:
    """Return the two-letter code of the active language."""
    return (get_language() or "he")[:2]


def web_call(identity: Identity | None = None, address: Address | None = None) -> Call:
    """Return a Call for a web request: by a known identity, by an unproved address, or both."""
    level = identity.assurance if identity is not None else 0
    return Call(door="web", lang=page_language(), identity=identity, address=address, level=level)


@require_GET
@shared_page("show", "sort", "page", unless=("q",))
def contests(request: AgencyRequest) -> HttpResponse:
    """List the contests, the open ones or the decided ones as ``?show=`` asks."""
    return render(request, "contests/list.html", contests_listed(request.GET))


@require_GET
@shared_page()
def detail(request: AgencyRequest, code: str) -> HttpResponse:
    """Show a contest's public page; staff may also see a draft."""
    found = find_contest(code)
    if found is None:
        draft = Contest.objects.with_page().with_code(code[:8]).first()
        if draft is None or not may_see(staff_of(request), draft):
            return render_unknown(request)
        found = draft
    return render(request, "contests/detail.html", page_of(found))


def read_standing(code: str) -> Standing | None:
    """Return how the vote of this contest stands, with the vote that was just cast here; None without a vote."""
    contest = find_contest(code)
    round = vote_shown(rounds_of(contest)) if contest is not None else None
    return standing_of(round, read_tallies_now(round.action)) if round is not None else None


count = build_count_view("contests", read_standing, name="standing", parts=("count",), unknown=render_unknown)


@require_GET
def proposals(request: AgencyRequest, code: str) -> HttpResponse:
    """List a contest's proposals in random, newest or most liked order, with a search by word."""
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    rounds = rounds_of(found)
    round = vote_shown(rounds)
    context = proposal_list_context(found, round if round is not None and round.shows_results else None, request.GET)
    opens = {verb for row in rounds if row.is_open for verb in row.verbs}
    likes = round is not None and round.is_open and round.method == Round.Method.APPROVAL and round.stands == "all"
    context |= {"contest": found, "may_propose": "propose" in opens, "likes": likes, "round": round}
    return render(request, "contests/proposals.html", context)


@require_GET
def proposal(request: AgencyRequest, code: str, number: int) -> HttpResponse:
    """Show one proposal: its meaning, its credits and the jury's scores.

    A proposal that was joined leads to the one that stands for it.
    """
    found = find_contest(code)
    row = proposal_of(found, number) if found is not None else None
    if found is None or row is None:
        return render_unknown(request)
    if row.merged_into is not None:
        return redirect("contests:proposal", code=found.code, number=row.merged_into.number)
    round = vote_shown(rounds_of(found))
    standing_here = round is not None and Proposal.objects.standing_in(round).filter(pk=row.pk).exists()
    page = absolute(row.get_absolute_url())
    context = {
        "contest": found,
        "proposal": row,
        "credits": credits_of([row])[row.number],
        "round": round if standing_here else None,
        "may_like": standing_here and round is not None and round.is_open and round.method == Round.Method.APPROVAL,
        "shares": share_links(page, row.text),
        "page_url": page,
        **scores_of(row),
    }
    return render(request, "contests/proposal.html", context)


def proposal_of(contest: Contest, number: int) -> Proposal | None:
    """Return the contest's published or merged proposal with this number, or None."""
    rows = Proposal.objects.filter(contest=contest, number=number, state__in=["published", "merged"])
    row = rows.select_related("picture", "voice", "merged_into").first()
    if row is not None:
        row.contest = contest
    return row


@require_http_methods(["GET", "POST"])
def propose(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for a proposal, and submit it.

    It goes to review; where an address was given, a code is sent to it.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    if services.round_for(found, "propose") is None:
        if request.method == "POST":
            messages.error(request, _("This contest takes no proposals now.") + late_for(found, "propose"))
        return redirect(found)
    if "later" in request.POST:
        return park_page_form(request, "contests.propose", request.POST.dict(), subject=found, code=found.code)
    form = ProposeOnTheWebForm(request.POST or None, request.FILES or None, contest=found)
    proved = choose_proved(request, voter_memory(found))
    leave_out_address(form, proved)
    if request.method == "POST" and form.is_valid():
        answer = handle_proposal(request, found, form, proved)
        if answer is not None:
            return answer
    context = {"contest": found, "form": form, "proved": proved, "steps": propose_steps()}
    return render(request, "contests/propose.html", context, status=422 if form.errors else 200)


def handle_proposal(
    request: AgencyRequest, found: Contest, form: ProposeOnTheWebForm, proved: ProvedPerson | None
) -> HttpResponse | None:
    """Submit the proposal of a valid form; return the redirect, or None where it now has an error.

    A robot is thanked too, and nothing is stored.
    """
    if form.is_robot:
        return remember_done(redirect("contests:proposed", code=found.code), "propose", found.code, "")
    address: Address | None = form.cleaned_data.get("address")
    if not may_propose(request, found, proved.address if proved is not None else address):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    given = {name: value for name, value in form.cleaned_data.items() if name not in ("address", "website")}
    try:
        with transaction.atomic():
            who = proved.identity if proved is not None else get_visitor_identity(request)
            made = services.submit_proposal(found, web_call(who, address), updates=proved is not None, **given)
    except MessageLimitReached as why:
        return offer_ways(request, why, "contests.propose", request.POST.dict(), subject=found, code=found.code)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None
    sent = "?sent" if address else "?told" if proved is not None else ""
    response = redirect(f"{reverse('contests:proposed', args=[found.code])}{sent}")
    remember_done(response, "propose", found.code, str(made.proposal.number))
    if address is not None:
        remember_address(response, found, address)
    return remember_visitor(request, response)


def may_propose(request: HttpRequest, found: Contest, address: Address | None) -> bool:
    """Return whether the rate limits allow this attempt; without an address, those of the visitor's network."""
    if address is None:
        return may_try(request, "propose")
    return may_ask(request, found.action, "propose", address)


@never_cache
@require_http_methods(["GET", "POST"])
def proposed(request: AgencyRequest, code: str) -> HttpResponse:
    """Thank the browser that proposed, and take the code that proves whose proposal it was.

    The link that brings the code only shows a button, on any device.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    here = find_done(request, "propose", found.code)
    linked = "code" in request.GET
    if here is None and not linked:
        return redirect(found)
    number = request.GET.get("n", "") if linked else here or ""
    row = Proposal.objects.filter(contest=found, number=int(number) if number.isdecimal() and len(number) < 7 else 0)
    mine = row.select_related("merged_into").first()
    address = find_remembered_address(request, found) if here == number else None
    form = code_form(request, address, purpose=PROPOSAL, subject=str(mine.pk) if mine is not None else "")
    proved = False
    if mine is not None:
        ask = partial(services.send_proposal_code, mine, lang=page_language())
        command = Command("contests.propose", found, code, {"text": mine.text})
        if (ways := send_new_code(request, form, ask, command)) is not None:
            return ways
    if mine is not None and form.is_valid():
        proved = claim_with_code(request, mine, form)
    is_known = proved or here == number
    context = {
        "contest": found,
        "mine": mine if is_known else None,
        "form": form,
        "asked": ("sent" in request.GET or linked) and mine is not None and not proved,
        "is_known": is_known,
        "proved": proved or (here == number and "told" in request.GET),
        "joined": mine.merged_into if mine is not None and is_known else None,
        "steps": propose_steps(),
    }
    return render(request, "contests/proposed.html", context, status=422 if form.errors else 200)


def claim_with_code(request: AgencyRequest, mine: Proposal, form: CodeForm) -> bool:
    """Credit the proposal to the address that got the typed code; return whether the code was right."""
    if not may_ask(request, mine.contest.action, "confirm", form.target):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return False
    try:
        services.claim_proposal(mine, web_call(address=form.target), code=form.cleaned_data["code"])
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True


def propose_steps() -> list[str]:
    """Return the titles of the steps of making a proposal."""
    return [_("Propose"), _("Sent")]


@require_GET
def credits(request: AgencyRequest, code: str) -> HttpResponse:
    """Show who proposed what: the winner first, then the shortlist, then the others."""
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    rows = Proposal.objects.shown().filter(contest=found, by_staff=False)
    page, links = paginate_rows(
        rows.order_by(F("place").asc(nulls_last=True), "-shortlisted", "number"), request.GET, CREDITS
    )
    known = credits_of(page)
    context = {
        "contest": found,
        "decision": decision_of(found) if not links["previous"] else None,
        "rows": [{"proposal": row, "credits": known[row.number]} for row in page],
        **links,
    }
    return render(request, "contests/credits.html", context)
