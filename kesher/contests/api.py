"""JSON API of contests: contests, rounds, proposals, votes and results.

Numbers come from the tallies and from what was counted. It shows no name or address beyond what people agreed to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.service_caller import Call, call_from_request
from kesher.contacts.services import find_identity
from kesher.contests import verbs
from kesher.contests.api_operations import (
    BALLOTS,
    CONFIRM,
    LIST,
    PROPOSALS,
    PROPOSE,
    READ,
    VOTE,
    VOTING,
    WITHDRAW,
    WITHDRAWN,
)
from kesher.contests.counting.round_count import counted_choices
from kesher.contests.counting.standings import current_order, sums_of
from kesher.contests.counting.tie_break import seal_seed
from kesher.contests.forms.ballots import NumbersField, PiecesField, as_conversation_answers
from kesher.contests.forms.proposals import RequestedProposalForm
from kesher.contests.forms.withdrawals import WithdrawForm
from kesher.contests.micro_vote_next_question import Key, pair_for, standing_rows, statements_left
from kesher.contests.models import Contest, EarlierDecision, Proposal, Round
from kesher.contests.pending_answer_cookie import hash_visitor, seal_pair
from kesher.contests.presenters import corrections_of, credits_of, decision_of, find_contest, rounds_of, vote_shown
from kesher.contests.proposal_list import search_proposals
from kesher.contests.services.proposals import Proposed
from kesher.contests.services.votes import PIECES, round_of_newest_code
from kesher.conversations.contact_address_fields import CodeForm
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import (
    error_response,
    iso_timestamp,
    operation,
    read_json_object,
    too_many_requests,
    validate_form,
)
from kesher.core.errors import Refused
from kesher.dialogues.forms import StepForm
from kesher.initiatives.api import list_response
from kesher.participation.services import read_tallies
from kesher.verbs.api_door import VerbApi, result_data
from kesher.verbs.rules import is_within_limit
from kesher.verbs.services import confirm_stored, execute

PAGE, PAIRS = 50, 5
STATES = ("published", "finished", "stopped")
UNITS = {"irv": "first_choices", "schulze": "first_choices", "pairwise": "times_preferred", "opinion": "opinions"}


@api_view(LIST)
def contests(request: AgencyRequest) -> JsonResponse:
    """List published contests and polls, newest first, chosen by ``state`` (see STATES), ``q`` and ``page``."""
    found, state = Contest.objects.published(), request.GET.get("state", "")
    if state in STATES:
        found = found.filter(state=state)
    ordered = found.search(request.GET.get("q", "")).with_page().prefetch_related("rounds")
    return list_response(request, ordered.order_by("-published_at", "-id"), contest_data)


@api_view(READ)
def contest(request: AgencyRequest, code: str) -> JsonResponse:
    """Return one contest as JSON: its rounds, the standing of the vote unless hidden, and the decision."""
    found = find_contest(code)
    if found is None:
        return no_such_contest()
    data = contest_data(found)
    data["rounds"] = [round_data(round) for round in rounds_of(found)]
    decision = decision_of(found)
    if decision is not None:
        chosen = decision.proposal
        data["decision"] = {
            "proposal": chosen.number if chosen else None,
            "text": chosen.text if chosen else None,
            "reasons": decision.reasons,
            "differs_from_vote": decision.differs,
            "at": iso_timestamp(decision.at),
            "corrections": [correction_data(row) for row in corrections_of(found)],
        }
    if found.state == Contest.State.STOPPED and (why := found.outcomes.order_by("-id").first()) is not None:
        data["stopped"] = {"reasons": why.texts, "at": iso_timestamp(why.at)}
    return JsonResponse({"data": data})


def correction_data(row: EarlierDecision) -> dict[str, Any]:
    """Return an earlier version of the decision, until when it held, and why it was corrected."""
    return {
        "proposal": row.proposal.number if row.proposal else None,
        "text": row.proposal.text if row.proposal else None,
        "reasons": row.reasons,
        "at": iso_timestamp(row.at),
        "corrected_at": iso_timestamp(row.corrected_at),
        "why": row.why,
    }


def contest_data(found: Contest) -> dict[str, Any]:
    """Return the fields of a contest that every API response shares: code, kind, texts, state, links."""
    return {
        "code": found.code,
        "kind": found.kind,
        "title": found.title,
        "titles": found.titles,
        "brief": found.brief,
        "state": found.state,
        "links": {
            "self": absolute(reverse("contests:api-detail", args=[found.code])),
            "page": found.page_url,
        },
    }


def round_data(round: Round) -> dict[str, Any]:
    """Return a round as a dict for the API; its votes only where the public may see them.

    ``seal`` is the hash of the seed that breaks ties.
    """
    data: dict[str, Any] = {
        "position": round.position,
        "kind": round.kind,
        "method": round.method,
        "verbs": round.verbs,
        "opens_at": iso_timestamp(round.opens_at),
        "closes_at": iso_timestamp(round.closes_at),
        "open": round.is_open,
        "counting": round.is_counting,
        "results_hidden": round.results_hidden,
        "anonymous": round.anonymous,
        "seal": seal_seed(round.seed),
    }
    if round.method:
        found = read_tallies(round.action)
        data["voters"] = found.get("total", {}).get("", 0)
        data["by_level"], data["by_channel"] = found.get("level", {}), found.get("channel", {})
        if round.shows_results:
            order = current_order(round, found.get("value", {}))
            data["votes"], data["unit"] = sums_of(order, round.method), UNITS.get(round.method, "votes")
            data["order"] = [row["number"] for row in order]
    if round.counted_at is not None:
        data |= {"result": round.result, "seed": round.seed}
    return data


@api_view(PROPOSALS, PROPOSE)
def proposals(request: AgencyRequest, code: str) -> JsonResponse:
    """List the proposals (GET; ``q``, ``after`` a number), or submit one (POST).

    In: {text, meaning?, name?, address?}. Out: 202.
    """
    if request.method == "POST":
        return propose_api.answer(request, code)
    found = find_contest(code)
    if found is None:
        return no_such_contest()
    after = request.GET.get("after", "")
    words = request.GET.get("q", "")
    rows = search_proposals(Proposal.objects.shown().filter(contest=found), words)
    rows = rows.filter(number__gt=int(after) if after.isdecimal() and len(after) < 7 else 0)
    page = list(rows.order_by("number")[: PAGE + 1])
    here = absolute(reverse("contests:api-proposals", args=[found.code]))
    given = {"q": words} if words else {}
    following = f"{here}?{urlencode({**given, 'after': page[PAGE - 1].number})}" if len(page) > PAGE else None
    credits = credits_of(page[:PAGE])
    data = [
        {
            "number": row.number,
            "text": row.texts,
            "meaning": row.meanings,
            "language": row.language,
            "shortlisted": row.shortlisted,
            "place": row.place,
            "credits": [credit["name"] for credit in credits[row.number]],
        }
        for row in page[:PAGE]
    ]
    return JsonResponse({"links": {"self": here, "next": following}, "data": data})


@api_view(VOTING, VOTE)
def votes(request: AgencyRequest, code: str) -> JsonResponse:
    """Return the questions of the current vote (GET), or cast a vote and send a code for it (POST).

    In: {address, choice, updates?}; what ``choice`` is depends on the method, see `voting_data`. Out: 202, and a code
    goes to the address. The answer is the same whether or not that address had voted.
    """
    if request.method == "POST":
        return vote_api.answer(request, code)
    found = find_contest_with_vote(code)
    if found is None or (round := found.vote_round) is None:
        return no_such_contest()
    return JsonResponse({"data": {"method": round.method, "open": round.is_open, **voting_data(request, round)}})


def find_contest_with_vote(code: str) -> Contest | None:
    """Return the published contest with this code if there is or was a vote in it, or None."""
    found = find_contest(code)
    return found if found is not None and found.vote_round is not None else None


def voting_data(request: HttpRequest, round: Round) -> dict[str, Any]:
    """Return the proposals, statements or pairs that a voter is asked about, by the round's method.

    ``proposals``: choose their numbers (in order of preference, where the method ranks). ``statements``: answer each as
    "12+" (agree), "12-" or "12=". ``pairs``: answer each as its ``pair`` and "<", "=" or ">" (the first is preferred).
    Pairs are sealed, so that voters do not choose their own.
    """
    rows = standing_rows(round)
    who = hash_visitor(request, round)
    shown = {number: {"number": number, "text": row.text} for number, row in rows.items()}
    if round.method == Round.Method.OPINION:
        return {"statements": [shown[number] for number in statements_left(round, list(rows), (), who)]}
    if round.method != Round.Method.PAIRWISE:
        return {"proposals": list(shown.values())}
    seen: set[Key] = set()
    pairs: list[dict[str, Any]] = []
    while len(pairs) < PAIRS and (pair := pair_for(round, list(rows), seen, who)):
        seen.add((min(pair), max(pair)))
        pairs.append({"pair": seal_pair(round, *pair), "first": shown[pair[0]], "second": shown[pair[1]]})
    return {"pairs": pairs}


@api_view(BALLOTS)
def ballots(request: AgencyRequest, code: str) -> JsonResponse:
    """List every counted ballot of the last vote once it is over, so that anybody can count again.

    Ballots have names that lead to nobody: hashes salted with the round's secret.
    """
    found = find_contest(code)
    round = vote_shown(rounds_of(found)) if found is not None else None
    if found is None or round is None:
        return no_such_contest()
    if round.counted_at is None:
        return error_response({"__all__": [_("The ballots are published when the vote is over.")]}, 409)
    rows = (
        counted_choices(round)
        .order_by("slip", "rank", "id")
        .values_list("slip", "proposal__number", "against__number", "value", "rank")
    )
    slips: dict[str, list[dict[str, Any]]] = {}
    for slip, number, against, value, rank in rows:
        name = sha256(f"{round.action.secret}:{slip}".encode()).hexdigest()[:16]
        choice = {"proposal": number, "against": against, "value": value, "rank": rank}
        slips.setdefault(name, []).append({key: what for key, what in choice.items() if what is not None})
    joined = Proposal.objects.filter(contest=found, merged_into__isnull=False)
    return JsonResponse(
        {
            "data": {
                "method": round.method,
                "seed": round.seed,
                "standing": list(Proposal.objects.standing_in(round).values_list("number", flat=True)),
                "joined": dict(joined.values_list("number", "merged_into__number")),
                "ballots": [{"id": name, "choices": slips[name]} for name in sorted(slips)],
            }
        }
    )


def no_such_contest() -> JsonResponse:
    """Return the JSON 404 response for an unknown contest."""
    return error_response({"code": [_("There is no such contest.")]}, 404)


class ContestApi(VerbApi):
    """An operation on a contest."""

    def answer_missing(self) -> JsonResponse:
        """Return the 404 response for an unknown contest."""
        return no_such_contest()


class ProposeApi(ContestApi):
    """Propose, credited to an address; a code goes there, which the page takes."""

    def answer_done(self, call: Call, result: Proposed) -> JsonResponse:
        """Return the number of the proposal, where the code went, and with which one it was joined."""
        assert call.address is not None  # the form asks for one
        sent_to = mask_address(call.address.scheme, call.address.address)
        data = {"number": result.proposal.number, "sent_to": sent_to}
        data["joined"] = result.joined.number if result.joined else None
        return JsonResponse({"data": data}, status=202)


class VoteApi(ContestApi):
    """Vote by any method. What waits for a code is not stored: it comes again with the code."""

    lists = ("choice",)

    def check(self, form: StepForm, raw: Mapping[str, Any]) -> None:
        """Leave nothing on the ballot but what this request names."""
        form.cleaned_data["add"] = False

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the ballot as a conversation takes it."""
        return as_conversation_answers(raw)

    def confirm(self, request: HttpRequest, code: str) -> JsonResponse:
        """Count the waiting vote of an address whose confirmation code came back.

        In: {address, code, choice, updates?}. Out: 200 with the receipt.
        """
        found, body = find_contest(code), read_json_object(request, self.lists)
        form = CodeForm(body)
        identity = find_identity(form.target) if form.is_valid() else None
        if found is None or (round := round_of_newest_code(found, identity)) is None:
            return no_such_contest()
        form = CodeForm(body)
        small = round.method in PIECES
        form.fields["choice"] = PiecesField(round) if small else NumbersField()
        validate_form(form)
        if not is_within_limit(request, self.verb, found, form.target, step="confirm"):
            return too_many_requests()
        choice = {"answers" if small else "numbers": form.cleaned_data["choice"]}
        call = call_from_request(request, door="api", identity=identity)
        answers = {**choice, "updates": body.get("updates") == "true", "add": False, "round": round.pk}
        try:
            done = confirm_stored(self.verb, found, call, form.cleaned_data["code"], answers)
        except Refused as refusal:
            return refused(refusal)
        return JsonResponse({"data": result_data(self.verb, done)})


