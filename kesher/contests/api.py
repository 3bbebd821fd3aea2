"""JSON API of contests: contests, rounds, proposals, votes and results.

Numbers come from the tallies and from what was counted. It shows no name or address beyond what people agreed to show.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.forms import Field, Form
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.contests import services
from kesher.contests.api_operations import BALLOTS, CONFIRM, LIST, PROPOSALS, PROPOSE, READ, VOTE, VOTING
from kesher.contests.ballot_codec import VALUES, Answer, parse_answers
from kesher.contests.contact_address_forms import VoterAddressForm
from kesher.contests.counting.round_count import counted_choices
from kesher.contests.counting.standings import current_order, sums_of
from kesher.contests.counting.tie_break import seal_seed
from kesher.contests.forms.ballots import NumbersField, ProposeOnTheWebForm, VoteOnTheWebForm
from kesher.contests.micro_vote_next_question import Key, pair_for, standing_rows, statements_left
from kesher.contests.models import Contest, EarlierDecision, Proposal, Round
from kesher.contests.pending_answer_cookie import hash_visitor, open_pair, seal_pair
from kesher.contests.presenters import corrections_of, credits_of, decision_of, rounds_of, vote_shown
from kesher.contests.proposal_list import search_proposals
from kesher.contests.services.votes import PIECES
from kesher.contests.views.contests import find_contest, page_language
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object, too_many_requests
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.initiatives.api import list_response
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import read_tallies
from kesher.verbs.api_door import pending_response

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
    found = find_contest(code)
    if found is None:
        return no_such_contest()
    if request.method == "POST":
        return propose(request, found)
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


def propose(request: AgencyRequest, found: Contest) -> JsonResponse:
    """Create a proposal credited to an address, and send the code that proves the address to it."""
    form = ProposeOnTheWebForm(read_json_object(request, lists=("choice",)), contest=found)
    form.fields["address"].required = True
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    given = form.cleaned_data
    address: Address = given["address"]
    if not may_ask(request, found.action, "propose", address):
        return too_many_requests()
    try:
        words = {"text": given["text"], "meaning": given.get("meaning") or "", "name": given["name"]}
        made = services.submit_proposal(found, api_call(address), **words)
    except MessageLimitReached as why:
        return offer_ways_json(request, why, "contests.propose", form.data, subject=found, code=found.code)
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    answer = {"number": made.proposal.number, "sent_to": mask_address(address.scheme, address.address)}
    return JsonResponse({"data": {**answer, "joined": made.joined.number if made.joined else None}}, status=202)


@api_view(VOTING, VOTE)
def votes(request: AgencyRequest, code: str) -> JsonResponse:
    """Return the questions of the current vote (GET), or cast a vote and send a code for it (POST).

    In: {address, choice, updates?}; what ``choice`` is depends on the method, see `voting_data`. Out: 202, and a code
    goes to the address. The answer is the same whether or not that address had voted.
    """
    found = find_contest(code)
    round = vote_shown(rounds_of(found)) if found is not None else None
    if found is None or round is None:
        return no_such_contest()
    if request.method == "GET":
        return JsonResponse({"data": {"method": round.method, "open": round.is_open, **voting_data(request, round)}})
    form = ballot_form(read_json_object(request, lists=("choice",)), round)
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    address: Address = form.cleaned_data["address"]
    if not may_ask(request, round.action, "vote", address):
        return too_many_requests()
    try:
        if isinstance(form, VoteOnTheWebForm):
            services.cast_vote(round, api_call(address), numbers=form.numbers, updates=form.cleaned_data["updates"])
        else:
            services.cast_vote(round, api_call(address), answers=form.cleaned_data["choice"])
    except MessageLimitReached as why:
        kept = form.in_talk() if isinstance(form, VoteOnTheWebForm) else {}
        return offer_ways_json(request, why, "contests.vote", kept, subject=found, code=found.code)
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    return pending_response(address, reverse("contests:api-confirm", args=[found.code]))


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


def ballot_form(body: dict[str, Any], round: Round) -> Form:
    """Return the bound form for a vote by this round's method."""
    if round.method not in PIECES:
        standing = list(Proposal.objects.standing_in(round).order_by("position", "number"))
        return VoteOnTheWebForm(body, round=round, standing=standing)
    form = VoterAddressForm(body)
    form.fields["choice"] = PiecesField(round)
    return form


class PiecesField(Field):
    """A list of small answers in the form that `voting_data` gives; unreadable ones are left out."""

    def __init__(self, round: Round) -> None:
        """Set the round whose method says how the answers are written."""
        super().__init__(error_messages={"required": _("There is nothing to count yet.")})
        self.round = round

    def to_python(self, value: Any) -> list[Answer]:
        """Return the well-formed answers among the submitted words; drop the others."""
        words = [str(word) for word in value] if isinstance(value, list) else []
        if self.round.method == Round.Method.OPINION:
            return [answer for answer in parse_answers(words) if answer.other is None]
        pairs = [(open_pair(self.round, word[:-1]), VALUES.get(word[-1:])) for word in words]
        return [Answer(*pair, value) for pair, value in pairs if pair is not None and value is not None]


@api_view(CONFIRM)
def confirm(request: AgencyRequest, code: str) -> JsonResponse:
    """Count the waiting vote of an address whose confirmation code came back.

    In: {address, code, choice, updates?}. Out: 200 with the receipt.
    """
    found, body = find_contest(code), read_json_object(request, lists=("choice",))
    form = CodeForm(body)
    identity = find_identity(form.target) if form.is_valid() else None
    round = None
    if found is not None:
        round = services.round_of_newest_code(found, identity) if identity is not None else vote_shown(rounds_of(found))
    if found is None or round is None:
        return no_such_contest()
    form = CodeForm(body)
    form.fields["choice"] = PiecesField(round) if round.method in PIECES else NumbersField()
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    if not may_ask(request, found.action, "confirm", form.target):
        return too_many_requests()
    choice, typed = form.cleaned_data["choice"], form.cleaned_data["code"]
    call = api_call(form.target, identity)
    try:
        if round.method in PIECES:
            done = services.cast_vote(round, call, answers=choice, code=typed)
        else:
            updates = body.get("updates") is True
            done = services.cast_vote(round, call, numbers=choice, updates=updates, code=typed)
    except Refused as refusal:
        return error_response({"code" if refusal.code == "code" else "__all__": [refusal.message]}, 422)
    state = {"state": "counted", "receipt": done.receipt, "new": done.new, "changed": done.changed}
    return JsonResponse({"data": state})


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


def api_call(address: Address, identity: Identity | None = None) -> Call:
    """Return a Call for an API request from this address, with its identity where that is known."""
    return Call(door="api", lang=page_language(), identity=identity, address=address)


def no_such_contest() -> JsonResponse:
    """Return the JSON 404 response for an unknown contest."""
    return error_response({"code": [_("There is no such contest.")]}, 404)
