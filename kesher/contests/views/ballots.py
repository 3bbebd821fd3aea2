"""Public pages of voting: choose, confirm with a code, see the receipt.

A vote that waits for its code is kept in a signed link and a signed cookie, not in the database. The server acts the
same whether or not the address had voted before. Votes of many small answers have `micro_votes.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core import signing
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kesher.accounts.recent_verification import Memory, ProvedPerson, choose_proved
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call, call_from_request
from kesher.contests.forms.ballots import as_conversation_answers
from kesher.contests.models import Contest, Round
from kesher.contests.presenters import find_contest, standing_of
from kesher.contests.services.round_close import too_late
from kesher.contests.services.votes import RANKED, VOTE_SALT, Voted, chosen_by
from kesher.contests.verbs import VOTE
from kesher.contests.views.contests import render_unknown
from kesher.conversations.channel_links import share_links
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.verification_code_views import Command
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.ui.confirmation_pages import find_done, remember_done
from kesher.participation.services import read_tallies_now
from kesher.verbs.page_door import ConfirmedPage
from kesher.verbs.pending_code import COOKIE_SECONDS, PendingCode
from kesher.verbs.services import Outcome

MICRO_VOTES = {Round.Method.PAIRWISE: "contests:pairs", Round.Method.OPINION: "contests:opinions"}


class ContestPage(ConfirmedPage):
    """A page on which people take part in a contest.

    For an hour after a code, a browser may vote here, change that vote and take it back without another.
    """

    def find(self, code: str) -> Contest | None:
        """Return the published contest with this code, or None."""
        return find_contest(code)

    def render_missing(self, request: HttpRequest, code: str) -> HttpResponse:
        """Return the page for an unknown contest."""
        return render_unknown(request)

    def find_proved(self, request: HttpRequest, subject: Contest) -> ProvedPerson | None:
        """Return the person who proved an address in this browser, unless the form names another."""
        return choose_proved(request, voter_memory(subject), presumed=True)

    def answer_robot(self, request: HttpRequest, subject: Contest, form: Form) -> HttpResponse:
        """Lead a robot on as if a code was sent."""
        return self.go_on(request, subject, Outcome(None, form.cleaned_data["address"]), form)

    def more_context(self, subject: Contest) -> dict[str, Any]:
        """Return the contest, by its own name."""
        return {"contest": subject}

    def find_pending(self, request: HttpRequest, subject: Contest) -> PendingCode:
        """Return what waits by this browser's cookie; a link that we sent names the address."""
        waiting, address = super().find_pending(request, subject), find_linked_address(request)
        return replace(waiting, address=address, linked=True) if address is not None else waiting

    def about(self, subject: Contest, waiting: PendingCode) -> str:
        """Return the id of the round, if the code is for a vote; else the contest's code."""
        return str(waiting.answers.get("round", subject.code))

    def code_form(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> CodeForm:
        """Return the form that takes the code; whoever opened a link cannot ask for another code."""
        form = super().code_form(request, subject, waiting)
        form.again = form.again and not waiting.linked
        return form


def voter_memory(contest: Contest) -> Memory:
    """Return the handler of the cookie that remembers a proved voter of this contest for an hour."""
    path = contest.get_absolute_url()
    return Memory(f"voter-{contest.code}", path=path, seconds=COOKIE_SECONDS, salt="kesher.contests.voter")


def find_linked_address(request: HttpRequest) -> Address | None:
    """Return the address whose identity id is in the query string of a link that we sent, or None."""
    key = request.GET.get("i", "")
    row = Identity.objects.filter(pk=int(key)).first() if is_number(key) else None
    return Address(row.scheme, row.address) if row is not None else None


class VotePage(ContestPage):
    """Vote by one ballot. A browser whose address was proved votes at once; else a code goes to the address."""

    template, confirm_template, confirm_url = "contests/vote.html", "contests/confirm.html", "contests:confirm"
    cookie_name, cookie_salt = "vote-{}", VOTE_SALT

    def serve(self, request: HttpRequest, subject: Contest) -> HttpResponse:
        """Show the ballot of the round that people vote in now, or where else they vote, and cast the posted vote."""
        round = subject.vote_round
        if round is None or not round.allows("vote"):
            if request.method == "POST":
                messages.error(request, _("This vote is not open now.") + too_late(round))
            return redirect(subject)
        if (elsewhere := MICRO_VOTES.get(Round.Method(round.method))) is not None:
            return redirect(elsewhere, code=subject.code)
        return super().serve(request, subject)

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the ballot as a conversation takes it."""
        return as_conversation_answers(raw)

    def render(
        self, request: HttpRequest, subject: Contest, form: Any, raw: Any, proved: ProvedPerson | None, **status: int
    ) -> HttpResponse:
        """Render the ballot with the vote that was cast before; of a long list, only what was chosen on the list."""
        chosen = request.GET.get("choice", "")
        mine = chosen_by(form.round, proved.identity.contact) if proved is not None else []
        if not form.is_bound:
            form.initial["choice"] = initial_choice(form.round, [*mine, *([int(chosen)] if is_number(chosen) else [])])
        if form.is_long:
            wanted = request.POST.getlist("choice") or [*map(str, mine), chosen]
            field = form.fields["choice"]
            field.choices = [choice for choice in field.choices if str(choice[0]) in wanted]
        return super().render(request, subject, form, raw, proved, **status)

    def context(self, subject: Contest, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the context of the ballot's page."""
        return {**super().context(subject, form, raw, proved), "steps": vote_steps(proved)}

    def find_pending(self, request: HttpRequest, subject: Contest) -> PendingCode:
        """Return the vote that waits in the request's signed link, or in this browser's cookie."""
        waiting = super().find_pending(request, subject)
        if "v" not in request.GET:
            return waiting
        try:
            round, numbers, updates, add = signing.loads(request.GET["v"], salt=VOTE_SALT, max_age=COOKIE_SECONDS)
        except (signing.BadSignature, ValueError):
            return PendingCode()
        answers = {"round": round, "numbers": numbers, "updates": bool(updates), "add": bool(add)}
        return PendingCode(waiting.address if waiting.linked else None, answers, waiting.linked)

    def ask_code(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> HttpResponse:
        """Count the waiting vote by its code; where none waits, show the ballot."""
        if "numbers" not in waiting.answers:
            return redirect("contests:vote", code=subject.code)
        return super().ask_code(request, subject, waiting)

    def command(self, subject: Contest, waiting: PendingCode) -> Command:
        """Return the command that votes so in a conversation."""
        raw = as_conversation_answers({"choice": waiting.answers["numbers"]})
        return Command(self.verb.name, subject, subject.code, raw)

    def code_context(self, request: HttpRequest, subject: Contest, waiting: PendingCode) -> dict[str, Any]:
        """Return what the page of the code shows: the vote that would be counted."""
        numbers = waiting.answers["numbers"]
        texts = {row.number: row.text for row in subject.proposals.filter(number__in=numbers)}
        names = [texts[number] for number in numbers if number in texts]
        return {**self.more_context(subject), "names": names, "steps": vote_steps(None)}

    def confirmed(self, request: HttpRequest, subject: Contest, result: Voted, who: Identity | None) -> HttpResponse:
        """Redirect to the receipt, which only this browser may see; remember who proved their address."""
        changed = "?changed" if result.changed else ""
        response = redirect(f"{reverse('contests:voted', args=[subject.code])}{changed}")
        if who is not None:
            self.cookie(subject).delete(response)
            voter_memory(subject).keep(response, result.identity)
        return remember_done(response, "vote", subject.code, result.receipt)


vote_page = VotePage(VOTE)


def initial_choice(round: Round, numbers: list[int]) -> Any:
    """Return these proposal numbers as the initial value of the ballot form's choice field."""
    if round.method == Round.Method.ONE:
        return str(numbers[-1]) if numbers else ""
    if round.method in RANKED:
        return " ".join(map(str, numbers))
    return [str(number) for number in dict.fromkeys(numbers)]


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
    round = found.vote_round
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
    """Return the titles of the steps of voting; a proved voter confirms nothing."""
    return [_("Choose"), *([] if voter is not None else [_("Confirm")]), _("Voted")]


def call_of(request: HttpRequest, identity: Identity) -> Call:
    """Return a request as the call of a known person."""
    return call_from_request(request, identity=identity, level=identity.assurance)
