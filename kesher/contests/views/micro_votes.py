"""Pages of votes made of many small answers (agree or disagree, this or that), one at a time.

A browser that has proved an address within the hour is counted at once. Everybody else may begin right away: the
answers wait in the browser, and are counted together when the code comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kesher.accounts.recent_verification import ProvedPerson, find_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contests.ballot_codec import Answer, parse_answer
from kesher.contests.counting.opinion_groups import VOTES_MIN
from kesher.contests.forms.proposals import ProposalForm
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
from kesher.contests.presenters import find_contest
from kesher.contests.rules import may_take_back
from kesher.contests.services.round_close import too_late
from kesher.contests.services.votes import PIECES, Voted
from kesher.contests.services.withdrawals import last_answer
from kesher.contests.verbs import MICRO_VOTE, PROPOSE, UNVOTE
from kesher.contests.views.ballots import MICRO_VOTES, ContestPage, VotePage, call_of, voter_memory
from kesher.contests.views.contests import render_unknown
from kesher.conversations.form_handover import park_page_form
from kesher.conversations.visitor_cookie import get_visitor_identity, set_visitor_cookie
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.ui.confirmation_pages import remember_done
from kesher.verbs.door_forms import page_form
from kesher.verbs.page_door import TOO_MANY
from kesher.verbs.pending_code import PendingCode
from kesher.verbs.rules import is_within_limit
from kesher.verbs.services import Outcome, execute

ANSWERS, ANSWERS_SECONDS = 600, 600


@dataclass(slots=True)
class BallotInProgress:
    """The answers of one visitor while they vote.

    ``proved`` is None for an unknown visitor, whose answers wait in ``waiting``.
    """

    contest: Contest
    rows: dict[int, Proposal]
    proved: ProvedPerson | None
    waiting: list[Answer] = field(default_factory=list)
    seen: set[Key] = field(default_factory=set)
    who: str = ""
    again: Key | None = None  # taken back a moment ago: shown next

    @property
    def round(self) -> Round:
        """Return the round that people vote in."""
        return round_of(self.contest)

    @property
    def voter(self) -> Identity | None:
        """Return the voter's proved identity; None for an unknown visitor."""
        return self.proved.identity if self.proved is not None else None

    @property
    def page(self) -> str:
        """Return the URL name of the page where people answer this round."""
        return MICRO_VOTES[Round.Method(self.round.method)]

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


def round_of(contest: Contest) -> Round:
    """Return the round that people vote in; only where `find_elsewhere` found no other page."""
    assert contest.vote_round is not None
    return contest.vote_round


def find_elsewhere(request: HttpRequest, contest: Contest, *, late: bool = False) -> HttpResponse | None:
    """Return the redirect to another page where the contest has no open round of opinions or pairs, or None.

    ``late``: a round that only waits for its codes will do.
    """
    round = contest.vote_round
    if round is None or round.method not in PIECES:
        return redirect(contest)
    if round.allows("vote") or (late and round.takes_codes):
        return None
    if request.method == "POST":
        messages.error(request, _("This vote is not open now.") + too_late(round))
    return redirect("contests:how", code=contest.code)


def find_ballot_in_progress(request: HttpRequest, contest: Contest) -> BallotInProgress:
    """Return the visitor's answers so far: a proved person's from the database, else the cookie's."""
    round = round_of(contest)
    rows, proved = standing_rows(round), find_proved(request, voter_memory(contest))
    if proved is not None:
        voter = proved.identity.contact.root()
        who = f"{round.pk}:{voter.key}"
        return BallotInProgress(contest, rows, proved, seen=keys_answered_by(round, voter), who=who)
    kept = [one for one in waiting_answers(request, round) if {one.one, one.other or one.one} <= rows.keys()]
    return BallotInProgress(contest, rows, None, kept, {one.key for one in kept}, hash_visitor(request, round))


