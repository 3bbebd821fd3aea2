"""JSON API for withdrawing votes and proposals: asked for by an address, done when its code comes back."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.service_caller import Call
from kesher.contests import services
from kesher.contests.api import api_call, no_such_contest
from kesher.contests.api_operations import WITHDRAW, WITHDRAWN
from kesher.contests.contact_address_forms import WithdrawalAddressForm
from kesher.contests.forms.ballots import WithdrawForm
from kesher.contests.models import Contest, Proposal
from kesher.contests.views.contests import find_contest
from kesher.core.api.json_api import error_response, operation, read_json_object, too_many_requests, validate_form
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.participation.rate_limits import may_ask
from kesher.verbs.api_door import pending_response


@operation(find_contest, no_such_contest, WITHDRAW)
def withdraw(request: AgencyRequest, found: Contest) -> JsonResponse:
    """Send a code for a withdrawal to an address that voted or proposed in this contest.

    In: {address}. Out: 202, whether or not the address took part.
    """
    address: Address = validate_form(WithdrawalAddressForm(read_json_object(request))).cleaned_data["address"]
    if not may_ask(request, found.action, "withdraw", address):
        return too_many_requests()
    services.ask_for_withdrawal_code(found, api_call(address))
    return pending_response(address, reverse("contests:api-withdrawn", args=[found.code]))


@operation(find_contest, no_such_contest, WITHDRAWN)
def withdrawn(request: AgencyRequest, found: Contest) -> JsonResponse:
    """Withdraw a ballot, choice or proposal by the code that was sent to the address.

    In: {address, code, what: "ballot", "choice" or "proposal", choice?: numbers (of pairs "3:7"), proposal?: its
    number}. Out: ``state`` "withdrawn", or "stays" for a proposal that others want too.
    """
    form = validate_form(WithdrawForm(read_json_object(request, lists=("choice",))))
    if not may_ask(request, found.action, "confirm", form.target):
        return too_many_requests()
    try:
        call = services.check_withdrawal_code(found, api_call(form.target), code=form.cleaned_data["code"])
        state = withdraw_asked(found, call, form.cleaned_data)
    except Refused as refusal:
        return error_response({"code" if refusal.code == "code" else "__all__": [refusal.message]}, 422)
    if state is None:
        return error_response({"__all__": [_("There is nothing of yours to take back here.")]}, 409)
    return JsonResponse({"data": {"state": state}})


def withdraw_asked(found: Contest, call: Call, asked: dict[str, Any]) -> str | None:
    """Withdraw what was asked for; return "withdrawn" or "stays", or None where there was nothing."""
    if asked["what"] == "proposal":
        row = Proposal.objects.filter(contest=found, number=asked["proposal"]).first()
        if row is None:
            return None
        return "withdrawn" if services.withdraw_proposal(row, call) else "stays"
    round = services.vote_round(found)
    if round is None:
        return None
    gone = services.withdraw_vote(round, call, keys=asked["choice"] if asked["what"] == "choice" else None)
    return "withdrawn" if gone else None
