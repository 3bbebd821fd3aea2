"""Pages of votes made of many small answers (agree or disagree, this or that), one at a time.

A browser that has proved an address within the hour is counted at once. Everybody else may begin right away: the
answers wait in the browser, and are counted together when the code comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kesher.accounts.recent_verification import ProvedPerson, find_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contacts.services import MessageLimitReached
from kesher.contests import services
from kesher.contests.ballot_codec import Answer, parse_answer
from kesher.contests.contact_address_forms import VoterAddressForm, find_linked_address
from kesher.contests.counting.opinion_groups import VOTES_MIN
from kesher.contests.forms.ballots import ProposeOnTheWebForm
from kesher.contests.micro_vote_next_question import Key, keys_answered_by, pair_for, standing_rows, statements_left
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.pending_answer_cookie import (
    forget_answers,
    hash_visitor,
    keep_answers,
    last_answered_at,
    open_pair,
    seal_pair,
    waiting_answers,
)
from kesher.contests.pending_votes import find_pending_vote, forget_vote, remember_vote, voter_memory
from kesher.contests.rules import may_take_back
from kesher.contests.services.round_close import too_late
from kesher.contests.services.votes import VOTE
from kesher.contests.services.withdrawals import last_answer
from kesher.contests.views.contests import find_contest, may_propose, render_unknown, web_call
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways
from kesher.conversations.form_handover import park_page_form as keep_for_talk
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.conversations.visitor_cookie import get_visitor_identity
from kesher.conversations.visitor_cookie import set_visitor_cookie as remember_visitor
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.ui.confirmation_pages import remember_done
from kesher.participation.rate_limits import may_ask

ANSWERS, ANSWERS_SECONDS = 600, 600
PAGES = {Round.Method.PAIRWISE: "contests:pairs", Round.Method.OPINION: "contests:opinions"}


@dataclass(slots=True)
class BallotInProgress:
    """The answers of one visitor while they vote.

    ``proved`` is None for an unknown visitor, whose answers wait in ``waiting``.
    """

    round: Round
    rows: dict[int, Proposal]
    proved: ProvedPerson | None
    waiting: list[Answer] = field(default_factory=list)
    seen: set[Key] = field(default_factory=set)
    who: str = ""
    again: Key | None = None  # taken back a moment ago: shown next

    @property
    def voter(self) -> Identity | None:
        """Return the voter's proved identity; None for an unknown visitor."""
        return self.proved.identity if self.proved is not None else None

    @property
    def page(self) -> str:
        """Return the URL name of the page where people answer this round."""
        return PAGES[Round.Method(self.round.method)]

    def add_answer(self, answer: Answer) -> None:
        """Add an answer to those that wait, and mark its question as seen."""
        self.seen.add(answer.key)
        if self.voter is None:
            self.waiting.append(answer)

    def remove_answer(self, key: Key) -> None:
        """Remove an answer from those that wait, so that its question is shown next."""
        self.seen.discard(key)
        self.waiting = [answer for answer in self.waiting if answer.key != key]
        self.again = key


def micro_vote_round(request: AgencyRequest, code: str, *, late: bool = False) -> Round | HttpResponse:
    """Return the open round of opinions or pairs, or the error or redirect response where there is none.

    ``late``: also return a round that only waits for its codes.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    round = services.vote_round(found)
    if round is None or round.method not in PAGES:
        return redirect(found)
    if round.allows("vote") or (late and round.takes_codes):
        return round
    if request.method == "POST":
        messages.error(request, _("This vote is not open now.") + too_late(round))
    return redirect("contests:how", code=found.code)


def find_ballot_in_progress(request: HttpRequest, round: Round) -> BallotInProgress:
    """Return the visitor's answers so far: a proved person's from the database, else the cookie's."""
    rows, proved = standing_rows(round), find_proved(request, voter_memory(round.contest))
    if proved is not None:
        voter = proved.identity.contact.root()
        return BallotInProgress(round, rows, proved, seen=keys_answered_by(round, voter), who=f"{round.pk}:{voter.key}")
    kept = [one for one in waiting_answers(request, round) if {one.one, one.other or one.one} <= rows.keys()]
    return BallotInProgress(round, rows, None, kept, {answer.key for answer in kept}, hash_visitor(request, round))