def refused(refusal: Refused) -> JsonResponse:
    """Return the 422 response to a code that is wrong, or that comes too late."""
    return error_response({"code" if refusal.code == "code" else "__all__": [refusal.message]}, 422)


propose_api = ProposeApi(verbs.PROPOSE, find=find_contest, described=PROPOSE, form=RequestedProposalForm)
vote_api = VoteApi(
    verbs.VOTE,
    find=find_contest_with_vote,
    described=VOTE,
    confirm_url="contests:api-confirm",
    confirm_described=CONFIRM,
)
withdraw_api = ContestApi(verbs.WITHDRAW, find=find_contest, described=WITHDRAW, confirm_url="contests:api-withdrawn")


@operation(find_contest, no_such_contest, WITHDRAWN)
def withdrawn(request: AgencyRequest, found: Contest) -> JsonResponse:
    """Withdraw a ballot, choice or proposal by the code that was sent to the address.

    In: {address, code, what: "ballot", "choice" or "proposal", choice?: numbers (of pairs "3:7"), proposal?: its
    number}. Out: ``state`` "withdrawn", or "stays" for a proposal that others want too.
    """
    form = validate_form(WithdrawForm(read_json_object(request, lists=("choice",))))
    if not is_within_limit(request, verbs.WITHDRAW, found, form.target, step="confirm"):
        return too_many_requests()
    call = call_from_request(request, door="api", identity=find_identity(form.target))
    try:
        call = confirm_stored(verbs.WITHDRAW, found, call, form.cleaned_data["code"])
        state = withdraw_asked(found, call, form.cleaned_data)
    except Refused as refusal:
        return refused(refusal)
    if state is None:
        return error_response({"__all__": [_("There is nothing of yours to withdraw here.")]}, 409)
    return JsonResponse({"data": {"state": state}})


def withdraw_asked(found: Contest, call: Call, asked: dict[str, Any]) -> str | None:
    """Withdraw what was asked for; return "withdrawn" or "stays", or None where there was nothing."""
    if asked["what"] == "proposal":
        row = Proposal.objects.filter(contest=found, number=asked["proposal"]).first()
        if row is None:
            return None
        return "withdrawn" if execute(verbs.UNPROPOSE, found, call, {"proposal": row}).done else "stays"
    which = asked["choice"] if asked["what"] == "choice" else None
    return "withdrawn" if execute(verbs.UNVOTE, found, call, {"which": which}).done else None