def handle_answer(request: HttpRequest, ballot: BallotInProgress) -> str:
    """Save the posted answer, or undo the last one; return the error message to show, or ""."""
    if "undo" in request.POST:
        return undo_last_answer(request, ballot)
    answer = posted_answer(request, ballot)
    if answer is None:
        return _("This page was too old. Here is the next one.")
    if ballot.voter is not None:
        # The limit is for a person, because a crowd may share one network. Unknown visitors store nothing here.
        if not allow(f"answers:{ballot.who}", ANSWERS, ANSWERS_SECONDS):
            return _("That was a lot of answers. Please continue in ten minutes.")
        try:
            execute(MICRO_VOTE, ballot.contest, call_of(request, ballot.voter), {"answers": [answer]})
        except Refused as refusal:
            return refusal.message
    ballot.add_answer(answer)
    return ""


def undo_last_answer(request: HttpRequest, ballot: BallotInProgress) -> str:
    """Withdraw this voter's last answer, even a counted one; return the error message, or ""."""
    if ballot.voter is None:
        key = ballot.waiting[-1].key if ballot.waiting else None
    elif (key := last_answer(ballot.round, ballot.voter.contact.root())) is not None:
        try:
            execute(UNVOTE, ballot.contest, call_of(request, ballot.voter), {"which": {key}})
        except Refused as refusal:
            return refusal.message
    if key is not None:
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
    request: HttpRequest, ballot: BallotInProgress, *, error: str = "", form: Any = None, status: int = 422
) -> HttpResponse:
    """Render the page with the next question, or only its card for a script's request."""
    name = "opinions" if ballot.round.method == Round.Method.OPINION else "pairs"
    part = "#card" if request.headers.get("HX-Request") and form is None else ""
    context = {
        "contest": ballot.contest,
        "round": ballot.round,
        "proved": ballot.proved,
        "waiting": len(ballot.waiting),
        "error": error,
        "form": form or micro_vote_page.form(),
        "done": len(ballot.seen),
        "page": ballot.page,
        "may_undo": may_take_back("choice", ballot.round),
        **(statement_context(ballot) if name == "opinions" else pair_context(ballot)),
    }
    return render(request, f"contests/{name}.html{part}", context, status=status if form is not None else 200)


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
        "add": add_form(subject=ballot.contest) if may_add else None,
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


@require_POST
def add_statement(request: AgencyRequest, code: str) -> HttpResponse:
    """Submit a visitor's own statement as a proposal, which staff review."""
    contest = find_contest(code)
    if contest is None:
        return render_unknown(request)
    if (elsewhere := find_elsewhere(request, contest)) is not None:
        return elsewhere
    form, ballot = add_form(request.POST, subject=contest), find_ballot_in_progress(request, contest)
    if not form.is_valid():
        return render_micro_vote(request, ballot, error=str(next(iter(form.errors.values()))[0]))
    if form.cleaned_data["website"]:
        return redirect(ballot.page, code=code)
    if not is_within_limit(request, PROPOSE, contest, ballot.proved.address if ballot.proved is not None else None):
        return render_micro_vote(request, ballot, error=str(TOO_MANY))
    try:
        call = call_of(request, ballot.voter or get_visitor_identity(request))
        made = execute(PROPOSE, contest, call, {"text": form.cleaned_data["text"]})
    except Refused as refusal:
        return render_micro_vote(request, ballot, error=refusal.message)
    response = redirect("contests:proposed", code=code)
    remember_done(response, "propose", code, str(made.proposal.number))
    return set_visitor_cookie(request, response)


