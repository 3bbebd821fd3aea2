"""Public pages for withdrawing votes and proposals, after a code has proved the address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kesher.accounts.recent_verification import choose_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contests import services
from kesher.contests.ballot_codec import format_key, parse_key
from kesher.contests.contact_address_forms import WithdrawalAddressForm, find_linked_address, withdrawal_words
from kesher.contests.forms.ballots import choice_in_words
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.pending_votes import (
    find_remembered_address,
    remember_address,
    voter_memory,
)
from kesher.contests.rules import may_take_back
from kesher.contests.services.withdrawals import choices_on, key_of, proposals_of
from kesher.contests.views.contests import find_contest, render_unknown, web_call
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import continue_command
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.conversations.visitor_cookie import find_visitor_identity
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import find_participation


@never_cache
@require_http_methods(["GET", "POST"])
def back(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the vote and proposals that this browser's proved person may withdraw, and withdraw one as posted.

    A vote needs a code; what was proposed here without any address does not.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    proved = choose_proved(request, voter_memory(found), presumed=True)
    voter = proved.identity if proved is not None else None
    people = [who for who in (voter, find_visitor_identity(request)) if who is not None]
    form = WithdrawalAddressForm(request.POST if "address" in request.POST else None)
    if "verb" in request.POST:
        handle_withdrawal(request, found, voter, people)
        return redirect("contests:back", code=found.code)
    if form.is_bound and proved is not None:
        return redirect("contests:back", code=found.code)
    if request.method == "POST" and form.is_valid():
        if may_ask(request, found.action, "withdraw", form.cleaned_data["address"]):
            return ask_withdrawal_code(found, form)
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
    context = {"contest": found, "form": form, "proved": proved, **withdrawable_context(found, voter, people)}
    return render(request, "contests/back.html", context, status=422 if form.errors else 200)


def ask_withdrawal_code(found: Contest, form: WithdrawalAddressForm) -> HttpResponse:
    """Ask for a code for a withdrawal to the address, and redirect to the page where it is typed.

    The page is the same whether or not the address took part here. A robot is led on too, and nothing is sent.
    """
    address = form.cleaned_data["address"]
    if not form.is_robot:
        services.ask_for_withdrawal_code(found, web_call(address=address))
    response = redirect("contests:back-code", code=found.code)
    remember_address(response, found, address)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def back_code(request: AgencyRequest, code: str) -> HttpResponse:
    """Take the code for a withdrawal; then for an hour this browser may vote and withdraw without another."""
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    linked = find_linked_address(request)
    form = code_form(request, linked or find_remembered_address(request, found), silent=True, again=linked is None)

    def ask(target: Address) -> None:
        """Send another code for a withdrawal to this address."""
        services.ask_for_withdrawal_code(found, web_call(address=target))

    if (ways := send_new_code(request, form, ask, Command("contests.unvote", found, code))) is not None:
        return ways
    if form.is_valid():
        answer = prove_with_code(request, found, form)
        if answer is not None:
            return answer
    words = continue_command("contests.unvote", found.code)
    context = {"contest": found, "form": form, "asked": True, "words": words}
    return render(request, "contests/back.html", context, status=422 if form.errors else 200)


def prove_with_code(request: AgencyRequest, found: Contest, form: CodeForm) -> HttpResponse | None:
    """Remember the address proved by the code; return the redirect, or None where the form has an error."""
    if not may_ask(request, found.action, "confirm", form.target):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    try:
        call = services.check_withdrawal_code(found, web_call(address=form.target), code=form.cleaned_data["code"])
    except Refused as refusal:
        form.refuse(refusal)
        return None
    response = redirect("contests:back", code=found.code)
    assert call.identity is not None
    voter_memory(found).keep(response, call.identity)
    return response


def handle_withdrawal(request: AgencyRequest, found: Contest, voter: Identity | None, people: list[Identity]) -> None:
    """Withdraw what the pressed button names, and show a message with the outcome."""
    verb, which = request.POST["verb"], request.POST.get("which", "")
    try:
        said = withdraw_posted(found, voter, people, verb, which)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said) if said else messages.error(request, nothing_there())


def withdraw_posted(found: Contest, voter: Identity | None, people: list[Identity], verb: str, which: str) -> str:
    """Withdraw the posted ballot, choice or proposal; return the message, or "" where there was none."""
    if verb == "proposal":
        for who in people:
            row = next((row for row in proposals_of(found, who.contact) if str(row.number) == which), None)
            if row is not None:
                gone = services.withdraw_proposal(row, web_call(who))
                return withdrawal_words(gone) % {"text": row.text}
        return ""
    round, key = services.vote_round(found), parse_key(which)
    if voter is None or round is None:
        return ""
    if verb == "choice" and key is not None:
        gone = services.withdraw_vote(round, web_call(voter), keys={key})
        return _("Taken back.") if gone else ""
    gone = verb == "ballot" and services.withdraw_vote(round, web_call(voter))
    return _("Your vote was taken back.") if gone else ""


def nothing_there() -> str:
    """Return the message that this person has nothing to withdraw."""
    return _("There is nothing of yours to take back here.")


def withdrawable_context(found: Contest, voter: Identity | None, people: list[Identity]) -> dict[str, Any]:
    """Return the template context of a person's ballot and proposals that can be withdrawn."""
    words: dict[int, Proposal] = {row.number: row for who in people for row in proposals_of(found, who.contact)}
    round = services.vote_round(found)
    return {
        "ballot": ballot_context(round, voter) if round is not None and voter is not None else None,
        "proposals": sorted(words.values(), key=lambda row: -row.number),
        "may_unpropose": may_take_back("proposal", services.round_for(found, "propose")),
    }


def ballot_context(round: Round, voter: Identity) -> dict[str, Any] | None:
    """Return the template context of this voter's ballot; None where none can be changed now."""
    ballot = find_participation(round.action, voter.contact)
    if ballot is None or not round.is_open:
        return None
    rows = choices_on(ballot)
    may_one = may_take_back("choice", round) and len(rows) > 1
    lines = [
        {"key": format_key(key_of(row)), "text": choice_in_words(row), "lang": row.proposal.language} for row in rows
    ]
    return {
        "receipt": ballot.receipt,
        "lines": lines,
        "may_one": may_one,
        "may_all": may_take_back("ballot", round),
        "final": "change" not in round.verbs,
    }