@never_cache
@require_http_methods(["GET", "POST"])
def opinions(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the next statement to agree or disagree with, and take the posted answer."""
    return micro_vote_page(request, code, Round.Method.OPINION)


@never_cache
@require_http_methods(["GET", "POST"])
def pairs(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the next pair of proposals to compare, and take the posted answer."""
    return micro_vote_page(request, code, Round.Method.PAIRWISE)


def micro_vote_page(request: AgencyRequest, code: str, method: Round.Method) -> HttpResponse:
    """Show the next question of an opinion or pairwise round, and take the posted answer."""
    round = micro_vote_round(request, code)
    if isinstance(round, HttpResponse):
        return round
    if round.method != method:
        return redirect(PAGES[Round.Method(round.method)], code=round.contest.code)
    ballot = find_ballot_in_progress(request, round)
    if "later" in request.POST:
        raw = {f"a{number}": str(answer) for number, answer in enumerate(ballot.waiting, 1)}
        return keep_for_talk(request, "contests.vote", raw, subject=round.contest, code=round.contest.code)
    error = handle_answer(request, ballot) if request.method == "POST" else ""
    if request.method == "POST" and not error and not request.headers.get("HX-Request"):
        response: HttpResponse = redirect(ballot.page, code=code)
    else:
        response = render_micro_vote(request, ballot, error=error)
    if request.method == "POST" and not error and ballot.voter is None:
        keep_answers(response, round, ballot.waiting)
    return response


def handle_answer(request: HttpRequest, ballot: BallotInProgress) -> str:
    """Save the posted answer, or undo the last one; return the error message to show, or ""."""
    if "undo" in request.POST:
        return undo_last_answer(ballot)
    answer = posted_answer(request, ballot)
    if answer is None:
        return _("This page was too old. Here is the next one.")
    if ballot.voter is not None:
        # The limit is for a person, because a crowd may share one network. Unknown visitors store nothing here.
        if not allow(f"answers:{ballot.who}", ANSWERS, ANSWERS_SECONDS):
            return _("Those were a lot of answers. Please go on in ten minutes.")
        try:
            services.cast_vote(ballot.round, web_call(ballot.voter), answers=[answer])
        except Refused as refusal:
            return refusal.message
    ballot.add_answer(answer)
    return ""


def undo_last_answer(ballot: BallotInProgress) -> str:
    """Withdraw this voter's last answer, even a counted one; return the error message, or ""."""
    if ballot.voter is None:
        if ballot.waiting:
            ballot.remove_answer(ballot.waiting[-1].key)
        return ""
    key = last_answer(ballot.round, ballot.voter.contact.root())
    if key is None:
        return ""
    try:
        services.withdraw_vote(ballot.round, web_call(ballot.voter), keys={key})
    except Refused as refusal:
        return refusal.message
    ballot.remove_answer(key)
    return ""


def posted_answer(request: HttpRequest, ballot: BallotInProgress) -> Answer | None:
    """Return the posted answer if it is about the question that the page showed, else None."""
    answer = parse_answer(request.POST.get("answer", ""))
    if answer is None or answer.one not in ballot.rows:
        return None
    if ballot.round.method == Round.Method.OPINION:
        return answer if answer.other is None else None
    pair = open_pair(ballot.round, request.POST.get("pair", ""))
    return answer if (answer.one, answer.other) == pair and answer.other in ballot.rows else None


def render_micro_vote(
    request: AgencyRequest, ballot: BallotInProgress, *, error: str = "", form: VoterAddressForm | None = None
) -> HttpResponse:
    """Render the page with the next question, or only its card for a script's request."""
    name = "opinions" if ballot.round.method == Round.Method.OPINION else "pairs"
    part = "#card" if request.headers.get("HX-Request") and form is None else ""
    context = {
        "contest": ballot.round.contest,
        "round": ballot.round,
        "proved": ballot.proved,
        "waiting": len(ballot.waiting),
        "error": error,
        "form": form or VoterAddressForm(),
        "done": len(ballot.seen),
        "page": ballot.page,
        "may_undo": may_take_back("choice", ballot.round),
        **(statement_context(ballot) if name == "opinions" else pair_context(ballot)),
    }
    status = 422 if form is not None else 200
    return render(request, f"contests/{name}.html{part}", context, status=status)


def statement_context(ballot: BallotInProgress) -> dict[str, Any]:
    """Return the template context of the next statement to answer."""
    left = statements_left(ballot.round, list(ballot.rows), ballot.seen, ballot.who)
    may_add = "propose" in ballot.round.verbs
    again = ballot.again[0] if ballot.again is not None else 0
    return {
        "card": ballot.rows[again if again in left else left[0]] if left else None,
        "total": len(ballot.rows),
        "enough": VOTES_MIN,
        "to_go": max(0, min(VOTES_MIN, len(ballot.rows)) - len(ballot.seen)),
        "add": ProposeOnTheWebForm(contest=ballot.round.contest) if may_add else None,
    }


def pair_context(ballot: BallotInProgress) -> dict[str, Any]:
    """Return the template context of the next pair to compare."""
    one, other = ballot.again or (0, None)
    if other is None or not {one, other} <= ballot.rows.keys():
        pair = pair_for(ballot.round, list(ballot.rows), ballot.seen, ballot.who)
        if pair is None:
            return {"one": None, "total": len(ballot.rows)}
        one, other = pair
    return {
        "one": ballot.rows[one],
        "other": ballot.rows[other],
        "seal": seal_pair(ballot.round, one, other),
        "total": len(ballot.rows) * (len(ballot.rows) - 1) // 2,
    }


def may_add(request: AgencyRequest, contest: Contest, voter: Identity | None) -> bool:
    """Return whether the rate limits allow this visitor another statement; unknown ones share their network's."""
    if voter is None:
        return may_propose(request, contest, None)
    return may_ask(request, contest.action, "propose", Address(voter.scheme, voter.address))


@require_POST
def add_statement(request: AgencyRequest, code: str) -> HttpResponse:
    """Submit a visitor's own statement as a proposal, which staff review."""
    round = micro_vote_round(request, code)
    if isinstance(round, HttpResponse):
        return round
    form = ProposeOnTheWebForm(request.POST, contest=round.contest)
    ballot = find_ballot_in_progress(request, round)
    if not form.is_valid():
        return render_micro_vote(request, ballot, error=str(next(iter(form.errors.values()))[0]))
    if form.is_robot:
        return redirect(ballot.page, code=code)
    if not may_add(request, round.contest, ballot.voter):
        return render_micro_vote(request, ballot, error=_("Too many tries. Please try again in ten minutes."))
    try:
        who = ballot.voter or get_visitor_identity(request)
        made = services.submit_proposal(round.contest, web_call(who), text=form.cleaned_data["text"])
    except Refused as refusal:
        return render_micro_vote(request, ballot, error=refusal.message)
    response = redirect("contests:proposed", code=code)
    remember_done(response, "propose", code, str(made.proposal.number))
    return remember_visitor(request, response)


@require_POST
def mine(request: AgencyRequest, code: str) -> HttpResponse:
    """Send a code to the posted address, for which this browser's waiting answers are to be counted.

    A robot is led on too, and nothing is sent.
    """
    round = micro_vote_round(request, code)
    if isinstance(round, HttpResponse):
        return round
    form, ballot = VoterAddressForm(request.POST), find_ballot_in_progress(request, round)
    if not form.is_valid():
        return render_micro_vote(request, ballot, form=form)
    address = form.cleaned_data["address"]
    if not may_ask(request, round.action, "vote", address):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return render_micro_vote(request, ballot, form=form)
    if not form.is_robot:
        try:
            services.cast_vote(round, web_call(address=address), answers=ballot.waiting)
        except MessageLimitReached as why:
            return offer_ways(request, why, "contests.vote", {}, subject=round.contest, code=code)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return render_micro_vote(request, ballot, form=form)
    response = redirect("contests:mine-code", code=code)
    remember_vote(response, round, [], address, updates=False)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def mine_code(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for the code; count the answers that wait in this browser once it is right."""
    round = micro_vote_round(request, code, late=True)
    if isinstance(round, HttpResponse):
        return round
    address = find_linked_address(request) or getattr(find_pending_vote(request, round.contest), "address", None)
    form = code_form(request, address, purpose=VOTE, subject=str(round.pk), again="i" not in request.GET)

    def ask(target: Address) -> None:
        """Send another code to this address for the waiting answers."""
        services.cast_vote(round, web_call(address=target), answers=waiting_answers(request, round))

    if (ways := send_new_code(request, form, ask, Command("contests.vote", round.contest, code))) is not None:
        return ways
    if form.is_valid():
        answer = count_with_code(request, round, form)
        if answer is not None:
            return answer
    waiting = len(waiting_answers(request, round))
    context = {"contest": round.contest, "form": form, "waiting": waiting, "page": PAGES[Round.Method(round.method)]}
    return render(request, "contests/mine_code.html", context, status=422 if form.errors else 200)


def count_with_code(request: AgencyRequest, round: Round, form: CodeForm) -> HttpResponse | None:
    """Count the waiting answers by the code; return the redirect, or None where the form has an error."""
    if not may_ask(request, round.contest.action, "confirm", form.target):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    call, code = web_call(address=form.target), form.cleaned_data["code"]
    answers, at = waiting_answers(request, round), last_answered_at(request, round)
    try:
        done = services.cast_vote(round, call, answers=answers, code=code, answered_at=at)
    except Refused as refusal:
        form.refuse(refusal)
        return None
    response = redirect(PAGES[Round.Method(round.method)], code=round.contest.code)
    forget_answers(response, round)
    forget_vote(response, round.contest)
    voter_memory(round.contest).keep(response, done.identity)
    return response