class MicroVotePage(ContestPage):
    """Answer one question after the other; count what waits in the browser for an address, by a code."""

    cookie_name, cookie_salt = VotePage.cookie_name, VotePage.cookie_salt
    confirm_template, confirm_url = "contests/mine_code.html", "contests:mine-code"

    def serve(self, request: HttpRequest, subject: Contest) -> HttpResponse:
        """Show the next question, and take the posted answer."""
        if (elsewhere := find_elsewhere(request, subject)) is not None:
            return elsewhere
        ballot, posted = find_ballot_in_progress(request, subject), request.method == "POST"
        if request.resolver_match is None or request.resolver_match.view_name != ballot.page:
            return redirect(ballot.page, code=subject.code)
        if "later" in request.POST:
            raw = {f"a{number}": str(answer) for number, answer in enumerate(ballot.waiting, 1)}
            return park_page_form(request, self.verb.name, raw, subject=subject, code=subject.code)
        error = handle_answer(request, ballot) if posted else ""
        if posted and not error and not request.headers.get("HX-Request"):
            response: HttpResponse = redirect(ballot.page, code=subject.code)
        else:
            response = render_micro_vote(request, ballot, error=error)
        if posted and not error and ballot.voter is None:
            keep_answers(response, ballot.round, ballot.waiting)
        return response

    @method_decorator(require_POST)
    def count(self, request: HttpRequest, code: str) -> HttpResponse:
        """Send a code to the posted address, for which this browser's waiting answers are to be counted."""
        contest = find_contest(code)
        if contest is None:
            return render_unknown(request)
        return find_elsewhere(request, contest) or self.post(request, contest)

    def find_proved(self, request: HttpRequest, subject: Contest) -> None:
        """Return None: what waits is a stranger's, each answer of a proved person is counted at once."""

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return nothing: the answers stay in this browser."""
        return {}

    def submit(
        self, request: HttpRequest, subject: Contest, form: Any, raw: dict[str, Any], proved: ProvedPerson | None
    ) -> HttpResponse:
        """Send a code for the answers in this browser's cookie."""
        form.cleaned_data["answers"] = waiting_answers(request, round_of(subject))
        return super().submit(request, subject, form, raw, proved)

    def go_on(self, request: HttpRequest, subject: Contest, outcome: Outcome, form: Any) -> HttpResponse:
        """Redirect to the page that asks for the code; the answers have a cookie of their own."""
        form.cleaned_data = {}
        return super().go_on(request, subject, outcome, form)

    def render(
        self, request: HttpRequest, subject: Contest, form: Any, raw: Any, proved: ProvedPerson | None, **status: int
    ) -> HttpResponse:
        """Render the page of the next question with the form's errors."""
        return render_micro_vote(
            request, find_ballot_in_progress(request, subject), form=form, status=status.get("status", 422)
        )

    def find_pending(self, request: HttpRequest, subject: Contest) -> PendingCode:
        """Return the answers in this browser, and the address in the link or in the cookie."""
        round = subject.vote_round
        if round is None:
            return PendingCode()
        answers = {"answers": waiting_answers(request, round), "answered_at": last_answered_at(request, round)}
        return replace(super().find_pending(request, subject), answers={**answers, "round": round.pk})

    def ask_code(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> HttpResponse:
        """Count the waiting answers by their code, also while the round only waits for its codes."""
        return find_elsewhere(request, subject, late=True) or super().ask_code(request, subject, waiting)

    def code_context(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> dict[str, Any]:
        """Return what the page of the code shows: how many answers wait, and where the vote goes on."""
        page = MICRO_VOTES[Round.Method(round_of(subject).method)]
        return {"contest": subject, "waiting": len(waiting.answers["answers"]), "page": page}

    def confirmed(self, request: HttpRequest, subject: Contest, result: Voted, who: Identity | None) -> HttpResponse:
        """Redirect to the next question; the browser is known from now on, and keeps no answers."""
        response = redirect(MICRO_VOTES[Round.Method(result.round.method)], code=subject.code)
        forget_answers(response, result.round)
        self.cookie(subject).delete(response)
        voter_memory(subject).keep(response, result.identity)
        return response


add_form, micro_vote_page = page_form(ProposalForm), MicroVotePage(MICRO_VOTE)
