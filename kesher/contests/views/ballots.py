"""Public pages of voting: choose, confirm with a code, see the receipt.

Votes that are made of many small answers continue in `views/micro_votes.py`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kesher.accounts.recent_verification import ProvedPerson, choose_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contacts.services import MessageLimitReached, WrongCode
from kesher.contests import services
from kesher.contests.forms.ballots import VoteOnTheWebForm
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.pending_votes import (
    PendingVote,
    find_pending_vote,
    forget_vote,
    remember_vote,
    voter_memory,
)
from kesher.contests.presenters import standing_of
from kesher.contests.services.round_close import too_late
from kesher.contests.services.votes import BALLOT_MAX, RANKED, VOTE, Voted, chosen_by
from kesher.contests.views.contests import find_contest, render_unknown, web_call
from kesher.conversations.channel_links import share_links
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways, park_page_form
from kesher.conversations.verification_code_views import Command, code_form, send_new_code
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import read_tallies_now


@require_http_methods(["GET", "POST"])
def vote(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the ballot form of the round that people vote in now, and cast or send a code for the posted vote.

    A browser whose address was proved within the hour votes at once; else a code goes to the address.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    round = services.vote_round(found)
    if round is None or not round.allows("vote"):
        if request.method == "POST":
            messages.error(request, _("This vote is not open now.") + too_late(round))
        return redirect(found)
    if (elsewhere := micro_vote_url_name(round)) is not None:
        return redirect(elsewhere, code=found.code)
    standing = list(Proposal.objects.standing_in(round).select_related("picture").order_by("position", "number"))
    proved = choose_proved(request, voter_memory(found), presumed=True)
    add, chosen = len(standing) > BALLOT_MAX, request.GET.get("choice", "")
    initial = chosen_by(round, proved.identity.contact) if proved is not None else []
    form = VoteOnTheWebForm(
        request.POST or None, round=round, standing=standing, known=proved is not None,
        initial={"choice": initial_choice(round, [*initial, *([int(chosen)] if is_number(chosen) else [])])},
    )  # fmt: skip
    if "later" in request.POST:
        return park_page_form(request, "contests.vote", form.in_talk(), subject=found, code=found.code)
    if request.method == "POST" and form.is_valid():
        answer = handle_ballot(request, round, form, proved.identity if proved is not None else None, add=add)
        if answer is not None:
            return answer
    if add:
        limit_choices(form, request.POST.getlist("choice") or [str(number) for number in initial] + [chosen])
    context = {
        "contest": found,
        "round": round,
        "form": form,
        "standing": standing,
        "add": add,
        "proved": proved,
        "steps": vote_steps(proved),
    }
    return render(request, "contests/vote.html", context, status=422 if form.errors else 200)


def micro_vote_url_name(round: Round) -> str | None:
    """Return the URL name of the page for many small answers, or None for other methods."""
    return {Round.Method.PAIRWISE: "contests:pairs", Round.Method.OPINION: "contests:opinions"}.get(
        Round.Method(round.method)
    )


def initial_choice(round: Round, numbers: list[int]) -> Any:
    """Return these proposal numbers as the initial value of the ballot form's choice field."""
    if round.method == Round.Method.ONE:
        return str(numbers[-1]) if numbers else ""
    if round.method in RANKED:
        return " ".join(map(str, numbers))
    return [str(number) for number in dict.fromkeys(numbers)]


def limit_choices(form: VoteOnTheWebForm, wanted: list[str]) -> None:
    """Remove all choices but ``wanted`` from a ballot form; people chose them on the list itself."""
    field = form.fields["choice"]
    field.choices = [choice for choice in field.choices if str(choice[0]) in wanted]  # type: ignore[attr-defined]


def may_vote(request: AgencyRequest, round: Round, voter: Identity | None, address: Address | None) -> bool:
    """Return whether the rate limits allow this attempt to vote; a known voter is not counted as a new address."""
    if voter is not None:
        return may_ask(request, round.action, "vote", Address(voter.scheme, voter.address))
    return address is not None and may_ask(request, round.action, "vote", address)


