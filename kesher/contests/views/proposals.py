"""Public pages of proposals: the list, one of them, who is credited; propose, and bring the code."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kesher.accounts.recent_verification import ProvedPerson, choose_proved
from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call, call_from_request
from kesher.contests import services
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.presenters import credits_of, decision_of, find_contest, rounds_of, scores_of, vote_shown
from kesher.contests.proposal_list import proposal_list_context
from kesher.contests.services.round_close import late_for
from kesher.contests.verbs import PROPOSE
from kesher.contests.views.ballots import ContestPage, voter_memory
from kesher.contests.views.contests import render_unknown
from kesher.contests.views.withdrawals import BACK_COOKIE, BACK_SALT
from kesher.conversations.channel_links import share_links
from kesher.conversations.verification_code_views import Command
from kesher.conversations.visitor_cookie import get_visitor_identity, set_visitor_cookie
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.core.ui.list_search import paginate_rows
from kesher.verbs.pending_code import PendingCode
from kesher.verbs.services import Outcome

CREDITS = 200


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


class ProposePage(ContestPage):
    """Propose. It goes to review; where an address was given, a code is sent to it.

    Whoever gives no address is known by this browser's cookie, and may take the proposal back here.
    """

    template, confirm_template, confirm_url = "contests/propose.html", "contests/proposed.html", "contests:proposed"
    cookie_name, cookie_salt = BACK_COOKIE, BACK_SALT

    def serve(self, request: HttpRequest, subject: Contest) -> HttpResponse:
        """Show the form while the contest takes proposals, and submit the posted one."""
        if services.round_for(subject, "propose") is not None:
            return super().serve(request, subject)
        if request.method == "POST":
            messages.error(request, _("This contest takes no proposals now.") + late_for(subject, "propose"))
        return redirect(subject)

    def find_proved(self, request: HttpRequest, subject: Contest) -> ProvedPerson | None:
        """Return the person who proved an address in this browser, if the form says that it is theirs."""
        return choose_proved(request, voter_memory(subject))

    def answer_robot(self, request: HttpRequest, subject: Contest, form: Form) -> HttpResponse:
        """Thank a robot, too; nothing is stored."""
        return remember_done(redirect(self.confirm_url, code=subject.code), "propose", subject.code, "")

    def submit(
        self, request: HttpRequest, subject: Contest, form: Any, raw: dict[str, Any], proved: ProvedPerson | None
    ) -> HttpResponse:
        """Submit the proposal; without one, no visitor is stored."""
        form.cleaned_data["updates"] = proved is not None
        with transaction.atomic():
            response = super().submit(request, subject, form, raw, proved)
            transaction.set_rollback(bool(form.errors))
        return response

    def make_call(self, request: HttpRequest, proved: ProvedPerson | None, address: Address | None) -> Call:
        """Return who proposes: the proved person, else the visitor, with the address that they give."""
        who = proved.identity if proved is not None else get_visitor_identity(request)
        return call_from_request(request, identity=who, level=who.assurance, address=address)

    def more_context(self, subject: Contest) -> dict[str, Any]:
        """Return the contest, and the titles of the steps."""
        return {**super().more_context(subject), "steps": [_("Propose"), _("Sent")]}

    def go_on(self, request: HttpRequest, subject: Contest, outcome: Outcome, form: Form) -> HttpResponse:
        """Redirect to the thanks, which ask for the code if one was sent."""
        address, told = form.cleaned_data.get("address"), form.cleaned_data["updates"]
        response = redirect(f"{reverse(self.confirm_url, args=[subject.code])}{'?sent' if address else '?told' * told}")
        remember_done(response, "propose", subject.code, str(outcome.result.proposal.number))
        if address is not None:
            self.cookie(subject).set(response, address, {})
        return set_visitor_cookie(request, response)

    def find_pending(self, request: HttpRequest, subject: Contest) -> PendingCode:
        """Return the proposal that a link names, or that was made in this browser, and where its code went."""
        number = proposed_number(request, subject)
        rows = Proposal.objects.filter(contest=subject, number=int(number) if is_number(number) else 0)
        here = find_done(request, "propose", subject.code) == number
        address = super().find_pending(request, subject).address if here else None
        return PendingCode(address, {"proposal": rows.select_related("merged_into").first()})

    def ask_code(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> HttpResponse:
        """Thank the browser that proposed, and take the code that proves whose proposal it was."""
        if find_done(request, "propose", subject.code) is None and "code" not in request.GET:
            return redirect(subject)
        return super().ask_code(request, subject, waiting)

    def about(self, subject: Contest, waiting: PendingCode) -> str:
        """Return the id of the proposal, for which the code was sent."""
        return str(getattr(waiting.answers["proposal"], "pk", ""))

    def command(self, subject: Contest, waiting: PendingCode) -> Command:
        """Return the command that proposes the same in a conversation."""
        row = waiting.answers["proposal"]
        return Command(self.verb.name, subject, subject.code, {"text": row.text} if row is not None else {})

    def ask_again(self, request: HttpRequest, subject: Contest, waiting: PendingCode, address: Address) -> None:
        """Send another code for the proposal. Raise Refused."""
        if (row := waiting.answers["proposal"]) is not None:
            services.send_proposal_code(row, address, lang=call_from_request(request).lang)

    def code_context(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> dict[str, Any]:
        """Return what the thanks show; of a proposal made elsewhere nothing, until its code is right."""
        row, here = waiting.answers["proposal"], find_done(request, "propose", subject.code)
        is_known = here == proposed_number(request, subject)
        return {
            **self.more_context(subject),
            "mine": row if is_known else None,
            "asked": ("sent" in request.GET or "code" in request.GET) and row is not None,
            "is_known": is_known,
            "proved": is_known and "told" in request.GET,
        }

    def confirmed(self, request: HttpRequest, subject: Contest, result: Proposal, who: Identity | None) -> HttpResponse:
        """Show the thanks to whoever proved that the proposal is theirs."""
        known = {"is_known": True, "proved": True, "mine": result}
        return render(request, self.confirm_template, {**self.more_context(subject), **known})


def proposed_number(request: HttpRequest, contest: Contest) -> str:
    """Return the number of the proposal that a link with a code names, else of the one made in this browser."""
    return request.GET.get("n", "") if "code" in request.GET else find_done(request, "propose", contest.code) or ""


propose_page = ProposePage(PROPOSE)
