"""Public pages for withdrawing votes and proposals, after a code has proved the address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kesher.accounts.recent_verification import ProvedPerson
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contests import services
from kesher.contests.ballot_codec import format_key, parse_key
from kesher.contests.forms.withdrawals import choice_in_words
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.rules import may_take_back
from kesher.contests.services.withdrawals import choices_on, key_of, proposals_of
from kesher.contests.verbs import UNPROPOSE, UNVOTE, WITHDRAW
from kesher.contests.views.ballots import ContestPage, call_of, voter_memory
from kesher.conversations.form_handover import continue_command
from kesher.conversations.visitor_cookie import find_visitor_identity
from kesher.core.errors import Refused
from kesher.participation.services import find_participation
from kesher.verbs.pending_code import PendingCode
from kesher.verbs.services import execute

BACK_COOKIE, BACK_SALT = "back-{}", "kesher.contests.back"


class WithdrawPage(ContestPage):
    """Show the vote and proposals that a proved person may take back, and take one back as posted.

    A vote needs a code; what was proposed in this browser without any address does not. No page shows whether an
    address took part.
    """

    template = confirm_template = "contests/back.html"
    confirm_url = "contests:back-code"
    cookie_name, cookie_salt = BACK_COOKIE, BACK_SALT

    def serve(self, request: HttpRequest, subject: Contest) -> HttpResponse:
        """Take back what a button names, or show what there is, or send a code."""
        if "verb" in request.POST:
            handle_withdrawal(request, subject, self.find_proved(request, subject))
            return redirect("contests:back", code=subject.code)
        return super().serve(request, subject)

    def submit(
        self, request: HttpRequest, subject: Contest, form: Any, raw: dict[str, Any], proved: ProvedPerson | None
    ) -> HttpResponse:
        """Send a code to the posted address, except for somebody who proved it before."""
        if proved is not None:
            return redirect("contests:back", code=subject.code)
        return super().submit(request, subject, form, raw, proved)

    def render(
        self, request: HttpRequest, subject: Contest, form: Any, raw: Any, proved: ProvedPerson | None, **status: int
    ) -> HttpResponse:
        """Render the page with the form that asks for an address, and what can be taken back."""
        context = {"contest": subject, "form": form, "proved": proved}
        context |= withdrawable_context(request, subject, proved)
        return render(request, self.template, context, status=status.get("status") or (422 if form.errors else 200))

    def code_context(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> dict[str, Any]:
        """Return the contest, and the command that does the same in a conversation."""
        return {**self.more_context(subject), "words": continue_command(self.verb.name, subject.code)}

    def confirmed(self, request: HttpRequest, subject: Contest, result: Call, who: Identity | None) -> HttpResponse:
        """Remember who proved their address, and show what they may take back."""
        assert result.identity is not None
        response = redirect("contests:back", code=subject.code)
        voter_memory(subject).keep(response, result.identity)
        return response


withdraw_page = WithdrawPage(WITHDRAW)


def find_people(request: HttpRequest, proved: ProvedPerson | None) -> list[Identity]:
    """Return those whose proposals may be taken back in this browser: the proved person, and its visitor."""
    return [who for who in (proved.identity if proved else None, find_visitor_identity(request)) if who is not None]


def handle_withdrawal(request: HttpRequest, found: Contest, proved: ProvedPerson | None) -> None:
    """Withdraw what the pressed button names, and show a message with the outcome."""
    try:
        said = withdraw_posted(request, found, proved)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        if said:
            messages.success(request, said)
        else:
            messages.error(request, _("There is nothing of yours to withdraw here."))


def withdraw_posted(request: HttpRequest, found: Contest, proved: ProvedPerson | None) -> str:
    """Withdraw the posted ballot, choice or proposal; return the message, or "" where there was none."""
    verb, which = request.POST["verb"], request.POST.get("which", "")
    if verb == "proposal":
        theirs = ((who, row) for who in find_people(request, proved) for row in proposals_of(found, who.contact))
        who, row = next(((who, row) for who, row in theirs if str(row.number) == which), (None, None))
        if who is None:
            return ""
        return UNPROPOSE.receipt(execute(UNPROPOSE, found, call_of(request, who), {"proposal": row})).text
    key = parse_key(which) if verb == "choice" else None
    if proved is None or verb not in ("choice", "ballot") or (verb == "choice" and key is None):
        return ""
    done = execute(UNVOTE, found, call_of(request, proved.identity), {"which": {key} if key is not None else None})
    if not done.done:
        return ""
    return _("Taken back.") if key is not None else _("Your vote was withdrawn.")


def withdrawable_context(request: HttpRequest, found: Contest, proved: ProvedPerson | None) -> dict[str, Any]:
    """Return the template context of a person's ballot and proposals that can be withdrawn."""
    rows = (row for who in find_people(request, proved) for row in proposals_of(found, who.contact))
    words: dict[int, Proposal] = {row.number: row for row in rows}
    round = found.vote_round
    return {
        "ballot": ballot_context(round, proved.identity) if round is not None and proved is not None else None,
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