def handle_ballot(
    request: AgencyRequest, round: Round, form: VoteOnTheWebForm, voter: Identity | None, *, add: bool
) -> HttpResponse | None:
    """Cast the vote or send a code for it; return the redirect, or None where the form has an error."""
    found, updates = round.contest, form.cleaned_data["updates"]
    if form.is_robot:
        return redirect(found)
    address: Address | None = form.cleaned_data.get("address")
    if not may_vote(request, round, voter, address):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    try:
        call = web_call(voter, address)
        done = services.cast_vote(round, call, numbers=form.numbers, updates=updates, add=add)
    except MessageLimitReached as why:
        return offer_ways(request, why, "contests.vote", form.in_talk(), subject=found, code=found.code)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None
    if address is None:
        return redirect_to_receipt(found, done)
    response = redirect("contests:confirm", code=found.code)
    remember_vote(response, round, form.numbers, address, updates=updates, add=add)
    return response


def redirect_to_receipt(found: Contest, done: Voted) -> HttpResponse:
    """Redirect to the receipt's page, which only this browser may see."""
    changed = "?changed" if done.changed else ""
    response = redirect(f"{reverse('contests:voted', args=[found.code])}{changed}")
    return remember_done(response, "vote", found.code, done.receipt)


@require_http_methods(["GET", "POST"])
def confirm(request: AgencyRequest, code: str) -> HttpResponse:
    """Count the vote that waits in this browser, by the code typed here or opened as a link.

    A link only shows a button, because mail scanners open every link.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    waiting = find_pending_vote(request, found)
    if waiting is None:
        return redirect("contests:vote", code=found.code)
    about = str(waiting.round_id)
    form = code_form(request, waiting.address, purpose=VOTE, subject=about, again=not waiting.linked)
    numbers = list(map(str, waiting.numbers))
    command = Command(
        "contests.vote", found, code, {"choice": numbers[-1] if numbers else "", "numbers": " ".join(numbers)}
    )
    if (ways := send_new_code(request, form, partial(ask_again, found, waiting), command)) is not None:
        return ways
    if form.is_valid():
        answer = cast_with_code(request, found, waiting, form)
        if answer is not None:
            return answer
    names = {row.number: row.text for row in found.proposals.filter(number__in=waiting.numbers)}
    context = {
        "contest": found,
        "form": form,
        "hint": waiting.hint,
        "linked": waiting.linked,
        "names": [names[number] for number in waiting.numbers if number in names],
        "steps": vote_steps(None),
    }
    return render(request, "contests/confirm.html", context, status=422 if form.errors else 200)


def ask_again(found: Contest, waiting: PendingVote, address: Address) -> None:
    """Send another confirmation code to this address for the vote that waits in the browser. Raise Refused."""
    round = found.rounds.select_related("contest__action", "action").get(pk=waiting.round_id)
    call = web_call(address=address)
    services.cast_vote(round, call, numbers=waiting.numbers, updates=waiting.updates, add=waiting.add)


def cast_with_code(request: AgencyRequest, found: Contest, waiting: PendingVote, form: CodeForm) -> HttpResponse | None:
    """Cast the waiting vote; return the redirect, or None where the form has an error to show."""
    if not may_ask(request, found.action, "confirm", form.target):
        form.add_error(None, _("Too many tries. Please try again in ten minutes."))
        return None
    round = found.rounds.select_related("contest__action", "action").filter(pk=waiting.round_id).first()
    call, code = web_call(address=form.target), form.cleaned_data["code"]
    try:
        if round is None:
            raise WrongCode
        done = services.cast_vote(
            round, call, numbers=waiting.numbers, updates=waiting.updates, add=waiting.add, code=code
        )
    except Refused as refusal:
        form.refuse(refusal)
        return None
    response = redirect_to_receipt(found, done)
    forget_vote(response, found)
    voter_memory(found).keep(response, done.identity)
    return response


@never_cache
@require_GET
def voted(request: AgencyRequest, code: str) -> HttpResponse:
    """Show a voter's receipt and links to share the contest, only in the browser that voted.

    A receipt is never a running number.
    """
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    receipt = find_done(request, "vote", found.code)
    if receipt is None:
        return redirect(found)
    round = services.vote_round(found)
    page = found.page_url
    context = {
        "contest": found,
        "receipt": receipt,
        "changed": "changed" in request.GET,
        "may_change": round is not None and round.allows("change"),
        "standing": standing_of(round, read_tallies_now(round.action)) if round is not None else None,
        "steps": vote_steps(None),
        "shares": share_links(page, found.title),
        "page_url": page,
        "live_streams": [round.action.stream] if round is not None else [],
    }
    return render(request, "contests/voted.html", context)


def vote_steps(voter: ProvedPerson | None) -> list[str]:
    """Return the titles of the steps of voting: choose, confirm (unless the voter is proved), voted."""
    return [_("Choose"), *([] if voter is not None else [_("Confirm")]), _("Voted")]
